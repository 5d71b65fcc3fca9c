#include "runtime/cli/patch_options.h"

#include "nodes/patches.h"
#include "nodes/plugins.h"
#include "runtime/base/error.h"
#include "runtime/graph/group.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

namespace gan {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// The parameter of a node as its type declares it; null when there is no such type or parameter.
const ParamBase* declared(const NodeRecord& node, const std::string& param) {
    const NodeType* type = installed_nodes().find(node.type);
    return type == nullptr ? nullptr : installed_nodes().sample(*type, node.params).param(param);
}

std::optional<ExposedParam> exposed_named(const Graph& graph, const std::string& name) {
    for (ExposedParam& exposed : exposed_params(graph, installed_nodes()))
        if (exposed.name == name) return std::move(exposed);
    return std::nullopt;
}

void set_param(Graph& graph, NodeId id, const std::string& param, const json& value) {
    const NodeType* type = installed_nodes().find(graph.nodes.at(id).type);
    const std::string label = graph.label(id, installed_nodes());
    if (type == nullptr)
        throw Error("{} is of a type that {}", label, installed_nodes().why_missing(graph.nodes.at(id).type));
    const auto trial = make_node(*type, graph.nodes.at(id).params);
    ParamBase* found = trial->param(param);
    if (found == nullptr) throw Error("{} has no parameter '{}'", label, param);
    if (const std::string problem = found->set(value); !problem.empty())
        throw Error("{}: {}", label, problem);
    apply(graph, installed_nodes(), {SetParam{id, param, value}});
}

}  // namespace

void PatchOptions::add(CLI::App& command) {
    command.add_option("--set", sets, "NODE.PARAMETER=VALUE, the node by name or id; or EXPOSED NAME=VALUE");
    command.add_option("--seed", seed, "Of everything that makes latents");
    command.add_option("--model", model, "Instead of the patch's models");
    command.add_option("--gpu", gpu,
                       "That pictures are worked on with: part of its name, its UUID, or 'software'; see "
                       "`ganymede gpus`");
    command.add_flag_callback("--safe", leave_out_plugins,
                              "With the nodes that come with Ganymede alone, without libraries of others");
}

void PatchOptions::change(Graph& graph, const std::function<void(const std::string&)>& note) const {
    for (const std::string& set : sets) {
        const auto equals = set.find('=');
        const std::string target = set.substr(0, equals);
        const auto dot = target.rfind('.');
        const auto exposed = exposed_named(graph, target);
        if (equals == std::string::npos || (dot == std::string::npos && !exposed))
            throw Error(
                "--set '{}' cannot be read; write for example --set \"Truncation 2.truncation=0.4\", or the name "
                "of an exposed parameter",
                set);
        const NodeId id = exposed ? exposed->node : node_named(graph, target.substr(0, dot), "--set");
        const std::string name = exposed ? exposed->param : target.substr(dot + 1);
        const std::string text = set.substr(equals + 1);
        json value = json::parse(text, nullptr, false);
        if (exposed && value.is_number() && (value < exposed->min || value > exposed->max))
            throw Error("--set {}: '{}' goes from {} to {} in this patch", set, target, exposed->min,
                        exposed->max);
        const ParamBase* param = declared(graph.nodes.at(id), name);
        const bool takes_text = param != nullptr && param->info.kind == ParamInfo::Kind::Text;
        if (takes_text || value.is_discarded() || value.is_structured()) value = text;
        set_param(graph, id, name, value);
        if (graph.links.contains({id, name}))
            note(fmt::format("--set {} has no effect: a wire leads to '{}'", set, name));
    }
    for (const auto& [id, node] : std::map(graph.nodes)) {
        if (seed && node.type.starts_with("latent.") && declared(node, "seed") != nullptr)
            set_param(graph, id, "seed", *seed);
    }
    if (!model.empty()) use_model(graph, model);
}

std::optional<Size> size_of(const Settings& settings) {
    if (!settings.width || !settings.height) return std::nullopt;
    return Size{*settings.width, *settings.height};
}

NodeId node_named(const Graph& graph, const std::string& name, const char* option) {
    std::vector<NodeId> matches;
    for (const auto& [id, node] : graph.nodes) {
        if (std::to_string(id) == name) return id;
        if (graph.label(id, installed_nodes()) == name) matches.push_back(id);
    }
    if (matches.size() == 1) return matches.front();
    if (matches.empty()) throw Error("{}: there is no node '{}' in this patch", option, name);
    throw Error("{}: {} nodes are named '{}'; use the id", option, matches.size(), name);
}

}  // namespace gan
