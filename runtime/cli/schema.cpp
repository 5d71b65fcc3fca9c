#include "runtime/cli/schema.h"

#include "runtime/base/pixel.h"
#include "runtime/graph/patch.h"
#include "runtime/graph/settings.h"

#include <nlohmann/json.hpp>

namespace gan {
namespace {

using nlohmann::json;

constexpr const char* port_pattern = "^[1-9][0-9]*\\..+$";

json whole(int64_t min, int64_t max) {
    return {{"type", "integer"}, {"minimum", min}, {"maximum", max}};
}

json described(json schema, const char* description) {
    schema["description"] = description;
    return schema;
}

json param_schema(const ParamBase& param) {
    const ParamInfo& info = param.info;
    json schema;
    switch (info.kind) {
        case ParamInfo::Kind::Number:
            schema = {
                {"type", info.whole ? "integer" : "number"}, {"minimum", info.min}, {"maximum", info.max}};
            break;
        case ParamInfo::Kind::Toggle:
            schema = {{"type", "boolean"}};
            break;
        case ParamInfo::Kind::Choice:
            schema = {{"enum", info.choices}};
            break;
        case ParamInfo::Kind::Text:
            schema = {{"type", "string"}};
            break;
        case ParamInfo::Kind::Data:
            break;  // the description says what it is
    }
    std::string description(param.description);
    if (!info.unit.empty()) description += " (" + info.unit + ")";
    schema["description"] = description;
    schema["default"] = param.default_value();
    return schema;
}

json params_schema(const Node& node) {
    json params = json::object();
    for (const ParamBase* param : node.params()) params[param->name] = param_schema(*param);
    return {{"type", "object"}, {"properties", std::move(params)}};
}

json settings_schema() {
    const json ratio{{"type", "array"},
                     {"items", whole(1, 1'000'000)},
                     {"minItems", 2},
                     {"maxItems", 2},
                     {"description", "Ticks a second, as [numerator, denominator]"}};
    return {
        {"type", "object"},
        {"properties",
         {{"tick_rate", ratio},
          {"tempo",
           {{"type", "number"}, {"minimum", 1}, {"maximum", 1000}, {"description", "Beats a minute"}}},
          {"length", described(whole(1, most_ticks), "Ticks")},
          {"width", described(whole(1, max_side), "Pixels of the output")},
          {"height", described(whole(1, max_side), "Pixels of the output")},
          {"loop",
           described({{"type", "array"}, {"items", whole(0, most_ticks)}, {"minItems", 2}, {"maxItems", 2}},
                     "First tick, and the one after the last")}}}};
}

json node_schema(const NodeTypes& types) {
    const json port{{"type", "string"}, {"pattern", port_pattern}};
    const json exposed_ports{
        {"type", "object"},
        {"additionalProperties", {{"anyOf", json::array({port, json{{"type", "array"}, {"items", port}}})}}}};
    json schema{{"type", "object"},
                {"required", json::array({"id", "type"})},
                {"properties",
                 {{"id", whole(1, max_node_id)},
                  {"type", {{"type", "string"}}},
                  {"version", whole(1, 1'000'000)},
                  {"name", {{"type", "string"}}},
                  {"x", {{"type", "number"}}},
                  {"y", {{"type", "number"}}},
                  {"bypass", {{"type", "boolean"}}},
                  {"mute", {{"type", "boolean"}}},
                  {"comment", {{"type", "string"}}},
                  {"group", described(whole(1, max_node_id), "The group that it is in")},
                  {"inputs", described(exposed_ports, "Of a group: name -> \"3.seed\", or a list of such")},
                  {"outputs", described(exposed_ports, "Of a group: name -> \"3.seed\"")},
                  {"exposed", described({{"type", "object"}}, "Parameter -> {\"name\", \"min\", \"max\"}")},
                  {"params", {{"type", "object"}}}}},
                {"allOf", json::array()}};
    for (const NodeType& type : types.all())
        schema["allOf"].push_back({{"if", {{"properties", {{"type", {{"const", type.id}}}}}}},
                                   {"then",
                                    {{"title", type.name},
                                     {"description", type.description},
                                     {"properties", {{"params", params_schema(types.sample(type))}}}}}});
    return schema;
}

}  // namespace

json patch_schema(const NodeTypes& types) {
    return {{"$schema", "http://json-schema.org/draft-07/schema#"},
            {"title", "Ganymede patch"},
            {"type", "object"},
            {"required", json::array({"ganymede"})},
            {"properties",
             {{"ganymede", whole(1, patch_format)},
              {"settings", settings_schema()},
              {"nodes", {{"type", "array"}, {"items", node_schema(types)}}},
              {"links",
               {{"description", "input: output, as \"node.port\""},
                {"type", "object"},
                {"patternProperties", {{port_pattern, {{"type", "string"}, {"pattern", port_pattern}}}}},
                {"additionalProperties", false}}}}}};
}

}  // namespace gan
