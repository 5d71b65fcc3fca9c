#include "editor/edit/edits.h"

#include "editor/edit/ports.h"
#include "runtime/base/error.h"
#include "runtime/graph/group.h"
#include "runtime/graph/wires.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

using nlohmann::json;

/// Nobody's canvas is larger, and floats hold it to a sixteenth of a pixel.
constexpr double farthest_place = 1e6;

double on_canvas(double value) {
    return std::isfinite(value) ? std::clamp(value, -farthest_place, farthest_place) : 0.0;
}

NodeRecord new_record(const NodeType& type, const Place& place, NodeId inside) {
    NodeRecord record{.type = type.id, .version = type.version};
    record.fields["x"] = std::llround(on_canvas(place.x));
    record.fields["y"] = std::llround(on_canvas(place.y));
    if (inside != 0) record.fields["group"] = inside;
    return record;
}

/// The parameters that give a node a port of this type, where they decide it.
json params_for(const NodeType& type, PortType port) {
    if (type.id == reroute_type) return {{std::string(type.shaped_by), std::string(name_of(port))}};
    return json::object();
}

/// As inputs_for(), of a node that is not there yet: the first of them, or an output.
std::optional<std::string> port_that_fits(const Node& node, PortType type, bool wanted_input) {
    std::optional<std::string> parameter;
    if (!wanted_input) {
        for (const OutputBase* output : node.outputs())
            if (output->type == type) return std::string(output->name);
        return std::nullopt;
    }
    for (const InputBase* input : node.inputs()) {
        if (input->type != type) continue;
        if (node.param(input->name) == nullptr) return std::string(input->name);
        if (!parameter) parameter = input->name;
    }
    return parameter;
}

/// Whether a wire between these ports would close a cycle.
bool closes_cycle(const Graph& graph, const NodeTypes& types, const PortRef& from, const PortRef& to) {
    const auto source = inner_output(graph, from);
    if (!source) return false;
    const auto targets = inner_inputs(graph, to);
    return std::any_of(targets.begin(), targets.end(), [&](const PortRef& target) {
        return !cycle_through(graph, types, source->node, target.node).empty();
    });
}

}  // namespace

Place place_of(const NodeRecord& record) {
    const auto number = [&](const char* field) {
        const auto found = record.fields.find(field);
        return found != record.fields.end() && found->is_number() ? on_canvas(found->get<double>()) : 0.0;
    };
    return {number("x"), number("y")};
}

Edit add_node(NodeId id, const NodeType& type, Place place, NodeId inside) {
    return {AddNode{id, new_record(type, place, inside)}};
}

Edit add_node_linked(const Graph& graph, const NodeTypes& types, NodeId id, const NodeType& type, Place place,
                     NodeId inside, const PortRef& port, bool port_is_output) {
    const auto carried =
        port_is_output ? type_of_output(graph, types, port) : type_of_input(graph, types, port);
    if (!carried)
        throw Error("{} has no {} '{}'", graph.label(port.node, types), port_is_output ? "output" : "input",
                    port.port);
    NodeRecord record = new_record(type, place, inside);
    record.params = params_for(type, *carried);
    const auto own = port_that_fits(types.sample(type, record.params), *carried, port_is_output);
    if (!own)
        throw Error("{} {} no {}; choose a node that does", type.name, port_is_output ? "takes" : "gives",
                    name_of(*carried));
    const AddLink link = port_is_output ? AddLink{port, {id, *own}} : AddLink{{id, *own}, port};
    return {std::vector<Edit>{{AddNode{id, std::move(record)}}, {link}}};
}

bool fits(const NodeTypes& types, const NodeType& type, PortType port, bool port_is_output) {
    return port_that_fits(types.sample(type, params_for(type, port)), port, port_is_output).has_value();
}

Edit move_nodes(const std::map<NodeId, Place>& places) {
    std::vector<Edit> list;
    for (const auto& [id, place] : places) {
        list.push_back({SetField{id, "x", std::llround(on_canvas(place.x))}});
        list.push_back({SetField{id, "y", std::llround(on_canvas(place.y))}});
    }
    return {std::move(list)};
}

