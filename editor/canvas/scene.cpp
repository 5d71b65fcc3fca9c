#include "editor/canvas/scene.h"

#include "runtime/graph/wires.h"

#include <algorithm>
#include <optional>

namespace gan {
namespace {

using nlohmann::json;

/// What links name of each node, and a number that tells one such list from another.
struct LinksOfNode {
    PortsLinked ports;
    uint64_t print = 0;
};

std::unordered_map<NodeId, LinksOfNode> links_by_node(const Graph& graph) {
    std::unordered_map<NodeId, LinksOfNode> by_node;
    by_node.reserve(graph.links.size() * 2);
    const std::hash<std::string> hash;
    for (const auto& [to, from] : graph.links) {
        LinksOfNode& into = by_node[to.node];
        into.ports.inputs.push_back(to.port);
        into.print += hash(to.port) * 31;
        LinksOfNode& out = by_node[from.node];
        // An output may feed many; it counts once.
        if (std::find(out.ports.outputs.begin(), out.ports.outputs.end(), from.port) ==
            out.ports.outputs.end()) {
            out.ports.outputs.push_back(from.port);
            out.print += hash(from.port) * 37;
        }
    }
    return by_node;
}

}  // namespace

bool Scene::update(Ui& ui, const std::set<NodeId>& open) {
    const Session& session = ui.session;
    if (session.number() != session_ || inside_ != ui.selection.inside || scale_ != ui.scale) {
        session_ = session.number();
        inside_ = ui.selection.inside;
        scale_ = ui.scale;
        classes_.clear();
        forget_all();
    }
    if (shapes_ == session.shapes() && open_ == open) return false;
    shapes_ = session.shapes();
    const Graph& graph = session.graph();
    const NodeTypes& types = session.types();
    const TextMeasure measure{ui.fonts, ui.scale};
    const auto links = links_by_node(graph);
    static const LinksOfNode no_links;

    std::vector<NodeShape> old = std::move(nodes);
    nodes.clear();
    nodes.reserve(graph.nodes.size());
    auto kept = old.begin();
    for (const auto& [id, record] : graph.nodes) {
        if (inside_ != 0 || record.fields.contains("group"))
            if (group_of(graph, id) != inside_) continue;
        const auto found = links.find(id);
        const LinksOfNode& linked = found == links.end() ? no_links : found->second;
        const bool opened = open.contains(id);
        const auto listed = classes_.find(id);
        const size_t classes = listed == classes_.end() ? 1 : listed->second;
        const uint64_t print =
            print_of(types, record) + linked.print + (opened ? 0x51ED27u : 0) + classes * 0x9E3779B1u;
        while (kept != old.end() && kept->id < id) ++kept;
        // A group's ports are of the types of those inside.
        if (kept != old.end() && kept->id == id && kept->print == print && record.type != group_type) {
            nodes.push_back(std::move(*kept));
            continue;
        }
        nodes.push_back(shape_of_node(graph, types, id, record, {linked.ports, opened, classes}, measure));
        nodes.back().print = print;
    }
    open_ = open;
    index_.clear();
    index_.reserve(nodes.size());
    for (uint32_t i = 0; i < nodes.size(); ++i) index_[nodes[i].id] = i;
    mark_exposed(graph);
    add_wires(graph);
    moved();
    return true;
}

void Scene::forget(NodeId node) {
    if (NodeShape* found = shape(node)) found->print = 0;
    shapes_ = -1;
}

void Scene::forget_all() {
    nodes.clear();
    boxes.clear();
    wires.clear();
    index_.clear();
    bounds_.reset();
    ++version_;
    shapes_ = -1;
}

bool Scene::list_classes(NodeId node, size_t count) {
    size_t& listed = classes_.try_emplace(node, 1).first->second;
    count = std::min(count, most_classes);
    if (count <= listed) return false;
    listed = count;
    forget(node);
    return true;
}

void Scene::mark_exposed(const Graph& graph) {
    for (NodeShape& node : nodes)
        for (PortShape& port : node.ports) port.exposed.clear();
    const auto group = graph.nodes.find(inside_);
    if (group == graph.nodes.end()) return;
    for (const bool output : {false, true}) {
        const auto names = group->second.fields.find(output ? "outputs" : "inputs");
        if (names == group->second.fields.end() || !names->is_object()) continue;
        for (const auto& [name, value] : names->items()) {
            const json list = value.is_array() ? value : json::array({value});
            for (const json& text : list) {
                const auto ref = text.is_string() ? port_from_text(text.get<std::string>()) : std::nullopt;
                NodeShape* node = ref ? shape(ref->node) : nullptr;
                const int port = node == nullptr ? -1 : node->find(ref->port, output);
                if (port >= 0) node->ports[static_cast<size_t>(port)].exposed = name;
            }
        }
    }
}

void Scene::add_wires(const Graph& graph) {
    wires.clear();
    wires.reserve(graph.links.size());
    for (const auto& [to, from] : graph.links) {
        const auto to_node = index_.find(to.node);
        const auto from_node = index_.find(from.node);
        if (to_node == index_.end() || from_node == index_.end()) continue;
        WireShape wire{.from = from, .to = to};
        wire.from_node = from_node->second;
        wire.to_node = to_node->second;
        const NodeShape& first = nodes[wire.from_node];
        const NodeShape& second = nodes[wire.to_node];
        wire.from_port = first.find(from.port, true);
        wire.to_port = second.find(to.port, false);
        if (wire.from_port < 0 || wire.to_port < 0) continue;
        const PortShape& output = first.ports[static_cast<size_t>(wire.from_port)];
        const PortShape& input = second.ports[static_cast<size_t>(wire.to_port)];
        wire.typed = output.typed || input.typed;
        wire.type = output.typed ? output.type : input.type;
        wire.source = first.kind == ShapeKind::Group ? inner_output(graph, from).value_or(PortRef{}) : from;
        wires.push_back(std::move(wire));
    }
}

void Scene::moved() {
    ++version_;
    boxes.resize(nodes.size());
    bounds_.reset();
    for (size_t i = 0; i < nodes.size(); ++i) {
        boxes[i] = nodes[i].box();
        bounds_ = bounds_ ? bounds_->with(boxes[i]) : boxes[i];
    }
    for (WireShape& wire : wires) {
        wire.curve = wire_curve(nodes[wire.from_node].port(static_cast<size_t>(wire.from_port)),
                                nodes[wire.to_node].port(static_cast<size_t>(wire.to_port)));
        wire.bounds = wire.curve.bounds();
    }
}

int Scene::find(NodeId id) const {
    const auto found = index_.find(id);
    return found == index_.end() ? -1 : static_cast<int>(found->second);
}

const NodeShape* Scene::shape(NodeId id) const {
    const int index = find(id);
    return index < 0 ? nullptr : &nodes[static_cast<size_t>(index)];
}

NodeShape* Scene::shape(NodeId id) {
    const int index = find(id);
    return index < 0 ? nullptr : &nodes[static_cast<size_t>(index)];
}

int Scene::wire_into(const PortRef& to) const {
    const auto found =
        std::lower_bound(wires.begin(), wires.end(), to,
                         [](const WireShape& wire, const PortRef& ref) { return wire.to < ref; });
    return found == wires.end() || found->to != to ? -1 : static_cast<int>(found - wires.begin());
}

}  // namespace gan
