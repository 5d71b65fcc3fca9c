#include "runtime/graph/graph.h"

#include "runtime/base/error.h"
#include "runtime/graph/wires.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace gan {
namespace {

using nlohmann::json;

/// Fields of a node that a plan depends on.
constexpr const char* structural_fields[] = {"bypass", "mute", "group", "inputs", "outputs"};

NodeRecord& node_of(Graph& graph, NodeId id) {
    const auto found = graph.nodes.find(id);
    if (found == graph.nodes.end()) throw Error("there is no node {} in this patch", id);
    return found->second;
}

/// Sets or erases a member; returns what it was.
std::optional<json> exchange(json& object, const std::string& key, const std::optional<json>& value) {
    std::optional<json> old;
    if (object.contains(key)) old = object[key];
    if (value)
        object[key] = *value;
    else
        object.erase(key);
    return old;
}

struct Applier {
    Graph& graph;
    const NodeTypes& types;

    Edit operator()(const AddNode& edit) const {
        if (edit.id < 1 || edit.id > max_node_id)
            throw Error("{} is no id for a node; ids count up from 1", edit.id);
        for (const auto& [field, value] : edit.node.fields.items()) check_field(field);
        if (!graph.nodes.emplace(edit.id, edit.node).second)
            throw Error("there is a node {} already", edit.id);
        // Links that the patch had to a node that was not there stay when it goes again.
        std::vector<Edit> inverse{{RemoveNode{edit.id}}};
        for (const auto& [to, from] : graph.links)
            if (to.node == edit.id || from.node == edit.id) inverse.push_back({AddLink{from, to, true}});
        if (inverse.size() == 1) return inverse.front();
        return {std::move(inverse)};
    }

    static void check_field(const std::string& field) {
        for (const char* taken : {"id", "type", "version", "params"})
            if (field == taken) throw Error("'{}' of a node cannot be set", taken);
    }

    Edit operator()(const RemoveNode& edit) const {
        std::vector<Edit> inverse{{AddNode{edit.id, node_of(graph, edit.id)}}};
        std::erase_if(graph.links, [&](const auto& link) {
            const auto& [to, from] = link;
            if (to.node != edit.id && from.node != edit.id) return false;
            inverse.push_back({AddLink{from, to, true}});
            return true;
        });
        graph.nodes.erase(edit.id);
        if (inverse.size() == 1) return inverse.front();
        return {std::move(inverse)};
    }

    Edit operator()(const AddLink& edit) const {
        if (!edit.kept) {
            node_of(graph, edit.from.node);
            node_of(graph, edit.to.node);
            check(edit);
        }
        const auto old = graph.links.find(edit.to);
        Edit inverse =
            old == graph.links.end() ? Edit{RemoveLink{edit.to}} : Edit{AddLink{old->second, edit.to, true}};
        graph.links[edit.to] = edit.from;
        return inverse;
    }

    void check(const AddLink& edit) const {
        if (const auto fault = link_fault(graph, types, edit.from, edit.to)) throw Error("{}", *fault);
        const auto source = inner_output(graph, edit.from);
        for (const PortRef& target : inner_inputs(graph, edit.to)) {
            const auto cycle = cycle_through(graph, types, source->node, target.node);
            if (cycle.empty()) continue;
            std::string path;
            for (NodeId id : cycle) path += graph.label(id, types) + " -> ";
            throw Error("this link would close a cycle: {}{}; put a Delay into it", path,
                        graph.label(cycle.front(), types));
        }
    }

    Edit operator()(const RemoveLink& edit) const {
        const auto found = graph.links.find(edit.to);
        if (found == graph.links.end())
            throw Error("nothing is linked to '{}' of node {}", edit.to.port, edit.to.node);
        Edit inverse{AddLink{found->second, edit.to, true}};
        graph.links.erase(found);
        return inverse;
    }

    Edit operator()(const SetParam& edit) const {
        if (edit.value && edit.value->is_number_float() && !std::isfinite(edit.value->get<double>()))
            throw Error("parameter '{}' cannot be set to a number that is not finite", edit.param);
        return {
            SetParam{edit.id, edit.param, exchange(node_of(graph, edit.id).params, edit.param, edit.value)}};
    }
    Edit operator()(const SetField& edit) const {
        check_field(edit.field);
        return {
            SetField{edit.id, edit.field, exchange(node_of(graph, edit.id).fields, edit.field, edit.value)}};
    }
    Edit operator()(const SetSetting& edit) const {
        return {SetSetting{edit.setting, exchange(graph.settings, edit.setting, edit.value)}};
    }

    Edit operator()(const std::vector<Edit>& edits) const {
        std::vector<Edit> inverse;
        try {
            for (const Edit& edit : edits) inverse.push_back(std::visit(*this, edit.change));
        } catch (...) {
            for (auto undo = inverse.rbegin(); undo != inverse.rend(); ++undo)
                std::visit(*this, undo->change);
            throw;
        }
        std::reverse(inverse.begin(), inverse.end());
        return {std::move(inverse)};
    }
};

NodeId id_from_json(const json& value) {
    if (!value.is_number_integer() || value > max_node_id || value < 1)
        throw Error("this is no edit: {} is no id",
                    value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 40));
    return value.get<NodeId>();
}

PortRef port_from_json(const json& value) {
    return {id_from_json(value.at(0)), value.at(1).get<std::string>()};
}

