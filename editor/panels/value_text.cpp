#include "editor/panels/value_text.h"

#include "editor/panels/typed_number.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gan {
namespace {

constexpr size_t classes_shown = 4;

std::string mix_text(const ClassMix& mix) {
    if (mix.classes.empty()) return mix.offset.empty() ? "no class" : "an offset alone";
    if (mix.classes.size() == 1 && mix.classes.front().weight == 1 && mix.offset.empty())
        return mix.classes.front().name;
    std::string text;
    for (size_t i = 0; i < std::min(mix.classes.size(), classes_shown); ++i)
        text += fmt::format("{}{} {}", i == 0 ? "" : ", ", mix.classes[i].name,
                            number_text(mix.classes[i].weight));
    if (mix.classes.size() > classes_shown)
        text += fmt::format(" and {} more", mix.classes.size() - classes_shown);
    if (!mix.offset.empty()) text += ", moved";
    return text;
}

struct TextOfValue {
    std::string operator()(std::monostate) const { return "no value"; }
    std::string operator()(double value) const { return number_text(value); }
    std::string operator()(bool value) const { return value ? "on" : "off"; }
    std::string operator()(const std::string& value) const { return value; }
    std::string operator()(const Trigger& value) const {
        return fmt::format("{} pulse{}", value.count, value.count == 1 ? "" : "s");
    }
    std::string operator()(const Latent& value) const {
        return fmt::format("{} numbers, std {}", value.z.size(), number_text(value.std));
    }
    std::string operator()(const ClassMix& value) const { return mix_text(value); }
    std::string operator()(const ModelRef& value) const {
        return value == nullptr ? "no model" : value->description();
    }
    std::string operator()(const ImageRef& value) const {
        return value == nullptr ? "no picture" : value_text(static_cast<const ImageInfo&>(*value));
    }
};

}  // namespace

std::string value_text(const PortValue& value) {
    return std::visit(TextOfValue{}, value);
}

std::string value_text(const ImageInfo& info) {
    static constexpr std::array channels{"", " grey", "", "", " with alpha"};
    const char* wraps = info.wrap_x && info.wrap_y ? ", tiles"
                        : info.wrap_x              ? ", tiles across"
                        : info.wrap_y              ? ", tiles down"
                                                   : "";
    const bool known = info.channels >= 0 && info.channels < static_cast<int>(channels.size());
    return fmt::format("{}x{} {}{}{}", info.width, info.height, name_of(info.encoding),
                       known ? channels[static_cast<size_t>(info.channels)] : "", wraps);
}

std::string_view name_of(Encoding encoding) {
    static constexpr std::array<std::string_view, 4> names{"srgb32f", "srgb8", "linear16f", "data32f"};
    return names[static_cast<size_t>(encoding)];
}

}  // namespace gan
