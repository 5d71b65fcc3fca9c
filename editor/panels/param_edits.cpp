#include "editor/panels/param_edits.h"

#include "editor/panels/panels.h"
#include "runtime/graph/group.h"
#include "runtime/graph/wires.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

using nlohmann::json;

std::string whom(const Ui& ui, const std::vector<NodeId>& nodes) {
    if (nodes.size() == 1) return ui.session.graph().label(nodes.front(), ui.session.types());
    return fmt::format("{} nodes", nodes.size());
}

Edit for_each_node(const std::vector<NodeId>& nodes, const std::function<Edit(NodeId)>& edit_of) {
    if (nodes.size() == 1) return edit_of(nodes.front());
    std::vector<Edit> edits;
    for (NodeId node : nodes) edits.push_back(edit_of(node));
    return {std::move(edits)};
}

json exposed_field(const NodeRecord& record) {
    const auto found = record.fields.find("exposed");
    return found != record.fields.end() && found->is_object() ? *found : json::object();
}

void set_exposed_field(Ui& ui, NodeId node, json exposed, const std::string& name, uint64_t gesture = 0) {
    std::optional<json> value;
    if (!exposed.empty()) value = std::move(exposed);
    ui.session.edit({SetField{node, "exposed", std::move(value)}}, name, gesture);
}

/// The name of the group's port that stands for an input of a member.
std::optional<std::string> group_input_for(const NodeRecord& group, const PortRef& input) {
    const auto inputs = group.fields.find("inputs");
    if (inputs == group.fields.end() || !inputs->is_object()) return std::nullopt;
    const std::string wanted = text_of(input);
    for (const auto& [name, value] : inputs->items()) {
        if (value.is_string() && value.get_ref<const std::string&>() == wanted) return name;
        if (value.is_array() && std::find(value.begin(), value.end(), json(wanted)) != value.end())
            return name;
    }
    return std::nullopt;
}

}  // namespace

GraphMark mark_of_graph(const Ui& ui) {
    return {ui.session.number(), ui.session.shapes()};
}

void set_param(Ui& ui, const std::vector<NodeId>& nodes, const std::string& param,
               const std::optional<json>& value, uint64_t gesture) {
    if (nodes.empty()) return;
    ui.session.edit(for_each_node(nodes,
                                  [&](NodeId node) {
                                      return Edit{SetParam{node, param, value}};
                                  }),
                    fmt::format("{} {} of {}", value ? "Set" : "Reset", param, whom(ui, nodes)), gesture);
}

void set_field(Ui& ui, const std::vector<NodeId>& nodes, const std::string& field,
               const std::optional<json>& value, const std::string& verb, uint64_t gesture) {
    if (nodes.empty()) return;
    ui.session.edit(for_each_node(nodes,
                                  [&](NodeId node) {
                                      return Edit{SetField{node, field, value}};
                                  }),
                    fmt::format("{} {}", verb, whom(ui, nodes)), gesture);
}

void set_setting(Ui& ui, const std::string& setting, const std::optional<json>& value,
                 const std::string& name, uint64_t gesture) {
    ui.session.edit({SetSetting{setting, value}}, name, gesture);
}

bool is_exposed(const NodeRecord& record, const std::string& param) {
    return exposed_field(record).contains(param);
}

void expose(Ui& ui, NodeId node, const std::string& param) {
    const Graph& graph = ui.session.graph();
    const auto record = graph.nodes.find(node);
    if (record == graph.nodes.end()) return;
    const auto others = exposed_params(graph, ui.session.types());
    const auto taken = [&](const std::string& name) {
        return std::any_of(others.begin(), others.end(),
                           [&](const ExposedParam& other) { return other.name == name; });
    };
    std::string name = param;
    if (taken(name)) name = fmt::format("{} {}", graph.label(node, ui.session.types()), param);
    json exposed = exposed_field(record->second);
    exposed[param] = {{"name", name}};
    set_exposed_field(ui, node, std::move(exposed), fmt::format("Expose {}", name));
}

void unexpose(Ui& ui, NodeId node, const std::string& param) {
    const auto record = ui.session.graph().nodes.find(node);
    if (record == ui.session.graph().nodes.end()) return;
    json exposed = exposed_field(record->second);
    exposed.erase(param);
    set_exposed_field(ui, node, std::move(exposed), fmt::format("Unexpose {}", param));
}

