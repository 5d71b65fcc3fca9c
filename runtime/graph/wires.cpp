#include "runtime/graph/wires.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace gan {
namespace {

using nlohmann::json;

const NodeRecord* record_of(const Graph& graph, NodeId id) {
    const auto found = graph.nodes.find(id);
    return found == graph.nodes.end() ? nullptr : &found->second;
}

const NodeRecord* group_record(const Graph& graph, NodeId id) {
    const NodeRecord* record = record_of(graph, id);
    return record != nullptr && record->type == group_type ? record : nullptr;
}

const NodeType* type_of(const Graph& graph, const NodeTypes& types, NodeId id) {
    const NodeRecord* record = record_of(graph, id);
    return record == nullptr ? nullptr : types.find(record->type);
}

/// Whose ports a node has; null where its type is not installed.
const Node* ports_of(const Graph& graph, const NodeTypes& types, NodeId id) {
    const NodeRecord* record = record_of(graph, id);
    const NodeType* type = record == nullptr ? nullptr : types.find(record->type);
    return type == nullptr ? nullptr : &types.sample(*type, record->params);
}

bool feeds_back(const Graph& graph, const NodeTypes& types, NodeId id) {
    const NodeType* type = type_of(graph, types, id);
    return type != nullptr && type->traits.feedback;
}

/// The ports that a group's field ("inputs" or "outputs") exposes under a name: "3.seed", or a list of such.
/// Only its own members' are.
std::vector<PortRef> exposed_ports(const Graph& graph, NodeId group, const json& value) {
    std::vector<PortRef> ports;
    const auto take = [&](const json& text) {
        if (!text.is_string()) return;
        const auto port = port_from_text(text.get_ref<const std::string&>());
        if (port && group_of(graph, port->node) == group) ports.push_back(*port);
    };
    if (value.is_array())
        for (const json& text : value) take(text);
    else
        take(value);
    return ports;
}

const json& names_of(const NodeRecord& group, const char* field) {
    static const json none = json::object();
    const auto found = group.fields.find(field);
    return found != group.fields.end() && found->is_object() ? *found : none;
}

std::vector<PortRef> exposed_ports(const Graph& graph, const PortRef& port, const char* field) {
    const NodeRecord* group = group_record(graph, port.node);
    if (group == nullptr) return {};
    const json& names = names_of(*group, field);
    const auto found = names.find(port.port);
    return found == names.end() ? std::vector<PortRef>{} : exposed_ports(graph, port.node, *found);
}

std::optional<PortRef> inner_output(const Graph& graph, const PortRef& output, int depth) {
    if (group_record(graph, output.node) == nullptr) return output;
    if (depth == max_group_depth) return std::nullopt;
    const auto inner = exposed_ports(graph, output, "outputs");
    return inner.empty() ? std::nullopt : inner_output(graph, inner.front(), depth + 1);
}

/// Each port once, however many ways lead to it: a file may say anything.
void inner_inputs(const Graph& graph, const PortRef& input, int depth, std::set<PortRef>& seen,
                  std::vector<PortRef>& found) {
    if (!seen.insert(input).second) return;
    if (group_record(graph, input.node) == nullptr) {
        found.push_back(input);
    } else if (depth < max_group_depth) {
        for (const PortRef& inner : exposed_ports(graph, input, "inputs"))
            inner_inputs(graph, inner, depth + 1, seen, found);
    }
}

const OutputBase* output_at(const Graph& graph, const NodeTypes& types, const PortRef& port) {
    const Node* node = ports_of(graph, types, port.node);
    return node == nullptr ? nullptr : node->output(port.port);
}

const InputBase* input_at(const Graph& graph, const NodeTypes& types, const PortRef& port) {
    const Node* node = ports_of(graph, types, port.node);
    return node == nullptr ? nullptr : node->input(port.port);
}

/// Follows links up to the outputs of nodes.
struct Tracer {
    Tracer(const Graph& graph, const NodeTypes& types) : graph(graph), types(types) {
        for (const auto& [id, record] : graph.nodes)
            if (record.type == group_type)
                for (const auto& [name, value] : names_of(record, "inputs").items())
                    for (PortRef& port : exposed_ports(graph, id, value))
                        exposed.emplace(std::move(port), PortRef{id, name});
    }

