#include "nodes/plugins.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/schema.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace gan {
namespace {

using nlohmann::json;

json describe(const ParamBase& param) {
    const ParamInfo& info = param.info;
    json result{{"name", param.name},
                {"description", param.description},
                {"default", param.default_value()},
                {"setup", info.setup}};
    switch (info.kind) {
        case ParamInfo::Kind::Number:
            result["kind"] = info.whole ? "whole number" : "number";
            result["min"] = info.min;
            result["max"] = info.max;
            if (!info.unit.empty()) result["unit"] = info.unit;
            if (info.curve == Curve::Log) result["curve"] = "log";
            break;
        case ParamInfo::Kind::Toggle:
            result["kind"] = "toggle";
            break;
        case ParamInfo::Kind::Choice:
            result["kind"] = "choice";
            result["choices"] = info.choices;
            break;
        case ParamInfo::Kind::Text:
            result["kind"] = info.file ? "file" : "text";
            break;
        case ParamInfo::Kind::Data:
            result["kind"] = "data";
            break;
    }
    return result;
}

/// The library that a type comes from; empty: it comes with Ganymede.
std::string library_of(const NodeType& type) {
    for (const PluginFile& library : installed_plugins().files())
        if (std::find(library.types.begin(), library.types.end(), type.id) != library.types.end())
            return library.file.string();
    return {};
}

json describe(const NodeType& type) {
    const Node& node = installed_nodes().sample(type);
    json inputs = json::array();
    for (const InputBase* input : node.inputs())
        if (node.param(input->name) == nullptr)
            inputs.push_back({{"name", input->name},
                              {"type", name_of(input->type)},
                              {"description", input->description},
                              {"optional", input->optional}});
    json outputs = json::array();
    for (const OutputBase* output : node.outputs())
        outputs.push_back(
            {{"name", output->name}, {"type", name_of(output->type)}, {"description", output->description}});
    json params = json::array();
    for (const ParamBase* param : node.params()) params.push_back(describe(*param));
    json result{{"id", type.id},           {"name", type.name},       {"description", type.description},
                {"version", type.version}, {"aliases", type.aliases}, {"inputs", inputs},
                {"outputs", outputs},      {"params", params}};
    if (const std::string library = library_of(type); !library.empty()) result["library"] = library;
    return result;
}

std::string range_text(const json& param) {
    if (param.contains("choices")) {
        std::string text;
        for (const json& choice : param["choices"])
            text += (text.empty() ? "" : ", ") + choice.get<std::string>();
        return text;
    }
    if (!param.contains("min")) return param["kind"].get<std::string>();
    return fmt::format("{:g} to {:g}{}", param["min"].get<double>(), param["max"].get<double>(),
                       param.contains("unit") ? " " + param["unit"].get<std::string>() : "");
}

void print_markdown(const json& node) {
    fmt::print("\n## {} `{}`\n\n{}.\n", node["name"].get<std::string>(), node["id"].get<std::string>(),
               node["description"].get<std::string>());
    for (const char* side : {"inputs", "outputs"}) {
        if (node[side].empty()) continue;
        fmt::print("\n| {} | type | |\n|---|---|---|\n", side);
        for (const json& port : node[side])
            fmt::print("| {} | {} | {} |\n", port["name"].get<std::string>(), port["type"].get<std::string>(),
                       port["description"].get<std::string>());
    }
    if (node["params"].empty()) return;
    fmt::print("\n| parameter | default | range | |\n|---|---|---|---|\n");
    for (const json& param : node["params"])
        fmt::print("| {} | {} | {} | {}{} |\n", param["name"].get<std::string>(), param["default"].dump(),
                   range_text(param), param["description"].get<std::string>(),
                   param["setup"].get<bool>() ? " (set up once)" : "");
}

struct NodesOptions {
    bool json = false;
    bool markdown = false;
    bool schema = false;
    std::string enable;
};

void print_libraries() {
    for (const PluginFile& library : installed_plugins().files())
        if (!library.types.empty())
            fmt::print("\n{}: {} of {}, {}\n", library.file.string(), fmt::join(library.types, ", "),
                       library.vendor, library.version);
}

int list(const NodesOptions& options) {
    if (!options.enable.empty()) enable_plugin(plugin_places(), options.enable);
    if (options.schema) {
        fmt::print("{}\n", patch_schema(installed_nodes()).dump(2));
        return 0;
    }
    json all = json::array();
    for (const NodeType& type : installed_nodes().all()) all.push_back(describe(type));
    for (const PluginFile& library : installed_plugins().files())
        for (const std::string& problem : library.problems) fmt::print(stderr, "ganymede: {}\n", problem);
    if (options.json) {
        fmt::print("{}\n", all.dump(2));
        return 0;
    }
    if (options.markdown) fmt::print("# Nodes\n");
    for (const json& node : all)
        if (options.markdown)
            print_markdown(node);
        else
            fmt::print("{:<20} {:<12} {}\n", node["id"].get<std::string>(), node["name"].get<std::string>(),
                       node["description"].get<std::string>());
    if (!options.markdown) print_libraries();
    return 0;
}

}  // namespace

void add_nodes(CLI::App& app, Command& chosen) {
    auto* command = app.add_subcommand("nodes", "List every kind of node");
    auto options = std::make_shared<NodesOptions>();
    command->add_flag("--json", options->json, "As JSON, with ports, ranges and descriptions");
    command->add_flag("--markdown", options->markdown, "As the documentation shows them");
    command->add_flag("--schema", options->schema, "A JSON Schema (draft 7) of patch files");
    command->add_option("--enable", options->enable,
                        "FILE: try a library of nodes again that was left out, since a program ended in it");
    command->callback([options, &chosen] { chosen = [options] { return list(*options); }; });
}

}  // namespace gan
