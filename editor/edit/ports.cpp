#include "editor/edit/ports.h"

#include "runtime/graph/wires.h"

namespace gan {
namespace {

using nlohmann::json;

/// Whose ports a node has; null for groups, and where its type is not installed.
const Node* sample_of(const Graph& graph, const NodeTypes& types, NodeId id) {
    const auto record = graph.nodes.find(id);
    const NodeType* type = record == graph.nodes.end() ? nullptr : types.find(record->second.type);
    return type == nullptr ? nullptr : &types.sample(*type, record->second.params);
}

const NodeRecord* group_at(const Graph& graph, NodeId id) {
    const auto record = graph.nodes.find(id);
    return record != graph.nodes.end() && record->second.type == group_type ? &record->second : nullptr;
}

}  // namespace

std::optional<PortType> type_of_output(const Graph& graph, const NodeTypes& types, const PortRef& output) {
    const auto inner = inner_output(graph, output);
    const Node* node = inner ? sample_of(graph, types, inner->node) : nullptr;
    const OutputBase* port = node == nullptr ? nullptr : node->output(inner->port);
    return port == nullptr ? std::nullopt : std::optional(port->type);
}

std::optional<PortType> type_of_input(const Graph& graph, const NodeTypes& types, const PortRef& input) {
    const auto inner = inner_inputs(graph, input);
    const Node* node = inner.empty() ? nullptr : sample_of(graph, types, inner.front().node);
    const InputBase* port = node == nullptr ? nullptr : node->input(inner.front().port);
    return port == nullptr ? std::nullopt : std::optional(port->type);
}

std::vector<PortRef> inputs_for(const Graph& graph, const NodeTypes& types, NodeId id, PortType type) {
    std::vector<PortRef> passed, parameters;
    if (const NodeRecord* group = group_at(graph, id)) {
        for (const auto& [name, ports] : group_ports(*group, "inputs"))
            if (type_of_input(graph, types, {id, name}) == type) passed.push_back({id, name});
    } else if (const Node* node = sample_of(graph, types, id)) {
        for (const InputBase* input : node->inputs())
            if (input->type == type)
                (node->param(input->name) == nullptr ? passed : parameters)
                    .push_back({id, std::string(input->name)});
    }
    passed.insert(passed.end(), parameters.begin(), parameters.end());
    return passed;
}

std::optional<PortRef> passed_input(const Graph& graph, const NodeTypes& types, NodeId id, PortType type) {
    const std::vector<PortRef> inputs = inputs_for(graph, types, id, type);
    if (inputs.empty()) return std::nullopt;
    const Node* node = sample_of(graph, types, id);
    if (node != nullptr && node->param(inputs.front().port) != nullptr) return std::nullopt;
    return inputs.front();
}

std::optional<PortRef> output_for(const Graph& graph, const NodeTypes& types, NodeId id, PortType type) {
    if (const NodeRecord* group = group_at(graph, id)) {
        for (const auto& [name, ports] : group_ports(*group, "outputs"))
            if (type_of_output(graph, types, {id, name}) == type) return PortRef{id, name};
    } else if (const Node* node = sample_of(graph, types, id)) {
        for (const OutputBase* output : node->outputs())
            if (output->type == type) return PortRef{id, std::string(output->name)};
    }
    return std::nullopt;
}

std::vector<std::pair<std::string, std::vector<PortRef>>> group_ports(const NodeRecord& group,
                                                                      const char* field) {
    std::vector<std::pair<std::string, std::vector<PortRef>>> result;
    const auto names = group.fields.find(field);
    if (names == group.fields.end() || !names->is_object()) return result;
    for (const auto& [name, value] : names->items()) {
        std::vector<PortRef> ports;
        for (const json& text : value.is_array() ? value : json::array({value}))
            if (const auto port =
                    text.is_string() ? port_from_text(text.get_ref<const std::string&>()) : std::nullopt)
                ports.push_back(*port);
        result.emplace_back(name, std::move(ports));
    }
    return result;
}

json group_field(const std::vector<std::pair<std::string, std::vector<PortRef>>>& ports) {
    json field = json::object();
    for (const auto& [name, list] : ports) {
        json texts = json::array();
        for (const PortRef& port : list) texts.push_back(text_of(port));
        if (texts.size() == 1)
            field[name] = texts.front();
        else if (!texts.empty())
            field[name] = std::move(texts);
    }
    return field;
}

}  // namespace gan