    const Graph& graph;
    const NodeTypes& types;
    std::map<PortRef, PortRef> exposed;  // input -> its group's port for it, the first when there are several

    /// What an output gives: a bypassed group's, what comes into its first input of that type.
    std::optional<PortRef> source(const PortRef& output, int depth) const {
        const NodeRecord* group = group_record(graph, output.node);
        if (group == nullptr) return output;
        if (depth == max_group_depth) return std::nullopt;
        if (!group->flag("bypass")) {
            const auto inner = exposed_ports(graph, output, "outputs");
            return inner.empty() ? std::nullopt : source(inner.front(), depth + 1);
        }
        const auto stands_for = gan::inner_output(graph, output);
        const OutputBase* wanted = stands_for ? output_at(graph, types, *stands_for) : nullptr;
        if (wanted == nullptr) return std::nullopt;
        for (const auto& [name, ports] : names_of(*group, "inputs").items()) {
            const auto inner = gan::inner_inputs(graph, {output.node, name});
            const InputBase* input = inner.empty() ? nullptr : input_at(graph, types, inner.front());
            if (input != nullptr && input->type == wanted->type)
                return incoming({output.node, name}, depth + 1);
        }
        return std::nullopt;
    }

    /// What comes into an input: by its own link, or through its group's port.
    std::optional<PortRef> incoming(const PortRef& input, int depth) const {
        const auto link = graph.links.find(input);
        if (link != graph.links.end()) return source(link->second, depth);
        const auto group = exposed.find(input);
        if (group == exposed.end() || depth == max_group_depth) return std::nullopt;
        return incoming(group->second, depth + 1);
    }

    std::vector<Wire> wires_into(NodeId node) const {
        std::vector<Wire> wires;
        const Node* ports = ports_of(graph, types, node);
        if (ports == nullptr) return wires;
        const auto add = [&](const PortRef& to) {
            const auto from = incoming(to, 0);
            if (!from) return;
            const OutputBase* output = output_at(graph, types, *from);
            const InputBase* input = ports->input(to.port);
            if (output != nullptr && input != nullptr && output->type == input->type)
                wires.push_back({*from, to});
        };
        for (auto link = graph.links.lower_bound({node, ""});
             link != graph.links.end() && link->first.node == node; ++link)
            add(link->first);
        for (auto port = exposed.lower_bound({node, ""}); port != exposed.end() && port->first.node == node;
             ++port)
            if (!graph.links.contains(port->first)) add(port->first);
        return wires;
    }
};

}  // namespace

NodeId group_of(const Graph& graph, NodeId node) {
    const NodeRecord* record = record_of(graph, node);
    if (record == nullptr) return 0;
    const auto found = record->fields.find("group");
    if (found == record->fields.end() || !found->is_number_integer()) return 0;
    const auto group = found->get<NodeId>();
    return group_record(graph, group) == nullptr ? 0 : group;
}

std::optional<PortRef> inner_output(const Graph& graph, const PortRef& output) {
    return inner_output(graph, output, 0);
}

std::vector<PortRef> inner_inputs(const Graph& graph, const PortRef& input) {
    std::vector<PortRef> found;
    std::set<PortRef> seen;
    inner_inputs(graph, input, 0, seen, found);
    return found;
}

