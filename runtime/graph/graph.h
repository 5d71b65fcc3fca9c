#pragma once

#include "runtime/graph/node.h"

#include <nlohmann/json.hpp>

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace gan {

/// Of a node in one patch; counts up from 1 and is never given twice while the patch is open.
using NodeId = int64_t;
constexpr NodeId max_node_id = NodeId{1} << 53;  // JSON's readers elsewhere hold numbers as doubles

/// One node as the patch keeps it. Known fields: "name" (text), "x", "y" (numbers), "bypass", "mute" (true or
/// false), "group" (id of a group node), "exposed" (parameter -> {"name", "min", "max"}). Others are kept.
struct NodeRecord {
    std::string type;
    int version = 1;                                   // of the type, when the parameters were saved
    nlohmann::json params = nlohmann::json::object();  // only those that differ from nothing: name -> value
    nlohmann::json fields = nlohmann::json::object();
    bool operator==(const NodeRecord&) const = default;

    bool flag(const char* field) const;
};

struct PortRef {
    NodeId node = 0;
    std::string port;
    auto operator<=>(const PortRef&) const = default;
};

/// What a patch holds: nodes, links, settings. A document: it runs nothing and knows no pictures. Changed by
/// apply() alone.
struct Graph {
    std::map<NodeId, NodeRecord> nodes;
    std::map<PortRef, PortRef> links;  // input -> output; an input has one link, an output any number
    /// "tick_rate" ([numerator, denominator]), "tempo" (beats a minute), "width", "height", "length" (ticks),
    /// "loop" ([first, last + 1]). Others are kept.
    nlohmann::json settings = nlohmann::json::object();
    nlohmann::json extra = nlohmann::json::object();  // unknown members of the file
    bool operator==(const Graph&) const = default;

    /// The name a person sees: the given one, else the type's with the id.
    std::string label(NodeId id, const NodeTypes& types) const;
};

struct Edit;

struct AddNode {
    NodeId id;
    NodeRecord node;
};
/// Removes its links, too.
struct RemoveNode {
    NodeId id;
};
/// Replaces the link that the input had.
struct AddLink {
    PortRef from;       // an output
    PortRef to;         // an input
    bool kept = false;  // puts back a link that a patch had, fitting or not: not checked
};
struct RemoveLink {
    PortRef to;
};
/// No value: the parameter is forgotten and has its default.
struct SetParam {
    NodeId id;
    std::string param;
    std::optional<nlohmann::json> value;
};
struct SetField {
    NodeId id;
    std::string field;
    std::optional<nlohmann::json> value;
};
struct SetSetting {
    std::string setting;
    std::optional<nlohmann::json> value;
};

/// A change of a graph, as data: what undo, the journal and takes are made of. A list is applied in order, or
/// not at all.
struct Edit {
    std::variant<AddNode, RemoveNode, AddLink, RemoveLink, SetParam, SetField, SetSetting, std::vector<Edit>>
        change;
    /// Whether a plan must be built anew; else the change is of values alone.
    bool structural() const;
};

/// Changes `graph` and returns the edit that undoes it. Throws Error in one sentence, with the graph as it
/// was, when the edit does not fit: an id that is taken or missing, a port that is not there, types that do
/// not go together, a cycle without a Delay.
Edit apply(Graph& graph, const NodeTypes& types, const Edit& edit);

/// Why a link cannot be, as a sentence that names both ends and what to do; nothing when it can.
/// Does not look for cycles.
std::optional<std::string> link_fault(const Graph& graph, const NodeTypes& types, const PortRef& from,
                                      const PortRef& to);

/// The nodes of a cycle that a link from -> to closes, in order from `to` to `from`; empty when it closes
/// none. Links into feedback nodes close nothing.
std::vector<NodeId> cycle_through(const Graph& graph, const NodeTypes& types, NodeId from, NodeId to);

/// Every node after those it takes from, feedback aside; where the links form a cycle, the last of them is
/// left out. One pass over nodes and links.
struct Order {
    std::vector<NodeId> nodes;
    std::vector<PortRef> closing;  // inputs whose links close cycles
};
Order order_of(const Graph& graph, const NodeTypes& types);

/// An id above all ids in the graph, those that links name included. Throws Error when there is none.
NodeId fresh_id(const Graph& graph);

nlohmann::json to_json(const Edit& edit);
/// Throws Error when it is no edit.
Edit edit_from_json(const nlohmann::json& value);

}  // namespace gan
