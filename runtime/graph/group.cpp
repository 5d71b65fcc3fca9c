#include "runtime/graph/group.h"

#include "runtime/base/error.h"
#include "runtime/graph/wires.h"

#include <algorithm>

namespace gan {
namespace {

using nlohmann::json;

/// `wanted`, or with a number after it when that is taken.
std::string free_name(const json& names, const std::string& wanted) {
    std::string name = wanted;
    for (int i = 2; names.contains(name); ++i) name = fmt::format("{} {}", wanted, i);
    return name;
}

}  // namespace

Edit make_group(const Graph& graph, const std::set<NodeId>& nodes, NodeId group, const std::string& name) {
    if (nodes.empty()) throw Error("a group needs at least one node");
    const NodeId parent = group_of(graph, *nodes.begin());
    for (NodeId id : nodes) {
        if (!graph.nodes.contains(id)) throw Error("there is no node {} in this patch", id);
        if (group_of(graph, id) != parent) throw Error("nodes of different groups cannot be put into one");
    }
    int depth = 1;
    for (NodeId around = parent; around != 0 && depth <= max_group_depth; around = group_of(graph, around))
        ++depth;
    if (depth >= max_group_depth)
        throw Error("groups can be put into one another {} deep, and these nodes are", max_group_depth - 1);
    NodeRecord record{.type = group_type, .fields = {{"name", name}}};
    json inputs = json::object();
    json outputs = json::object();
    std::vector<Edit> relink;
    std::map<PortRef, std::string> input_of;   // source outside -> the group's input for it
    std::map<PortRef, std::string> output_of;  // port inside -> the group's output for it
    const auto inside = [&](const PortRef& port) { return nodes.contains(port.node); };
    for (const auto& [to, from] : graph.links) {
        if (inside(to) && !inside(from)) {
            const auto [found, fresh] = input_of.try_emplace(from, free_name(inputs, to.port));
            inputs[found->second].push_back(text_of(to));
            relink.push_back({RemoveLink{to}});
            if (fresh) relink.push_back({AddLink{from, {group, found->second}, true}});
        } else if (inside(from) && !inside(to)) {
            const auto [found, fresh] = output_of.try_emplace(from, free_name(outputs, from.port));
            if (fresh) outputs[found->second] = text_of(from);
            relink.push_back({AddLink{{group, found->second}, to, true}});
        }
    }
    // What the group around exposes of the nodes is now exposed through this one.
    std::vector<Edit> list;
    if (parent != 0) {
        record.fields["group"] = parent;
        for (const char* field : {"inputs", "outputs"}) {
            json& names = field == std::string("inputs") ? inputs : outputs;
            json around = graph.nodes.at(parent).fields.value(field, json::object());
            const auto move = [&](json& text) {
                const auto port = text.is_string() ? port_from_text(text.get<std::string>()) : std::nullopt;
                if (!port || !inside(*port)) return;
                const std::string passed = free_name(names, port->port);
                names[passed] = text;
                text = text_of({group, passed});
            };
            for (auto& [outer, ports] : around.items())
                if (ports.is_array())
                    for (json& port : ports) move(port);
                else
                    move(ports);
            if (!around.empty()) list.push_back({SetField{parent, field, around}});
        }
    }
    record.fields["inputs"] = inputs;
    record.fields["outputs"] = outputs;
    list.insert(list.begin(), {AddNode{group, std::move(record)}});
    for (NodeId id : nodes) list.push_back({SetField{id, "group", group}});
    list.insert(list.end(), relink.begin(), relink.end());
    return {std::move(list)};
}

Edit dissolve_group(const Graph& graph, NodeId group) {
    const auto found = graph.nodes.find(group);
    if (found == graph.nodes.end() || found->second.type != group_type)
        throw Error("node {} is no group", group);
    const NodeId parent = group_of(graph, group);
    const std::optional<json> around = parent == 0 ? std::nullopt : std::optional<json>(parent);
    std::vector<Edit> list;
    const auto ports_of = [&](const char* field, const std::string& name) {
        std::vector<PortRef> ports;
        const json names = found->second.fields.value(field, json::object());
        if (!names.is_object() || !names.contains(name)) return ports;
        const json& value = names.at(name);
        for (const json& text : value.is_array() ? value : json::array({value}))
            if (text.is_string())
                if (const auto port = port_from_text(text.get<std::string>())) ports.push_back(*port);
        return ports;
    };
    for (const auto& [to, from] : graph.links) {
        if (to.node == group) {
            PortRef source = from;  // perhaps an output of the group, fed back
            if (from.node == group) {
                const auto inside = ports_of("outputs", from.port);
                if (inside.empty()) continue;
                source = inside.front();
            }
            for (const PortRef& port : ports_of("inputs", to.port))
                if (!graph.links.contains(port)) list.push_back({AddLink{source, port, true}});
        } else if (from.node == group) {
            const auto ports = ports_of("outputs", from.port);
            if (!ports.empty()) list.push_back({AddLink{ports.front(), to, true}});
        }
    }
    if (parent != 0)
        for (const char* field : {"inputs", "outputs"}) {
            json outer = graph.nodes.at(parent).fields.value(field, json::object());
            for (auto& [name, value] : outer.items()) {
                json texts = json::array();
                for (const json& text : value.is_array() ? value : json::array({value})) {
                    const auto port =
                        text.is_string() ? port_from_text(text.get<std::string>()) : std::nullopt;
                    if (port && port->node == group)
                        for (const PortRef& inner : ports_of(field, port->port))
                            texts.push_back(text_of(inner));
                    else
                        texts.push_back(text);
                }
                if (texts.size() == 1)
                    value = texts.front();
                else
                    value = texts;
            }
            if (!outer.empty()) list.push_back({SetField{parent, field, outer}});
        }
    for (const auto& [id, record] : graph.nodes)
        if (group_of(graph, id) == group) list.push_back({SetField{id, "group", around}});
    list.push_back({RemoveNode{group}});
    return {std::move(list)};
}

std::set<NodeId> members_of(const Graph& graph, NodeId group) {
    std::set<NodeId> members;
    std::set<NodeId> open{group};
    while (!open.empty()) {
        std::set<NodeId> next;
        for (const auto& [id, record] : graph.nodes)
            if (open.contains(group_of(graph, id)) && members.insert(id).second) next.insert(id);
        open = std::move(next);
    }
    return members;
}

std::vector<ExposedParam> exposed_params(const Graph& graph, const NodeTypes& types) {
    std::vector<ExposedParam> result;
    for (const auto& [id, record] : graph.nodes) {
        const NodeType* type = types.find(record.type);
        const auto exposed = record.fields.find("exposed");
        if (type == nullptr || exposed == record.fields.end() || !exposed->is_object()) continue;
        for (const auto& [name, value] : exposed->items()) {
            const ParamBase* param = types.sample(*type, record.params).param(name);
            if (param == nullptr || !value.is_object()) continue;
            const auto text = value.find("name");
            ExposedParam entry{
                .name = text != value.end() && text->is_string() ? text->get<std::string>() : name,
                .node = id,
                .param = name,
                .min = param->info.min,
                .max = param->info.max};
            const auto narrow = [&, &value = value](const char* key, double& bound) {
                const auto number = value.find(key);
                if (number != value.end() && number->is_number())
                    bound = std::clamp(number->get<double>(), param->info.min, param->info.max);
            };
            narrow("min", entry.min);
            narrow("max", entry.max);
            if (entry.min > entry.max) std::swap(entry.min, entry.max);
            result.push_back(std::move(entry));
        }
    }
    std::stable_sort(result.begin(), result.end(),
                     [](const auto& a, const auto& b) { return a.name < b.name; });
    return result;
}

}  // namespace gan
