#include "nodes/shader_inputs.h"

#include "runtime/base/error.h"
#include "runtime/base/json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <sstream>

namespace gan {
namespace {

using nlohmann::json;
using Kind = ShaderInput::Kind;

bool is_name(const std::string& text) {
    const auto letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    return !text.empty() && text.size() <= 64 && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
           std::all_of(text.begin(), text.end(), letter) && !text.starts_with("gl_") &&
           !text.starts_with("isf_");
}

size_t numbers_of(Kind kind) {
    return kind == Kind::Colour ? 4 : kind == Kind::Point ? 2 : kind == Kind::Picture ? 0 : 1;
}

ShaderInput input_of(Kind kind, const std::string& name) {
    if (!is_name(name)) throw Error("'{}' is no name for an input; use letters, digits and _", name);
    const size_t numbers = numbers_of(kind);
    return {.kind = kind,
            .name = name,
            .label = name,
            .value = std::vector<double>(numbers, kind == Kind::Colour ? 1.0 : 0.0),
            .min = std::vector<double>(numbers, 0.0),
            .max = std::vector<double>(numbers, 1.0)};
}

// ISF -------------------------------------------------------------------------------------------------------

/// The JSON between the first "/*" and "*/" of a text that begins with them; null without one.
json header_of(const std::string& text) {
    const size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos || text.compare(begin, 2, "/*") != 0) return nullptr;
    const size_t end = text.find("*/", begin + 2);
    const size_t brace = text.find_first_not_of(" \t\r\n*", begin + 2);
    if (end == std::string::npos || brace == std::string::npos || brace >= end || text[brace] != '{')
        return nullptr;
    try {
        return parse_json(text.substr(brace, end - brace), 16);
    } catch (const Error& failure) {
        throw Error("the ISF header cannot be read ({})", failure.what());
    }
}

/// Numbers of a field, one or a list; as many as `into` has, the rest as it was.
void take_numbers(const json& input, const char* field, std::vector<double>& into) {
    const auto found = input.find(field);
    if (found == input.end()) return;
    const auto number = [&](const json& value) {
        if (value.is_boolean()) return value.get<bool>() ? 1.0 : 0.0;
        if (!value.is_number() || !std::isfinite(value.get<double>()))
            throw Error("{} of the input '{}' is no number", field, input.value("NAME", ""));
        return value.get<double>();
    };
    if (!found->is_array()) {
        std::fill(into.begin(), into.end(), number(*found));
        return;
    }
    for (size_t i = 0; i < std::min(into.size(), found->size()); ++i) into[i] = number((*found)[i]);
}

ShaderInput from_isf(const json& input) {
    static const std::map<std::string, Kind> kinds{
        {"float", Kind::Number}, {"bool", Kind::Switch},   {"event", Kind::Switch}, {"long", Kind::Whole},
        {"color", Kind::Colour}, {"point2D", Kind::Point}, {"image", Kind::Picture}};
    const auto text = [&](const char* field) {
        const auto found = input.find(field);
        return found != input.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    const auto kind = kinds.find(text("TYPE"));
    if (kind == kinds.end())
        throw Error("the input '{}' has TYPE '{}'; there are float, bool, event, long, color, point2D, image",
                    text("NAME"), text("TYPE"));
    ShaderInput result = input_of(kind->second, text("NAME"));
    if (!text("LABEL").empty()) result.label = text("LABEL");
    if (result.kind == Kind::Whole) result.max = {100};
    if (const auto values = input.find("VALUES"); values != input.end() && values->is_array()) {
        std::vector<double> all;
        for (const json& value : *values)
            if (value.is_number()) all.push_back(value.get<double>());
        if (!all.empty()) {
            result.min = {*std::min_element(all.begin(), all.end())};
            result.max = {*std::max_element(all.begin(), all.end())};
        }
    }
    take_numbers(input, "MIN", result.min);
    take_numbers(input, "MAX", result.max);
    for (size_t i = 0; i < result.min.size(); ++i)
        if (result.max[i] < result.min[i]) std::swap(result.min[i], result.max[i]);
    take_numbers(input, "DEFAULT", result.value);
    return result;
}

// Uniforms --------------------------------------------------------------------------------------------------

const std::map<std::string, Kind>& uniform_kinds() {
    static const std::map<std::string, Kind> kinds{{"float", Kind::Number}, {"int", Kind::Whole},
                                                   {"bool", Kind::Switch},  {"vec2", Kind::Point},
                                                   {"vec4", Kind::Colour},  {"sampler2D", Kind::Picture}};
    return kinds;
}

/// A line such as "uniform float speed = 0.5;  // 0 to 2".
ShaderInput from_uniform(const std::string& line) {
    const size_t semicolon = line.find(';');
    if (semicolon == std::string::npos)
        throw Error("'{}' has no ';'; write for example: uniform float speed = 0.5;  // 0 to 2", line);
    std::string declaration = line.substr(0, semicolon);
    const size_t equals = declaration.find('=');
    std::istringstream words(declaration.substr(0, equals));
    std::string word, type, name, more;
    words >> word >> type >> name;
    const auto kind = uniform_kinds().find(type);
    if (kind == uniform_kinds().end() || words >> more)
        throw Error(
            "'{}' is no uniform that becomes an input; there are float, int, bool, vec2, vec4, sampler2D, one a "
            "line",
            declaration);
    ShaderInput result = input_of(kind->second, name);
    if (result.kind == Kind::Whole) result.max = {100};
    const auto numbers = [](std::string text) {
        std::replace_if(
            text.begin(), text.end(),
            [](char c) { return std::isdigit(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-'; },
            ' ');
        std::istringstream from(text);
        std::vector<double> found;
        for (double number; from >> number;) found.push_back(number);
        return found;
    };
    if (equals != std::string::npos) {
        std::string value = declaration.substr(equals + 1);
        if (value.find("true") != std::string::npos) value = "1";
        if (const size_t parenthesis = value.find('('); parenthesis != std::string::npos)
            value.erase(0, parenthesis);  // "vec4(...)" holds no number of its name
        const auto given = numbers(value);
        for (size_t i = 0; i < result.value.size() && !given.empty(); ++i)
            result.value[i] = given[std::min(i, given.size() - 1)];
    }
    if (const size_t comment = line.find("//", semicolon); comment != std::string::npos) {
        const auto range = numbers(line.substr(comment));
        if (range.size() == 2 && range[0] < range[1]) {
            std::fill(result.min.begin(), result.min.end(), range[0]);
            std::fill(result.max.begin(), result.max.end(), range[1]);
        }
    }
    return result;
}

}  // namespace

bool is_shadertoy(const std::string& text) {
    return text.find("void mainImage") != std::string::npos;
}

std::vector<ShaderInput> shader_inputs(const std::string& text) {
    std::vector<ShaderInput> inputs;
    const json header = header_of(text);
    if (header.is_object()) {
        if (const auto passes = header.find("PASSES");
            passes != header.end() && passes->is_array() && passes->size() > 1)
            throw Error(
                "ISF shaders of several PASSES are not played; use a Shader node for each, and Feedback");
        if (const auto list = header.find("INPUTS"); list != header.end() && list->is_array())
            for (const json& input : *list)
                if (input.is_object()) inputs.push_back(from_isf(input));
    }
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const size_t begin = line.find_first_not_of(" \t");
        if (begin != std::string::npos && line.compare(begin, 8, "uniform ") == 0)
            inputs.push_back(from_uniform(line.substr(begin)));
    }
    // Shadertoy's channels are pictures that are not declared; those before the last are there as well.
    size_t channels = 0;
    for (size_t i = 0; is_shadertoy(text) && i < most_pictures; ++i)
        if (text.find(fmt::format("iChannel{}", i)) != std::string::npos) channels = i + 1;
    for (size_t i = 0; i < channels; ++i)
        inputs.push_back(input_of(Kind::Picture, fmt::format("channel{}", i)));
    std::set<std::string> names;
    size_t numbers = 0;
    size_t pictures = 0;
    for (const ShaderInput& input : inputs) {
        if (!names.insert(input.name).second) throw Error("there are two inputs called '{}'", input.name);
        numbers += input.value.size();
        pictures += input.kind == Kind::Picture ? 1 : 0;
    }
    if (pictures > most_pictures)
        throw Error("the shader asks for {} pictures; it can have {}", pictures, most_pictures);
    if (numbers > most_numbers)
        throw Error("the shader asks for {} numbers; it can have {}", numbers, most_numbers);
    return inputs;
}

}  // namespace gan
