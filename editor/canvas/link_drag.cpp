#include "editor/canvas/gestures.h"
#include "editor/canvas/state.h"
#include "runtime/graph/wires.h"

#include <algorithm>

namespace gan {
namespace {

constexpr float snap_pixels = 24;

bool feeds_back_itself(const NodeShape& shape) {
    return shape.type != nullptr && shape.type->traits.feedback;
}

/// Nodes in the scene that a link with this end would close a cycle with. Groups count as one node: what is
/// asked of a port under the mouse is exact.
std::set<NodeId> closing_nodes(const Scene& scene, const LinkDrag& link) {
    const NodeShape* start = scene.shape(link.anchor.node);
    if (start == nullptr) return {};
    std::multimap<NodeId, NodeId> next;
    for (const WireShape& wire : scene.wires) {
        if (link.taken && wire.to == *link.taken) continue;
        if (feeds_back_itself(scene.nodes[wire.to_node])) continue;
        if (link.anchor_is_output)
            next.emplace(wire.to.node, wire.from.node);
        else
            next.emplace(wire.from.node, wire.to.node);
    }
    if (!link.anchor_is_output && feeds_back_itself(*start)) return {};
    std::set<NodeId> found{start->id};
    std::vector<NodeId> todo{start->id};
    while (!todo.empty()) {
        const NodeId node = todo.back();
        todo.pop_back();
        const auto [begin, end] = next.equal_range(node);
        for (auto edge = begin; edge != end; ++edge)
            if (found.insert(edge->second).second) todo.push_back(edge->second);
    }
    if (link.anchor_is_output)
        std::erase_if(found, [&](NodeId node) {
            const NodeShape* shape = scene.shape(node);
            return shape != nullptr && feeds_back_itself(*shape);
        });
    return found;
}

/// Why the dragged end may not go to a port, exactly; empty when it may.
std::string reason_against(const Ui& ui, const LinkDrag& link, const PortRef& port) {
    const Graph& graph = ui.session.graph();
    const NodeTypes& types = ui.session.types();
    const PortRef& from = link.anchor_is_output ? link.anchor : port;
    const PortRef& to = link.anchor_is_output ? port : link.anchor;
    if (const auto fault = link_fault(graph, types, from, to)) return *fault;
    const auto source = inner_output(graph, from);
    for (const PortRef& target : inner_inputs(graph, to)) {
        const auto cycle = cycle_through(graph, types, source->node, target.node);
        if (cycle.empty()) continue;
        std::string path;
        for (NodeId node : cycle) path += graph.label(node, types) + " > ";
        return fmt::format("This would close a cycle: {}{}. Put a Delay into it.", path,
                           graph.label(cycle.front(), types));
    }
    return {};
}

/// An output or an input alone, of the kind that the dragged end looks for.
bool looks_for(const LinkDrag& link, const NodeShape& shape, const PortShape& port) {
    if (port.output == link.anchor_is_output || link.closing.contains(shape.id)) return false;
    return !port.typed || !link.typed || port.type == link.type;
}

struct PortNear {
    std::optional<PortRef> fitting;  // the nearest that may do
    std::optional<PortRef> under;    // the nearest of that side, whether it fits or not
};

PortNear ports_near(const CanvasState& state, float reach, float under) {
    PortNear near;
    const LinkDrag& link = state.gesture.link;
    for (uint32_t index : state.sight.nodes) {
        const NodeShape& shape = state.scene.nodes[index];
        if (!shape.box().grown(reach).contains(state.gesture.at)) continue;
        for (size_t i = 0; i < shape.ports.size(); ++i) {
            const PortShape& port = shape.ports[i];
            if (port.output == link.anchor_is_output || port.hidden) continue;
            const PortRef ref{shape.id, port.name};
            const float away = distance(state.gesture.at, shape.port(i));
            if (away < under && ref != link.anchor) {
                under = away;
                near.under = ref;
            }
            if (away < reach && looks_for(link, shape, port)) {
                reach = away;
                near.fitting = ref;
            }
        }
    }
    return near;
}

/// The first free port that fits of the node under the mouse, or the first at all.
std::optional<PortRef> port_of_node_under(const Ui& ui, const CanvasState& state) {
    const LinkDrag& link = state.gesture.link;
    for (auto index = state.sight.nodes.rbegin(); index != state.sight.nodes.rend(); ++index) {
        const NodeShape& shape = state.scene.nodes[*index];
        if (!shape.box().contains(state.gesture.at)) continue;
        std::optional<PortRef> first;
        for (const PortShape& port : shape.ports) {
            const PortRef ref{shape.id, port.name};
            if (port.hidden || !looks_for(link, shape, port) || !reason_against(ui, link, ref).empty())
                continue;
            if (port.output || state.scene.wire_into(ref) < 0) return ref;
            if (!first) first = ref;
        }
        return first;
    }
    return std::nullopt;
}

void connect_to(Ui& ui, CanvasState& state, const PortRef& port) {
    const LinkDrag& link = state.gesture.link;
    const PortRef& from = link.anchor_is_output ? link.anchor : port;
    const PortRef& to = link.anchor_is_output ? port : link.anchor;
    const auto old = ui.session.graph().links.find(to);
    if (old != ui.session.graph().links.end() && old->second == from && (!link.taken || *link.taken == to))
        return;
    std::vector<Edit> edits;
    if (link.taken && *link.taken != to) edits.push_back({RemoveLink{*link.taken}});
    edits.push_back({AddLink{from, to}});
    ui.session.edit({std::move(edits)},
                    fmt::format("Connect {} to {}", state.title(ui, from.node), state.title(ui, to.node)),
                    state.gesture.id);
}

}  // namespace

void begin_link(Ui& ui, CanvasState& state) {
    const Hit& hit = state.gesture.hit;
    const NodeShape* shape = state.scene.shape(hit.node);
    if (shape == nullptr) return;
    const PortShape& port = shape->ports[static_cast<size_t>(hit.port)];
    const PortRef ref{shape->id, port.name};
    const int wire = port.output ? -1 : state.scene.wire_into(ref);
    if (wire < 0) {
        begin_link_from(ui, state, ref, port.output);
        return;
    }
    begin_link_from(ui, state, state.scene.wires[static_cast<size_t>(wire)].from, true);
    state.gesture.link.taken = ref;
    state.gesture.link.closing = closing_nodes(state.scene, state.gesture.link);
}

void begin_link_from(Ui& ui, CanvasState& state, const PortRef& anchor, bool anchor_is_output) {
    const NodeShape* shape = state.scene.shape(anchor.node);
    const int index = shape == nullptr ? -1 : shape->find(anchor.port, anchor_is_output);
    if (index < 0) return;
    const PortShape& port = shape->ports[static_cast<size_t>(index)];
    state.gesture.kind = GestureKind::Link;
    state.gesture.id = ui.session.new_gesture();
    state.gesture.link = {
        .anchor = anchor, .anchor_is_output = anchor_is_output, .type = port.type, .typed = port.typed};
    state.gesture.link.closing = closing_nodes(state.scene, state.gesture.link);
}

void update_link(Ui& ui, CanvasState& state) {
    LinkDrag& link = state.gesture.link;
    const PortNear near =
        ports_near(state, state.view.units(ui.px(snap_pixels)), state.view.units(ui.px(10)));
    link.snapped.reset();
    const auto& candidate = near.under ? near.under : near.fitting;
    if (!candidate) {
        link.asked = {};
        link.reason.clear();
        return;
    }
    // The graph is asked about a port once, not in each frame that the mouse rests on it.
    if (*candidate != link.asked) {
        link.asked = *candidate;
        link.reason = reason_against(ui, link, *candidate);
    }
    if (link.reason.empty())
        link.snapped = candidate;
    else if (!near.under)
        link.reason.clear();
}

void end_link(Ui& ui, CanvasState& state) {
    const LinkDrag& link = state.gesture.link;
    const float away = std::abs(state.mouse.x - state.gesture.pressed_at.x) +
                       std::abs(state.mouse.y - state.gesture.pressed_at.y);
    if (away < ui.px(4)) return;
    if (link.snapped) {
        connect_to(ui, state, *link.snapped);
        return;
    }
    if (!link.reason.empty()) {
        ui.session.note(Note::Kind::Warning, link.reason);
        return;
    }
    if (const auto port = port_of_node_under(ui, state)) {
        connect_to(ui, state, *port);
        return;
    }
    const Hit under = hit_at(state.scene, state.view, state.sight, state.gesture.at, ui.scale);
    if (link.taken) {
        if (ui.session.graph().links.contains(*link.taken))
            ui.session.edit(
                {RemoveLink{*link.taken}},
                fmt::format("Disconnect {} from {}", link.taken->port, state.title(ui, link.taken->node)),
                state.gesture.id);
    } else if ((!under.on_node() || under.kind == Hit::Kind::Note) && link.typed) {
        open_add_list(
            ui, state, state.mouse,
            {.place = state.gesture.at, .port = link.anchor, .port_is_output = link.anchor_is_output});
    }
}

PortMark mark_of(const CanvasState& state, const NodeShape& shape, const PortShape& port) {
    if (state.gesture.kind != GestureKind::Link) return PortMark::Plain;
    const LinkDrag& link = state.gesture.link;
    const PortRef ref{shape.id, port.name};
    if (ref == link.anchor && port.output == link.anchor_is_output) return PortMark::Plain;
    if (link.snapped && ref == *link.snapped && port.output != link.anchor_is_output)
        return PortMark::Snapped;
    return looks_for(link, shape, port) ? PortMark::Fits : PortMark::Faded;
}

}  // namespace gan