Edit remove_nodes(const Graph& graph, const NodeTypes& types, const std::set<NodeId>& nodes, bool heal) {
    std::set<NodeId> all;
    for (NodeId id : nodes) {
        const auto record = graph.nodes.find(id);
        if (record == graph.nodes.end() || !all.insert(id).second) continue;
        if (record->second.type == group_type) all.merge(members_of(graph, id));
    }
    std::vector<Edit> list = part_from_wires(graph, types, all, heal).edits;
    for (NodeId id : all) list.push_back({RemoveNode{id}});
    return {std::move(list)};
}

std::optional<Edit> insert_on_link(const Graph& graph, const NodeTypes& types, NodeId node,
                                   const PortRef& to) {
    const auto link = graph.links.find(to);
    if (link == graph.links.end()) return std::nullopt;
    const PortRef& from = link->second;
    if (node == from.node || node == to.node || link_fault(graph, types, from, to)) return std::nullopt;
    const auto type = type_of_output(graph, types, from);
    if (!type) return std::nullopt;
    const auto inputs = inputs_for(graph, types, node, *type);
    const auto output = output_for(graph, types, node, *type);
    if (inputs.empty() || !output) return std::nullopt;
    const auto unlinked = std::find_if(inputs.begin(), inputs.end(),
                                       [&](const PortRef& port) { return !graph.links.contains(port); });
    const PortRef& input = unlinked == inputs.end() ? inputs.front() : *unlinked;
    // The last: a file may have had a cycle here before.
    if (link_fault(graph, types, from, input) || link_fault(graph, types, *output, to) ||
        closes_cycle(graph, types, from, input) || closes_cycle(graph, types, *output, to) ||
        closes_cycle(graph, types, from, to))
        return std::nullopt;
    return Edit{std::vector<Edit>{{AddLink{from, input}}, {AddLink{*output, to}}}};
}

std::optional<Edit> extract_node(const Graph& graph, const NodeTypes& types, NodeId node) {
    Parting parting = part_from_wires(graph, types, {node}, true);
    if (!parting.any) return std::nullopt;
    return Edit{std::move(parting.edits)};
}

std::optional<Edit> add_reroute(const Graph& graph, const NodeTypes& types, NodeId id, const PortRef& to,
                                Place place) {
    const auto link = graph.links.find(to);
    const NodeType* type = types.find(reroute_type);
    if (link == graph.links.end() || type == nullptr) return std::nullopt;
    const PortRef& from = link->second;
    const auto carried = type_of_output(graph, types, from);
    if (!carried || link_fault(graph, types, from, to) || closes_cycle(graph, types, from, to))
        return std::nullopt;
    NodeRecord record = new_record(*type, place, group_of(graph, to.node));
    record.params = params_for(*type, *carried);
    return Edit{std::vector<Edit>{
        {AddNode{id, std::move(record)}}, {AddLink{from, {id, "in"}}}, {AddLink{{id, "out"}, to}}}};
}

Edit toggle_field(const Graph& graph, const std::set<NodeId>& nodes, const std::string& field) {
    std::vector<Edit> set, clear;
    for (NodeId id : nodes) {
        const auto record = graph.nodes.find(id);
        if (record == graph.nodes.end() || record->second.decoration()) continue;
        if (record->second.flag(field.c_str()))
            clear.push_back({SetField{id, field, std::nullopt}});
        else
            set.push_back({SetField{id, field, true}});
    }
    return {set.empty() ? std::move(clear) : std::move(set)};
}

std::string counted(const std::string& verb, const Graph& graph, const NodeTypes& types,
                    const std::set<NodeId>& nodes) {
    if (nodes.size() == 1) return verb + " " + graph.label(*nodes.begin(), types);
    const auto all = [&](const char* type) {
        return std::all_of(nodes.begin(), nodes.end(), [&](NodeId id) {
            const auto record = graph.nodes.find(id);
            return record != graph.nodes.end() && record->second.type == type;
        });
    };
    const char* kind = nodes.empty()     ? "nodes"
                       : all(note_type)  ? "notes"
                       : all(frame_type) ? "frames"
                       : all(group_type) ? "groups"
                                         : "nodes";
    return fmt::format("{} {} {}", verb, nodes.size(), kind);
}

}  // namespace gan
