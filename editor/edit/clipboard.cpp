#include "editor/edit/edits.h"
#include "editor/edit/ports.h"
#include "runtime/base/error.h"
#include "runtime/graph/group.h"
#include "runtime/graph/patch.h"
#include "runtime/graph/wires.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gan {
namespace {

using nlohmann::json;

Graph graph_from_clipboard(const std::string& text, const NodeTypes& types) {
    try {
        return parse_patch(text, types).graph;
    } catch (const std::exception& failure) {
        throw Error("what was copied last is no patch, and cannot be pasted: {}", failure.what());
    }
}

/// How many groups are around a node. Too many are so many that they may contain one another.
int depth_in_groups(const Graph& graph, NodeId node) {
    int depth = 0;
    for (NodeId around = group_of(graph, node); around != 0 && depth <= max_group_depth; ++depth)
        around = group_of(graph, around);
    return depth;
}

/// A group's ports with the ids of its members' copies; what is no copied node's is left out.
void rename_ports(NodeRecord& group, const std::map<NodeId, NodeId>& copies) {
    for (const char* field : {"inputs", "outputs"}) {
        if (!group.fields.contains(field)) continue;
        auto ports = group_ports(group, field);
        for (auto& [name, list] : ports) {
            std::erase_if(list, [&](const PortRef& port) { return !copies.contains(port.node); });
            for (PortRef& port : list) port.node = copies.at(port.node);
        }
        group.fields[field] = group_field(ports);
    }
}

/// The edits that give copies what their originals in `graph` take from nodes that were not copied.
void keep_incoming(const Graph& graph, const Graph& copied, const std::map<NodeId, NodeId>& copies,
                   const std::set<NodeId>& outermost, NodeId inside, std::vector<Edit>& list) {
    const auto original = [&](NodeId id) {
        const auto found = graph.nodes.find(id);
        return copies.contains(id) && found != graph.nodes.end() &&
               found->second.type == copied.nodes.at(id).type;
    };
    for (const auto& [to, from] : graph.links)
        if (original(to.node) && !copies.contains(from.node) && graph.nodes.contains(from.node))
            list.push_back({AddLink{from, {copies.at(to.node), to.port}, true}});
    const auto around = graph.nodes.find(inside);
    if (around == graph.nodes.end() || around->second.type != group_type) return;
    auto inputs = group_ports(around->second, "inputs");
    bool more = false;
    for (auto& [name, ports] : inputs)
        for (size_t i = 0, count = ports.size(); i < count; ++i)
            if (const PortRef port = ports[i]; outermost.contains(port.node) && original(port.node) &&
                                               group_of(graph, port.node) == inside &&
                                               !graph.links.contains(port)) {
                ports.push_back({copies.at(port.node), port.port});
                more = true;
            }
    if (more) list.push_back({SetField{inside, "inputs", group_field(inputs)}});
}

}  // namespace

std::string copy_text(const Graph& graph, const std::set<NodeId>& nodes) {
    std::set<NodeId> all;
    for (NodeId id : nodes) {
        const auto record = graph.nodes.find(id);
        if (record == graph.nodes.end() || !all.insert(id).second) continue;
        if (record->second.type == group_type) all.merge(members_of(graph, id));
    }
    Graph copied;
    for (NodeId id : all) {
        NodeRecord record = graph.nodes.at(id);
        if (!all.contains(group_of(graph, id))) record.fields.erase("group");
        copied.nodes.emplace(id, std::move(record));
    }
    for (const auto& [to, from] : graph.links)
        if (all.contains(to.node) && all.contains(from.node)) copied.links.emplace(to, from);
    return patch_text(copied);
}

Pasted paste(const Graph& graph, const NodeTypes& types, const std::string& text, Place place, NodeId inside,
             bool keep_inputs, const std::function<NodeId()>& fresh_id) {
    const Graph copied = graph_from_clipboard(text, types);
    if (copied.nodes.empty()) throw Error("there is nothing to paste; copy some nodes first");

    std::set<NodeId> outermost;
    int deepest = 0;
    for (const auto& [id, record] : copied.nodes) {
        const int depth = depth_in_groups(copied, id);
        deepest = std::max(deepest, std::min(depth, max_group_depth));
        // Groups of a file that contain one another are not to vanish from sight.
        if (depth == 0 || depth > max_group_depth) outermost.insert(id);
    }
    if (inside != 0 && depth_in_groups(graph, inside) + 1 + deepest >= max_group_depth)
        throw Error("groups can be put into one another {} deep, and these nodes would be deeper",
                    max_group_depth - 1);

    Place corner{std::numeric_limits<double>::max(), std::numeric_limits<double>::max()};
    for (NodeId id : outermost) {
        const Place at = place_of(copied.nodes.at(id));
        corner = {std::min(corner.x, at.x), std::min(corner.y, at.y)};
    }
    std::map<NodeId, NodeId> copies;
    for (const auto& [id, record] : copied.nodes) copies.emplace(id, fresh_id());

    Pasted pasted;
    std::vector<Edit> list;
    for (const auto& [id, original] : copied.nodes) {
        NodeRecord record = original;
        const NodeId around = group_of(copied, id);
        record.fields.erase("group");
        if (outermost.contains(id)) {
            const Place at = place_of(record);
            record.fields["x"] = std::llround(place.x + at.x - corner.x);
            record.fields["y"] = std::llround(place.y + at.y - corner.y);
            if (inside != 0) record.fields["group"] = inside;
            pasted.nodes.insert(copies.at(id));
        } else {
            record.fields["group"] = copies.at(around);
        }
        if (record.type == group_type) rename_ports(record, copies);
        list.push_back({AddNode{copies.at(id), std::move(record)}});
    }
    // As they were: what did not fit there is to be seen here, too.
    for (const auto& [to, from] : copied.links)
        if (copies.contains(to.node) && copies.contains(from.node))
            list.push_back({AddLink{{copies.at(from.node), from.port}, {copies.at(to.node), to.port}, true}});
    if (keep_inputs) keep_incoming(graph, copied, copies, outermost, inside, list);
    pasted.edit = {std::move(list)};
    return pasted;
}

}  // namespace gan
