#pragma once

#include "runtime/graph/graph.h"

#include <set>
#include <string>
#include <vector>

namespace gan {

/// The edit that puts nodes into a new group with the id `group`. Links that cross its border pass through
/// ports of it, named after the ports inside; everything plays as before. Groups may be put into groups.
/// Throws Error when a node is missing, or they are not all in one and the same group.
Edit make_group(const Graph& graph, const std::set<NodeId>& nodes, NodeId group, const std::string& name);

/// The edit that takes a group away and leaves its members where it was. Throws Error when it is no group.
Edit dissolve_group(const Graph& graph, NodeId group);

/// The nodes in a group, those of groups in it included; empty for other nodes.
std::set<NodeId> members_of(const Graph& graph, NodeId group);

/// A parameter that the patch shows to hosts, performers and the command line, by a name of its own.
struct ExposedParam {
    std::string name;
    NodeId node = 0;
    std::string param;
    double min = 0;  // of the parameter, unless narrowed
    double max = 0;
};

/// Sorted by name; where two have one name, by node. Those of missing parameters are left out.
std::vector<ExposedParam> exposed_params(const Graph& graph, const NodeTypes& types);

}  // namespace gan
