#include "runtime/abi/parameters.h"

#include "runtime/abi/failure.h"
#include "runtime/abi/text.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

using nlohmann::json;

uint32_t kind_of(const ParamInfo& info) {
    switch (info.kind) {
        case ParamInfo::Kind::Number:
            return info.whole ? GAN_WHOLE : GAN_NUMBER;
        case ParamInfo::Kind::Toggle:
            return GAN_TOGGLE;
        case ParamInfo::Kind::Choice:
            return GAN_CHOICE;
        default:
            return GAN_TEXT;
    }
}

double number_of(const json& value, const std::vector<std::string>& choices) {
    if (value.is_number()) return value.get<double>();
    if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
    if (value.is_string()) {
        const auto found = std::find(choices.begin(), choices.end(), value.get_ref<const std::string&>());
        if (found != choices.end()) return static_cast<double>(found - choices.begin());
    }
    return 0;
}

}  // namespace

Parameters::Parameters(const Graph& graph, const NodeTypes& types) : types_(types) {
    for (const ExposedParam& exposed : exposed_params(graph, types)) {
        const NodeRecord& record = graph.nodes.at(exposed.node);
        const ParamBase& param = *types.sample(*types.find(record.type), record.params).param(exposed.param);
        Parameter entry{.node = exposed.node,
                        .param = exposed.param,
                        .choices = param.info.choices,
                        .data = param.info.kind == ParamInfo::Kind::Data,
                        .initial = param.default_value()};
        gan_parameter& info = entry.info;
        info.abi = GAN_ABI;
        info.size = sizeof(info);
        info.kind = kind_of(param.info);
        copy_text(text_of({exposed.node, exposed.param}), info.id);
        copy_text(exposed.name, info.name);
        copy_text(param.info.unit, info.unit);
        copy_text(param.description, info.description);
        info.min = info.kind == GAN_NUMBER || info.kind == GAN_WHOLE ? exposed.min : 0;
        info.max = info.kind == GAN_NUMBER || info.kind == GAN_WHOLE ? exposed.max
                   : info.kind == GAN_TOGGLE                         ? 1
                   : info.kind == GAN_CHOICE ? static_cast<double>(entry.choices.size()) - 1
                                             : 0;
        info.value = number_of(value(entry, graph), entry.choices);
        parameters_.push_back(std::move(entry));
    }
}

const Parameters::Parameter& Parameters::find(const std::string& id) const {
    for (const Parameter& parameter : parameters_)
        if (parameter.info.id == id) return parameter;
    std::string there;
    for (const Parameter& parameter : parameters_)
        there += fmt::format("{}{}", there.empty() ? "" : ", ", parameter.info.id);
    throw Failure(GAN_ERROR_NAME, "the patch exposes no '{}'; it exposes {}", id,
                  there.empty() ? "nothing" : there);
}

json Parameters::value(const Parameter& parameter, const Graph& graph) {
    const json& params = graph.nodes.at(parameter.node).params;
    const auto found = params.find(parameter.param);
    return found == params.end() ? parameter.initial : *found;
}

Edit Parameters::set(const std::string& id, double value) const {
    const Parameter& parameter = find(id);
    const gan_parameter& info = parameter.info;
    if (!std::isfinite(value))
        throw Failure(GAN_ERROR_VALUE, "'{}' takes numbers, and {} is none", info.name, value);
    if (info.kind == GAN_TEXT)
        throw Failure(GAN_ERROR_VALUE, "'{}' takes text, no numbers; use gan_set_text()", info.name);
    double fitted = std::clamp(value, info.min, info.max);
    if (info.kind != GAN_NUMBER) fitted = std::round(fitted);
    json stored = fitted;
    if (info.kind == GAN_WHOLE) stored = std::llround(fitted);
    if (info.kind == GAN_TOGGLE) stored = fitted != 0;
    if (info.kind == GAN_CHOICE) stored = parameter.choices[static_cast<size_t>(fitted)];
    return {SetParam{parameter.node, parameter.param, std::move(stored)}};
}

Edit Parameters::set(const std::string& id, const std::string& text, const Graph& graph) const {
    const Parameter& parameter = find(id);
    const gan_parameter& info = parameter.info;
    if (parameter.data) {
        json value = json::parse(text, nullptr, false);
        const NodeRecord& record = graph.nodes.at(parameter.node);
        const std::string problem =
            value.is_discarded()
                ? "is no JSON"
                : make_node(*types_.find(record.type), record.params)->param(parameter.param)->set(value);
        if (!problem.empty()) throw Failure(GAN_ERROR_VALUE, "'{}': {}", info.name, problem);
        return {SetParam{parameter.node, parameter.param, std::move(value)}};
    }
    if (info.kind == GAN_CHOICE) {
        const auto found = std::find(parameter.choices.begin(), parameter.choices.end(), text);
        if (found == parameter.choices.end()) {
            std::string words;
            for (const std::string& word : parameter.choices) words += (words.empty() ? "" : ", ") + word;
            throw Failure(GAN_ERROR_VALUE, "'{}' is one of {}, not '{}'", info.name, words, text);
        }
    } else if (info.kind != GAN_TEXT) {
        throw Failure(GAN_ERROR_VALUE, "'{}' takes numbers, no text; use gan_set_number()", info.name);
    }
    return {SetParam{parameter.node, parameter.param, json(text)}};
}

double Parameters::number(const std::string& id, const Graph& graph) const {
    const Parameter& parameter = find(id);
    if (parameter.info.kind == GAN_TEXT)
        throw Failure(GAN_ERROR_VALUE, "'{}' is text; use gan_get_text()", parameter.info.name);
    return number_of(value(parameter, graph), parameter.choices);
}

std::string Parameters::text(const std::string& id, const Graph& graph) const {
    const Parameter& parameter = find(id);
    if (parameter.info.kind != GAN_TEXT && parameter.info.kind != GAN_CHOICE)
        throw Failure(GAN_ERROR_VALUE, "'{}' is a number; use gan_get_number()", parameter.info.name);
    const json current = value(parameter, graph);
    return current.is_string() && !parameter.data ? current.get<std::string>() : current.dump();
}

}  // namespace gan