Edit nested_edit(const json& value, int depth) {
    if (depth > 16) throw Error("this is no edit: lists of edits are nested too deeply");
    try {
        const auto kind = value.at("edit").get<std::string>();
        const auto given = [&]() -> std::optional<json> {
            return value.contains("value") ? std::optional<json>(value.at("value")) : std::nullopt;
        };
        const auto id = [&] { return id_from_json(value.at("id")); };
        if (kind == "add") {
            const json& version = value.at("version");
            if (!version.is_number_integer() || version < 1 || version > 1'000'000)
                throw Error("the version of a node is a whole number from 1");
            NodeRecord node{.type = value.at("type").get<std::string>(),
                            .version = version.get<int>(),
                            .params = value.at("params"),
                            .fields = value.at("fields")};
            if (!node.params.is_object() || !node.fields.is_object())
                throw Error("parameters and fields of a node must be objects");
            return {AddNode{id(), std::move(node)}};
        }
        if (kind == "remove") return {RemoveNode{id()}};
        if (kind == "link")
            return {AddLink{port_from_json(value.at("from")), port_from_json(value.at("to")),
                            value.value("kept", false)}};
        if (kind == "unlink") return {RemoveLink{port_from_json(value.at("to"))}};
        if (kind == "param") return {SetParam{id(), value.at("param").get<std::string>(), given()}};
        if (kind == "field") return {SetField{id(), value.at("field").get<std::string>(), given()}};
        if (kind == "setting") return {SetSetting{value.at("setting").get<std::string>(), given()}};
        if (kind == "list") {
            std::vector<Edit> edits;
            for (const json& one : value.at("edits")) edits.push_back(nested_edit(one, depth + 1));
            return {std::move(edits)};
        }
        throw Error("there is no edit '{}'", kind);
    } catch (const json::exception& failure) {
        throw Error("this is no edit: {}", failure.what());
    }
}

}  // namespace

std::string text_of(const PortRef& port) {
    return fmt::format("{}.{}", port.node, port.port);
}

std::optional<PortRef> port_from_text(std::string_view text) {
    PortRef port;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, port.node);
    if (error != std::errc() || end == last || *end != '.' || port.node < 1 || port.node > max_node_id)
        return std::nullopt;
    port.port.assign(end + 1, last);
    return port;
}

bool NodeRecord::flag(const char* field) const {
    const auto found = fields.find(field);
    return found != fields.end() && found->is_boolean() && found->get<bool>();
}

std::string Graph::label(NodeId id, const NodeTypes& types) const {
    const auto found = nodes.find(id);
    if (found == nodes.end()) return fmt::format("node {}", id);
    const auto name = found->second.fields.find("name");
    if (name != found->second.fields.end() && name->is_string() && !name->get<std::string>().empty())
        return name->get<std::string>();
    if (found->second.type == group_type) return fmt::format("Group {}", id);
    if (found->second.type == note_type) return fmt::format("Note {}", id);
    if (found->second.type == frame_type) return fmt::format("Frame {}", id);
    const NodeType* type = types.find(found->second.type);
    return fmt::format("{} {}", type == nullptr ? found->second.type : type->name, id);
}

bool Edit::structural() const {
    if (const auto* list = std::get_if<std::vector<Edit>>(&change))
        return std::any_of(list->begin(), list->end(), [](const Edit& edit) { return edit.structural(); });
    if (const auto* field = std::get_if<SetField>(&change))
        return std::any_of(std::begin(structural_fields), std::end(structural_fields),
                           [&](const char* name) { return field->field == name; });
    return !std::holds_alternative<SetParam>(change) && !std::holds_alternative<SetSetting>(change);
}

Edit apply(Graph& graph, const NodeTypes& types, const Edit& edit) {
    return std::visit(Applier{graph, types}, edit.change);
}

NodeId highest_id(const Graph& graph) {
    NodeId highest = graph.nodes.empty() ? 0 : graph.nodes.rbegin()->first;
    for (const auto& [to, from] : graph.links) highest = std::max({highest, to.node, from.node});
    return highest;
}

json to_json(const Edit& edit) {
    const auto port = [](const PortRef& ref) { return json{ref.node, ref.port}; };
    const auto with_value = [](json object, const std::optional<json>& value) {
        if (value) object["value"] = *value;
        return object;
    };
    struct Writer {
        decltype(port)& ref;
        decltype(with_value)& valued;
        json operator()(const AddNode& e) const {
            return {{"edit", "add"},           {"id", e.id},
                    {"type", e.node.type},     {"version", e.node.version},
                    {"params", e.node.params}, {"fields", e.node.fields}};
        }
        json operator()(const RemoveNode& e) const { return {{"edit", "remove"}, {"id", e.id}}; }
        json operator()(const AddLink& e) const {
            json object{{"edit", "link"}, {"from", ref(e.from)}, {"to", ref(e.to)}};
            if (e.kept) object["kept"] = true;
            return object;
        }
        json operator()(const RemoveLink& e) const { return {{"edit", "unlink"}, {"to", ref(e.to)}}; }
        json operator()(const SetParam& e) const {
            return valued({{"edit", "param"}, {"id", e.id}, {"param", e.param}}, e.value);
        }
        json operator()(const SetField& e) const {
            return valued({{"edit", "field"}, {"id", e.id}, {"field", e.field}}, e.value);
        }
        json operator()(const SetSetting& e) const {
            return valued({{"edit", "setting"}, {"setting", e.setting}}, e.value);
        }
        json operator()(const std::vector<Edit>& edits) const {
            json list = json::array();
            for (const Edit& edit : edits) list.push_back(to_json(edit));
            return {{"edit", "list"}, {"edits", std::move(list)}};
        }
    };
    return std::visit(Writer{port, with_value}, edit.change);
}

Edit edit_from_json(const json& value) {
    return nested_edit(value, 0);
}

}  // namespace gan
