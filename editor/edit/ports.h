#pragma once

#include "runtime/graph/graph.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gan {

/// Ports of nodes and groups alike, as a canvas shows them. Nothing: there is no such port, or it is not
/// known.
std::optional<PortType> type_of_output(const Graph& graph, const NodeTypes& types, const PortRef& output);
std::optional<PortType> type_of_input(const Graph& graph, const NodeTypes& types, const PortRef& input);

/// A node's inputs of a type: first what it passes on when it is bypassed, parameters last.
std::vector<PortRef> inputs_for(const Graph& graph, const NodeTypes& types, NodeId node, PortType type);
/// What it passes on to outputs of the type when it is bypassed; no parameter.
std::optional<PortRef> passed_input(const Graph& graph, const NodeTypes& types, NodeId node, PortType type);
std::optional<PortRef> output_for(const Graph& graph, const NodeTypes& types, NodeId node, PortType type);

/// The ports that a group's field ("inputs", "outputs") has under each name.
std::vector<std::pair<std::string, std::vector<PortRef>>> group_ports(const NodeRecord& group,
                                                                      const char* field);
/// The field's value for such ports; a name without any is left out.
nlohmann::json group_field(const std::vector<std::pair<std::string, std::vector<PortRef>>>& ports);

/// What is to come of the wires of nodes that go, or that leave their wires.
struct Parting {
    std::vector<Edit> edits;  // links and the ports of groups; nodes are not removed
    bool any = false;         // there was a wire
};
/// `healed`: what came in goes on to where it went, as far as types allow and no cycle closes.
Parting part_from_wires(const Graph& graph, const NodeTypes& types, const std::set<NodeId>& nodes,
                        bool healed);

}  // namespace gan
