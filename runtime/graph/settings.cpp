#include "runtime/graph/settings.h"

#include "runtime/base/pixel.h"

#include <fmt/format.h>

namespace gan {
namespace {

using nlohmann::json;

bool whole_in(const json& value, int64_t min, int64_t max) {
    return value.is_number_integer() && value >= min && value <= max;
}

bool pair_in(const json& value, int64_t min, int64_t max) {
    return value.is_array() && value.size() == 2 && whole_in(value[0], min, max) &&
           whole_in(value[1], min, max);
}

}  // namespace

Settings settings_of(const Graph& graph, std::vector<std::string>& problems) {
    Settings settings;
    const auto read = [&](const char* name, auto&& fits, std::string_view needed, auto&& take) {
        const auto found = graph.settings.find(name);
        if (found == graph.settings.end()) return;
        if (fits(*found))
            take(*found);
        else
            problems.push_back(
                fmt::format("the patch's setting '{}' must be {}; its default is used", name, needed));
    };
    read(
        "tick_rate", [](const json& v) { return pair_in(v, 1, 1'000'000); },
        "two whole numbers from 1 to 1000000, such as [60, 1]",
        [&](const json& v) {
            settings.tick_rate = {v[0].get<int64_t>(), v[1].get<int64_t>()};
        });
    read(
        "tempo", [](const json& v) { return v.is_number() && v >= 1 && v <= 1000; },
        "a number from 1 to 1000", [&](const json& v) { settings.tempo = v.get<double>(); });
    read(
        "length", [](const json& v) { return whole_in(v, 1, most_ticks); },
        "a whole number of ticks from 1 to 10^12",
        [&](const json& v) { settings.length = v.get<int64_t>(); });
    const auto side = [](const json& v) { return whole_in(v, 1, max_side); };
    const std::string pixels = fmt::format("a whole number of pixels from 1 to {}", max_side);
    read("width", side, pixels, [&](const json& v) { settings.width = v.get<int>(); });
    read("height", side, pixels, [&](const json& v) { settings.height = v.get<int>(); });
    read(
        "loop", [](const json& v) { return pair_in(v, 0, most_ticks) && v[0] < v[1]; },
        "two whole numbers of ticks, the second above the first",
        [&](const json& v) {
            settings.loop = {v[0].get<int64_t>(), v[1].get<int64_t>()};
        });
    return settings;
}

}  // namespace gan
