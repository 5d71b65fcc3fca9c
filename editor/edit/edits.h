#pragma once

#include "runtime/graph/document.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gan {

/// Where a node stands on the canvas: its fields "x" and "y", px at zoom 1; 0 when it has none.
struct Place {
    double x = 0;
    double y = 0;
};
Place place_of(const NodeRecord& record);

/// Edits that people ask for, as data; Session::edit() makes them. None changes a graph. Each is one step of
/// the history, whatever it consists of. All throw Error only where noted.

/// A new node with the type's defaults, in the group `inside`.
Edit add_node(NodeId id, const NodeType& type, Place place, NodeId inside);
/// The same, wired: from `from` into its first input of that type, or its first output of that type into
/// `to`. Throws Error when no port fits.
Edit add_node_linked(const Graph& graph, const NodeTypes& types, NodeId id, const NodeType& type, Place place,
                     NodeId inside, const PortRef& port, bool port_is_output);
/// Whether a node of this type has an input that the output feeds (or an output that the input takes).
bool fits(const NodeTypes& types, const NodeType& type, PortType port, bool port_is_output);

Edit move_nodes(const std::map<NodeId, Place>& places);
/// Nodes, members of groups among them included; their links go, too. With `heal`, what fed the first input
/// of a removed node's type then feeds what it fed, where types allow.
Edit remove_nodes(const Graph& graph, const NodeTypes& types, const std::set<NodeId>& nodes, bool heal);
/// Puts a node into a link: link.from -> node -> link.to, by the first ports that fit. Nothing: none fit, or
/// a cycle would close.
std::optional<Edit> insert_on_link(const Graph& graph, const NodeTypes& types, NodeId node,
                                   const PortRef& to);
/// Takes a node out of its wires, which are healed; it stays on the canvas.
std::optional<Edit> extract_node(const Graph& graph, const NodeTypes& types, NodeId node);
/// A reroute point in the middle of a link.
std::optional<Edit> add_reroute(const Graph& graph, const NodeTypes& types, NodeId id, const PortRef& to,
                                Place place);
/// Sets or removes "bypass" or "mute" of all nodes: sets it unless all have it.
Edit toggle_field(const Graph& graph, const std::set<NodeId>& nodes, const std::string& field);

/// Copies as patch text: nodes, what links them, their groups' members. Reads as a patch in any editor.
std::string copy_text(const Graph& graph, const std::set<NodeId>& nodes);
/// What a clipboard's text would paste: nodes under fresh ids, the leftmost top corner at `place`, in the
/// group `inside`; links between them. `keep_inputs`: also their links from nodes of `graph` that were not
/// copied (duplicate). Throws Error in a sentence when the text is no patch.
struct Pasted {
    Edit edit;
    std::set<NodeId> nodes;  // outermost ones
};
Pasted paste(const Graph& graph, const NodeTypes& types, const std::string& text, Place place, NodeId inside,
             bool keep_inputs, const std::function<NodeId()>& fresh_id);

/// What is of one sentence for the history: "Add Blur", "Delete 3 nodes".
std::string counted(const std::string& verb, const Graph& graph, const NodeTypes& types,
                    const std::set<NodeId>& nodes);

}  // namespace gan
