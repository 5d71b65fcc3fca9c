#pragma once

#include "editor/edit/edits.h"

#include <map>
#include <set>

namespace gan {

/// Size of a node on the canvas, px at zoom 1.
struct NodeSize {
    double width = 160;
    double height = 100;
};

/// Places nodes in columns from left to right, each after those it takes from, with few crossings of links
/// (longest-path layers and barycentre sweeps: Sugiyama, Tagawa and Toda 1981). The top left corner of all
/// stays. The same graph gives the same places; on a grid of 8 px.
std::map<NodeId, Place> auto_layout(const Graph& graph, const std::set<NodeId>& nodes,
                                    const std::map<NodeId, NodeSize>& sizes);

}  // namespace gan