std::optional<std::string> link_fault(const Graph& graph, const NodeTypes& types, const PortRef& from,
                                      const PortRef& to) {
    const auto missing = [&](const PortRef& port, const char* kind) {
        return fmt::format("{} has no {} '{}'", graph.label(port.node, types), kind, port.port);
    };
    const auto source = inner_output(graph, from);
    if (!source) return missing(from, "output");
    const std::vector<PortRef> targets = inner_inputs(graph, to);
    if (targets.empty()) return missing(to, "input");
    std::vector<NodeId> ends{source->node};
    for (const PortRef& target : targets) ends.push_back(target.node);
    for (NodeId end : ends)
        if (record_of(graph, end) == nullptr)
            return fmt::format("there is no node {} in this patch", end);
        else if (record_of(graph, end)->decoration())
            return fmt::format("{} has no ports; link two nodes", graph.label(end, types));
        else if (type_of(graph, types, end) == nullptr)
            return fmt::format("{} is of a type that {}, so its ports are not known", graph.label(end, types),
                               types.why_missing(record_of(graph, end)->type));
    const OutputBase* output = output_at(graph, types, *source);
    if (output == nullptr) return missing(from, "output");
    for (const PortRef& target : targets) {
        const InputBase* input = input_at(graph, types, target);
        if (input == nullptr) {
            if (ports_of(graph, types, target.node)->param(target.port) != nullptr)
                return fmt::format("'{}' of {} is set up once and takes no link; set its value instead",
                                   to.port, graph.label(to.node, types));
            return missing(to, "input");
        }
        if (output->type != input->type)
            return fmt::format("'{}' of {} gives a {}, '{}' of {} takes a {}; link two of the same type",
                               from.port, graph.label(from.node, types), name_of(output->type), to.port,
                               graph.label(to.node, types), name_of(input->type));
    }
    return std::nullopt;
}

std::vector<NodeId> cycle_through(const Graph& graph, const NodeTypes& types, NodeId from, NodeId to) {
    if (feeds_back(graph, types, to)) return {};
    const Tracer tracer(graph, types);
    // Upstream from `from`, remembering the way down.
    std::map<NodeId, NodeId> next{{from, 0}};
    std::vector<NodeId> open{from};
    while (!open.empty()) {
        const NodeId node = open.back();
        open.pop_back();
        if (node == to) {
            std::vector<NodeId> path;
            for (NodeId step = to; step != 0; step = next.at(step)) path.push_back(step);
            return path;
        }
        if (feeds_back(graph, types, node)) continue;
        for (const Wire& wire : tracer.wires_into(node))
            if (next.emplace(wire.from.node, node).second) open.push_back(wire.from.node);
    }
    return {};
}

Order order_of(const Graph& graph, const NodeTypes& types) {
    enum class Mark { Open, Done };
    const Tracer tracer(graph, types);
    std::unordered_map<NodeId, Mark> marks;
    marks.reserve(graph.nodes.size());
    Order order;
    order.entries.reserve(graph.nodes.size());
    struct Visit {
        Order::Entry entry;
        size_t next;  // wire to follow
    };
    std::vector<Visit> path;
    const auto enter = [&](NodeId node) {
        marks[node] = Mark::Open;
        std::vector<Wire> wires = tracer.wires_into(node);
        const size_t first = feeds_back(graph, types, node) ? wires.size() : 0;
        path.push_back({{node, std::move(wires)}, first});
    };
    for (const auto& [root, record] : graph.nodes) {
        if (record.type == group_type || record.decoration() || marks.contains(root)) continue;
        enter(root);
        while (!path.empty()) {
            auto& [entry, next] = path.back();
            if (next == entry.wires.size()) {
                marks[entry.node] = Mark::Done;
                order.entries.push_back(std::move(entry));
                path.pop_back();
                continue;
            }
            const NodeId source = entry.wires[next].from.node;
            const auto mark = marks.find(source);
            if (mark != marks.end() && mark->second == Mark::Open) {
                order.closing.push_back(entry.wires[next]);
                entry.wires.erase(entry.wires.begin() + static_cast<ptrdiff_t>(next));
                continue;
            }
            ++next;
            if (mark == marks.end()) enter(source);
        }
    }
    return order;
}

}  // namespace gan
