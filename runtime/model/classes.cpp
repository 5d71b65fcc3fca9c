#include "runtime/model/classes.h"

#include "runtime/base/error.h"
#include "runtime/base/text.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace gan {

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts(1);
    for (char c : text) {
        if (c == separator) {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(' ');
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

namespace {

std::string normalized(std::string name) {
    for (char& c : name) c = c == '_' ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return trimmed(name);
}

/// Every name of a class: the whole, and its synonyms.
std::vector<std::string> synonyms(const std::string& name) {
    std::vector<std::string> names = split(name, ',');
    for (std::string& synonym : names) synonym = normalized(synonym);
    names.push_back(normalized(name));
    return names;
}

}  // namespace

int class_index(const std::string& text, const BigGanConfig& config) {
    const std::string wanted = normalized(text);
    if (wanted.empty()) throw Error("a class is missing; write for example 3,7 or 3:0.5+7:0.5");
    if (std::all_of(wanted.begin(), wanted.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) {
        int index = config.classes;
        std::from_chars(wanted.data(), wanted.data() + wanted.size(), index);
        if (index >= config.classes)
            throw Error("class {} does not exist: this model has classes 0 to {}", wanted,
                        config.classes - 1);
        return index;
    }
    if (config.class_names.empty())
        throw Error(
            "this model stores no class names, so '{}' is unknown: use a number from 0 to {}, or give "
            "--class-names",
            text, config.classes - 1);
    std::vector<int> matches;
    std::vector<std::pair<size_t, int>> near;
    for (int i = 0; i < config.classes; ++i) {
        size_t best = SIZE_MAX;
        for (const std::string& name : synonyms(config.class_names[static_cast<size_t>(i)])) {
            if (name.empty()) continue;
            size_t distance = edits(wanted, name);
            if (name.find(wanted) != std::string::npos)
                distance = std::min<size_t>(distance, 1);  // a part of the name
            if (name == wanted) distance = 0;
            best = std::min(best, distance);
        }
        if (best == 0) matches.push_back(i);
        near.emplace_back(best, i);
    }
    if (matches.size() == 1) return matches[0];
    if (matches.size() > 1)
        throw Error("'{}' names several classes ({}); use the number", text, fmt::join(matches, ", "));
    std::partial_sort(near.begin(), near.begin() + std::min<ptrdiff_t>(3, std::ssize(near)), near.end());
    std::vector<std::string> nearest;
    for (size_t i = 0; i < std::min<size_t>(3, near.size()); ++i)
        nearest.push_back(fmt::format("'{}' ({})", config.class_names[static_cast<size_t>(near[i].second)],
                                      near[i].second));
    throw Error("there is no class '{}'; the nearest are {}", text, fmt::join(nearest, ", "));
}

namespace {

Conditioning parse_mix(const std::string& text, const BigGanConfig& config) {
    Conditioning mix;
    for (const std::string& term : split(text, '+')) {
        const auto colon = term.rfind(':');
        ClassWeight part{.index = 0, .weight = 1};
        if (colon != std::string::npos) {
            const std::string weight = normalized(term.substr(colon + 1));
            const char* end = weight.data() + weight.size();
            if (std::from_chars(weight.data(), end, part.weight).ptr != end || weight.empty() ||
                !std::isfinite(part.weight))
                throw Error("'{}' is no weight; write for example --class {}:0.5", weight,
                            term.substr(0, colon));
        }
        part.index = class_index(term.substr(0, colon), config);
        mix.classes.push_back(part);
    }
    return mix;
}

}  // namespace

std::vector<Conditioning> parse_classes(const std::string& text, const BigGanConfig& config) {
    std::vector<Conditioning> result;
    for (const std::string& mix : split(text, ',')) result.push_back(parse_mix(mix, config));
    return result;
}

std::string class_text(const Conditioning& conditioning) {
    std::string text;
    for (const auto& [index, weight] : conditioning.classes) {
        if (!text.empty()) text += '+';
        text += weight == 1 ? fmt::format("{}", index) : fmt::format("{}:{}", index, weight);
    }
    return text;
}

std::string class_caption(const Conditioning& conditioning, const BigGanConfig& config) {
    std::string text;
    for (const auto& [index, weight] : conditioning.classes) {
        if (!text.empty()) text += " + ";
        const auto place = static_cast<size_t>(index);
        const std::string name = place < config.class_names.size() ? config.class_names[place] : "";
        text += name.empty() ? fmt::format("class {}", index) : name.substr(0, name.find(','));
        if (weight != 1) text += fmt::format(" {:.0f} %", 100 * weight);
    }
    return text;
}

}  // namespace gan
