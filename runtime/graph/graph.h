#pragma once

#include "runtime/graph/node.h"

#include <nlohmann/json.hpp>

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gan {

/// Of a node in one patch; counts up from 1 and is never given twice while the patch is open.
using NodeId = int64_t;
constexpr NodeId max_node_id = NodeId{1} << 53;  // JSON's readers elsewhere hold numbers as doubles

/// A group is a record of this type, of which there are no instances: its members name it in their field
/// "group", and its ports stand for ports of theirs.
constexpr const char* group_type = "graph.group";
/// Records that only a canvas draws, without ports or instances: words, and a titled area behind nodes, which
/// moves with those that stand on it. Fields "text" (of a note), "x", "y", "width", "height" and "colour"
/// ("#rrggbb").
constexpr const char* note_type = "graph.note";
constexpr const char* frame_type = "graph.frame";
/// A point that a wire passes, of any type; nodes/reroute.cpp. Canvases draw it as a point.
constexpr const char* reroute_type = "graph.reroute";

/// One node as the patch keeps it. Known fields; others are kept:
///     "name", "comment"    text
///     "bypass", "mute"     true or false; a group's mute holds for all in it, its bypass for its outputs
///     "group"              id of the group that it is in
///     "exposed"            parameter -> {"name", "min", "max"}: group.h
///     "inputs", "outputs"  of a group: name -> "3.seed", a port of a member; an input may be a list of them
struct NodeRecord {
    std::string type;
    int version = 1;                                   // of the type, when the parameters were saved
    nlohmann::json params = nlohmann::json::object();  // only those that differ from nothing: name -> value
    nlohmann::json fields = nlohmann::json::object();
    bool operator==(const NodeRecord&) const = default;

    bool flag(const char* field) const;
    /// Whether it is a note or a frame, which only a canvas draws.
    bool decoration() const { return type == note_type || type == frame_type; }
};

struct PortRef {
    NodeId node = 0;
    std::string port;
    auto operator<=>(const PortRef&) const = default;
};

/// "3.seed" and back; nothing when it is no port.
std::string text_of(const PortRef& port);
std::optional<PortRef> port_from_text(std::string_view text);

/// What a patch holds: nodes, links, settings. A document: it runs nothing and knows no pictures. Changed by
/// apply() alone.
struct Graph {
    std::map<NodeId, NodeRecord> nodes;
    std::map<PortRef, PortRef> links;  // input -> output; an input has one link, an output any number
    nlohmann::json settings = nlohmann::json::object();  // settings.h
    nlohmann::json extra = nlohmann::json::object();     // unknown members of the file
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

/// The highest id in the graph, those that links name included; 0 when there is none.
NodeId highest_id(const Graph& graph);

nlohmann::json to_json(const Edit& edit);
/// Throws Error when it is no edit.
Edit edit_from_json(const nlohmann::json& value);

}  // namespace gan