void set_exposed(Ui& ui, NodeId node, const std::string& param, const char* member, const json& value,
                 uint64_t gesture) {
    const auto record = ui.session.graph().nodes.find(node);
    if (record == ui.session.graph().nodes.end()) return;
    json exposed = exposed_field(record->second);
    if (!exposed[param].is_object()) exposed[param] = json::object();
    exposed[param][member] = value;
    set_exposed_field(ui, node, std::move(exposed), fmt::format("Set {} of exposed {}", member, param),
                      gesture);
}

json value_of_param(const NodeRecord& record, const ParamBase& param) {
    const auto found = record.params.find(std::string(param.name));
    return found == record.params.end() ? param.default_value() : *found;
}

double number_of_param(const NodeRecord& record, const ParamBase& param) {
    const json value = value_of_param(record, param);
    const double number = value.is_number() ? value.get<double>() : param.info.value;
    const double within = std::clamp(number, param.info.min, std::max(param.info.min, param.info.max));
    return param.info.whole ? std::round(within) : within;
}

bool toggle_of_param(const NodeRecord& record, const ParamBase& param) {
    const json value = value_of_param(record, param);
    return value.is_boolean() ? value.get<bool>() : param.info.value != 0;
}

int choice_of_param(const NodeRecord& record, const ParamBase& param) {
    const json value = value_of_param(record, param);
    const auto& choices = param.info.choices;
    if (value.is_string()) {
        const auto found = std::find(choices.begin(), choices.end(), value.get_ref<const std::string&>());
        if (found != choices.end()) return static_cast<int>(found - choices.begin());
    }
    return static_cast<int>(param.info.value);
}

std::string text_of_param(const NodeRecord& record, const ParamBase& param) {
    const json value = value_of_param(record, param);
    return value.is_string() ? value.get<std::string>() : param.info.text;
}

json number_json(double value, bool whole) {
    if (whole) return static_cast<int64_t>(std::llround(value));
    return value;
}

std::optional<PortRef> source_of_input(const Graph& graph, const PortRef& input) {
    PortRef port = input;
    for (int depth = 0; depth < max_group_depth; ++depth) {
        const auto link = graph.links.find(port);
        if (link != graph.links.end()) return inner_output(graph, link->second);
        const NodeId group = group_of(graph, port.node);
        const auto record = graph.nodes.find(group);
        if (group == 0 || record == graph.nodes.end()) return std::nullopt;
        const auto name = group_input_for(record->second, port);
        if (!name) return std::nullopt;
        port = {group, *name};
    }
    return std::nullopt;
}

const Node* sample_of(const Ui& ui, NodeId node) {
    const auto record = ui.session.graph().nodes.find(node);
    if (record == ui.session.graph().nodes.end()) return nullptr;
    const NodeType* type = ui.session.types().find(record->second.type);
    return type == nullptr ? nullptr : &ui.session.types().sample(*type, record->second.params);
}

std::set<NodeId> nodes_in_panels(const Ui& ui) {
    const Graph& graph = ui.session.graph();
    std::set<NodeId> nodes;
    const auto add_source = [&](const PortRef& input) {
        if (const auto source = source_of_input(graph, input)) nodes.insert(source->node);
    };
    if (ui.selection.viewed != 0) nodes.insert(ui.selection.viewed);
    if (const NodeId active = ui.selection.active; active != 0) {
        nodes.insert(active);
        if (const Node* sample = sample_of(ui, active))
            for (const InputBase* input : sample->inputs()) add_source({active, std::string(input->name)});
        const auto record = graph.nodes.find(active);
        if (record != graph.nodes.end() && record->second.type.starts_with("class."))
            for (const auto& [id, other] : graph.nodes)
                if (other.type == "model.load") nodes.insert(id);
    }
    for (const auto& [id, record] : graph.nodes) {
        const auto exposed = record.fields.find("exposed");
        if (exposed == record.fields.end() || !exposed->is_object()) continue;
        for (const auto& [param, value] : exposed->items()) add_source({id, param});
    }
    std::erase_if(nodes, [&](NodeId id) {
        const auto record = graph.nodes.find(id);
        return record == graph.nodes.end() || ui.session.types().find(record->second.type) == nullptr;
    });
    return nodes;
}

const std::set<NodeId>& PanelNodes::update(const Ui& ui) {
    const GraphMark graph = mark_of_graph(ui);
    if (graph == graph_ && active_ == ui.selection.active && viewed_ == ui.selection.viewed) return nodes_;
    graph_ = graph;
    active_ = ui.selection.active;
    viewed_ = ui.selection.viewed;
    return nodes_ = nodes_in_panels(ui);
}

}  // namespace gan
