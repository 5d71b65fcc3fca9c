#include "runtime/graph/patch.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/graph/settings.h"
#include "runtime/graph/wires.h"

#include <algorithm>
#include <span>

namespace gan {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// JSON of a patch nests four deep; deeper is kept, but not so deep that copying it could exhaust the stack.
constexpr int patch_depth = 64;

/// Removes a member and returns it; null when there is none.
json take(json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end()) return nullptr;
    json value = std::move(*found);
    object.erase(found);
    return value;
}

/// A member that is an object; an empty one when it is not there.
json object_of(json value, const char* key, const std::string& owner) {
    if (value.is_null()) return json::object();
    if (!value.is_object()) throw Error("\"{}\" of {} must be an object", key, owner);
    return value;
}

PortRef parse_port(const std::string& text) {
    const auto port = port_from_text(text);
    if (!port)
        throw Error("'{}' is no port; a link is written \"2.input\": \"1.output\"", text.substr(0, 60));
    return *port;
}

void read_node(json value, Patch& patch, const NodeTypes& types) {
    if (!value.is_object()) throw Error("a node must be an object");
    json id, type, version, params;
    NodeRecord node;
    for (auto& [name, member] : value.get_ref<json::object_t&>()) {
        if (name == "id")
            id = std::move(member);
        else if (name == "type")
            type = std::move(member);
        else if (name == "version")
            version = std::move(member);
        else if (name == "params")
            params = std::move(member);
        else
            node.fields[name] = std::move(member);
    }
    if (!id.is_number_integer() || id < 1 || id > max_node_id)
        throw Error("a node has the id {}; ids are whole numbers from 1",
                    id.dump(-1, ' ', false, json::error_handler_t::replace));
    const std::string owner = fmt::format("node {}", id.get<NodeId>());
    if (!type.is_string()) throw Error("{} has no type", owner);
    node.type = std::move(type.get_ref<std::string&>());
    node.params = object_of(std::move(params), "params", owner);
    if (version.is_number_integer() && version >= 1 && version <= 1'000'000)
        node.version = version.get<int>();

    const NodeType* known = types.find(node.type);
    if (node.type == group_type || node.decoration()) {
        // no instance, no parameters
    } else if (known == nullptr) {
        patch.problems.push_back(fmt::format("{} is a '{}', which {}; it is kept, and does nothing", owner,
                                             node.type, types.why_missing(node.type)));
    } else if (node.version > known->version) {
        patch.problems.push_back(fmt::format(
            "{} ({}) was saved by a newer Ganymede; what this one does not know is kept and ignored", owner,
            known->name));
    } else if (node.version < known->version) {
        if (known->migrate) known->migrate(node.params, node.version);
        node.version = known->version;
    }
    if (!patch.graph.nodes.emplace(id.get<NodeId>(), std::move(node)).second)
        throw Error("two nodes have the id {}", id.get<NodeId>());
}

/// What of the parameters and links cannot be used as it is. Everything stays in the graph.
void check(Patch& patch, const NodeTypes& types) {
    const Graph& graph = patch.graph;
    std::map<const NodeType*, std::unique_ptr<Node>> trials;  // that parameters are tried on
    for (const auto& [id, node] : graph.nodes) {
        const NodeType* type = types.find(node.type);
        if (type == nullptr) continue;
        auto& trial = trials[type];
        if (trial == nullptr || !type->shaped_by.empty()) trial = make_node(*type, node.params);
        for (const auto& [name, value] : node.params.items()) {
            ParamBase* param = trial->param(name);
            const std::string problem = param == nullptr
                                            ? fmt::format("parameter '{}' is not known and ignored", name)
                                            : param->set(value);
            if (!problem.empty()) patch.problems.push_back(graph.label(id, types) + ": " + problem);
        }
    }
    const auto unused = [&](const PortRef& from, const PortRef& to, const std::string& why) {
        patch.problems.push_back(
            fmt::format("the link {} to {} is not used: {}", text_of(from), text_of(to), why));
    };
    // What became a wire as it stands needs no second look.
    const Order order = order_of(graph, types);
    std::vector<const Wire*> wires;
    for (const auto& entry : order.entries)
        for (const Wire& wire : entry.wires) wires.push_back(&wire);
    std::sort(wires.begin(), wires.end(), [](const Wire* a, const Wire* b) { return a->to < b->to; });
    auto wire = wires.begin();
    for (const auto& [to, from] : graph.links) {
        while (wire != wires.end() && (*wire)->to < to) ++wire;
        if (wire != wires.end() && (*wire)->to == to && (*wire)->from == from) continue;
        if (const auto fault = link_fault(graph, types, from, to)) unused(from, to, *fault);
    }
    for (const auto& [from, to] : order.closing) unused(from, to, "it closes a cycle; put a Delay into it");
    settings_of(graph, patch.problems);
}

}  // namespace

Patch parse_patch(std::string_view text, const NodeTypes& types) {
    json document = parse_json(text, patch_depth);
    if (!document.is_object() || !document.contains("ganymede"))
        throw Error("it is no patch; a patch is a JSON object with a member \"ganymede\"");
    const json format = take(document, "ganymede");
    if (!format.is_number_integer()) throw Error("its format \"ganymede\" is no whole number");
    if (format.is_number_unsigned() && format.get<uint64_t>() > patch_format)
        throw Error("it is of format {}, this Ganymede reads up to {}; update Ganymede", format.dump(),
                    patch_format);
    Patch patch;
    patch.graph.settings = object_of(take(document, "settings"), "settings", "the patch");
    json nodes = take(document, "nodes");
    if (!nodes.is_null() && !nodes.is_array()) throw Error("its \"nodes\" must be a list");
    for (json& node : nodes) read_node(std::move(node), patch, types);
    const json links = object_of(take(document, "links"), "links", "the patch");
    for (const auto& [to, from] : links.items()) {
        if (!from.is_string()) throw Error("the link of '{}' must be a text such as \"1.output\"", to);
        patch.graph.links.emplace(parse_port(to), parse_port(from.get<std::string>()));
    }
    patch.graph.extra = std::move(document);
    check(patch, types);
    return patch;
}

std::string patch_text(const Graph& graph) {
    ordered_json document;
    document["ganymede"] = patch_format;
    document["settings"] = graph.settings;
    document["nodes"] = ordered_json::array();
    for (const auto& [id, node] : graph.nodes) {
        ordered_json object{{"id", id}, {"type", node.type}, {"version", node.version}};
        for (const auto& [name, value] : node.fields.items()) object[name] = value;
        object["params"] = node.params;
        document["nodes"].push_back(std::move(object));
    }
    document["links"] = ordered_json::object();
    for (const auto& [to, from] : graph.links) document["links"][text_of(to)] = text_of(from);
    for (const auto& [name, value] : graph.extra.items()) document[name] = value;
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Patch load_patch(const std::string& path, const NodeTypes& types) {
    const std::string text = read_text(path);
    try {
        return parse_patch(text, types);
    } catch (const Error& error) {
        throw Error("{}: {}", path, error.what());
    }
}

void save_patch(const std::string& path, const Graph& graph) {
    const std::string text = patch_text(graph);
    AtomicFile file(path, OnInterrupt::Finish);  // it is short, and work
    file.write(std::as_bytes(std::span(text)));
    file.commit();
}

}  // namespace gan
