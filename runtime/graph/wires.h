#pragma once

#include "runtime/graph/graph.h"

#include <optional>
#include <string>
#include <vector>

namespace gan {

/// A link as it is played: between ports of nodes, whatever groups it passes through.
struct Wire {
    PortRef from;  // output
    PortRef to;    // input
    bool operator==(const Wire&) const = default;
};

/// Groups within groups are followed so deep; a file may hold groups that contain one another.
constexpr int max_group_depth = 32;

/// The group that a node is in; 0 when it is in none.
NodeId group_of(const Graph& graph, NodeId node);

/// The output that a port stands for: itself, or what a group's port exposes. None: there is no such port.
std::optional<PortRef> inner_output(const Graph& graph, const PortRef& output);

/// The inputs that a port stands for; a group's may stand for several. Empty: there is no such port.
std::vector<PortRef> inner_inputs(const Graph& graph, const PortRef& input);

/// Why a link cannot be, as a sentence that names both ends and what to do; nothing when it can.
/// Does not look for cycles.
std::optional<std::string> link_fault(const Graph& graph, const NodeTypes& types, const PortRef& from,
                                      const PortRef& to);

/// The nodes of a cycle that a wire from -> to closes, in order from `to` to `from`; empty when it closes
/// none. Wires into feedback nodes close nothing.
std::vector<NodeId> cycle_through(const Graph& graph, const NodeTypes& types, NodeId from, NodeId to);

/// Every node but groups, notes and frames after those it takes from, feedback aside; where wires form a
/// cycle, the last of them is left out. One pass over nodes and links.
struct Order {
    struct Entry {
        NodeId node;
        std::vector<Wire> wires;  // into it; links that do not fit make none
    };
    std::vector<Entry> entries;
    std::vector<Wire> closing;  // those that close cycles
};
Order order_of(const Graph& graph, const NodeTypes& types);

}  // namespace gan
