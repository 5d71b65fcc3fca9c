#include "editor/canvas/state.h"
#include "runtime/graph/wires.h"

#include <algorithm>

namespace gan {
namespace {

/// The links from a node to another that may be, to free inputs first.
std::vector<AddLink> links_between(const Ui& ui, const Scene& scene, NodeId from, NodeId to) {
    const NodeShape* first = scene.shape(from);
    const NodeShape* second = scene.shape(to);
    std::vector<AddLink> links;
    if (first == nullptr || second == nullptr || from == to) return links;
    const Graph& graph = ui.session.graph();
    const NodeTypes& types = ui.session.types();
    for (const bool free : {true, false})
        for (const PortShape& output : first->ports) {
            if (!output.output || !output.typed) continue;
            for (const PortShape& input : second->ports) {
                if (input.output || !input.typed || input.type != output.type) continue;
                const AddLink link{{from, output.name}, {to, input.name}};
                if (graph.links.contains(link.to) == free) continue;
                if (link_fault(graph, types, link.from, link.to)) continue;
                const auto source = inner_output(graph, link.from);
                const auto targets = inner_inputs(graph, link.to);
                const bool closes = std::any_of(targets.begin(), targets.end(), [&](const PortRef& target) {
                    return !cycle_through(graph, types, source->node, target.node).empty();
                });
                if (!closes) links.push_back(link);
            }
        }
    return links;
}

}  // namespace

void connect_to_node(Ui& ui, CanvasState& state, NodeId to) {
    const NodeId from = ui.selection.active;
    const auto links = links_between(ui, state.scene, from, to);
    if (links.empty()) {
        ui.session.note(Note::Kind::Warning,
                        fmt::format("No output of {} fits an input of {} without closing a cycle.",
                                    state.title(ui, from), state.title(ui, to)));
        return;
    }
    if (links.size() == 1) return connect_ports(ui, state, links.front().from, links.front().to);
    std::vector<SearchList::Entry> entries;
    const NodeShape& first = *state.scene.shape(from);
    const NodeShape& second = *state.scene.shape(to);
    for (const AddLink& link : links) {
        const PortShape& input = second.ports[static_cast<size_t>(second.find(link.to.port, false))];
        const std::string fed = ui.session.graph().links.contains(link.to) ? " (replaces a link)" : "";
        entries.push_back(
            {.text = {link.to.port + fed, "from " + link.from.port, std::string(input.description), {}},
             .colour = ui.theme.of(input.type),
             .node = to,
             .from = link.from,
             .to = link.to});
    }
    state.search.open(SearchList::Purpose::Ports, fmt::format("Connect {} to {}", first.title, second.title),
                      std::move(entries), list_place(ui, state), {});
}

void connect_ports(Ui& ui, const CanvasState& state, const PortRef& from, const PortRef& to) {
    ui.session.edit({AddLink{from, to}},
                    fmt::format("Connect {} to {}", state.title(ui, from.node), state.title(ui, to.node)));
}

ImVec2 list_place(const Ui& ui, const CanvasState& state) {
    if (state.mouse_inside) return state.mouse;
    const Rect& area = state.view.area();
    return {(area.min.x + area.max.x) / 2 - ui.px(170), area.min.y + area.height() / 4};
}

void Canvas::open_search(Ui& ui) {
    state_->refresh(ui);
    open_add_list(ui, *state_, list_place(ui, *state_), {.place = state_->place_for_new(ui)});
}

void Canvas::find(Ui& ui) {
    state_->refresh(ui);
    const Graph& graph = ui.session.graph();
    const NodeTypes& types = ui.session.types();
    std::vector<SearchList::Entry> entries;
    for (const auto& [id, record] : graph.nodes) {
        const NodeType* type = types.find(record.type);
        const bool note = record.type == note_type;
        const std::string name = note ? first_line(field_text(record, "text"), 40) : graph.label(id, types);
        entries.push_back({.text = {note ? "Note: " + name : name,
                                    fmt::format("#{}", id),
                                    type == nullptr ? record.type : type->name + ": " + type->description,
                                    {record.type}},
                           .colour = ui.theme.of(tint_of(record.type)),
                           .node = id});
    }
    state_->search.open(SearchList::Purpose::Find, "Find a node", std::move(entries), list_place(ui, *state_),
                        {});
}

void Canvas::connect(Ui& ui) {
    state_->refresh(ui);
    const NodeShape* active = state_->scene.shape(ui.selection.active);
    std::set<PortType> gives;
    if (active != nullptr)
        for (const PortShape& port : active->ports)
            if (port.output && port.typed) gives.insert(port.type);
    if (gives.empty()) {
        ui.session.note(Note::Kind::Info, "Select a node with an output, then connect it to another.");
        return;
    }
    std::vector<SearchList::Entry> entries;
    for (const NodeShape& shape : state_->scene.nodes) {
        const bool takes = std::any_of(shape.ports.begin(), shape.ports.end(), [&](const PortShape& port) {
            return !port.output && port.typed && gives.contains(port.type);
        });
        if (shape.id == active->id || !takes) continue;
        const std::string about = shape.type == nullptr ? "" : shape.type->description;
        entries.push_back({.text = {shape.title, fmt::format("#{}", shape.id), about, {}},
                           .colour = ui.theme.of(shape.tint),
                           .node = shape.id});
    }
    state_->search.open(SearchList::Purpose::Connect, "Connect " + active->title + " to", std::move(entries),
                        list_place(ui, *state_), {});
}

}  // namespace gan
