#include "editor/panels/settings_edit.h"

#include "editor/edit/loop.h"
#include "editor/panels/param_edits.h"
#include "editor/panels/parts.h"
#include "editor/panels/typed_number.h"
#include "runtime/base/pixel.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace gan {
namespace {

using nlohmann::json;

constexpr std::array<Rational, 9> usual_rates{Rational(24000, 1001), Rational(24), Rational(25),
                                              Rational(30000, 1001), Rational(30), Rational(50),
                                              Rational(60000, 1001), Rational(60), Rational(120)};
constexpr int64_t most_rate = 1'000'000;  // of both numbers of a tick rate

std::string rate_text(const Rational& rate) {
    if (rate.den == 1) return fmt::format("{}", rate.num);
    return fmt::format("{:.2f} ({}/{})", rate.value(), rate.num, rate.den);
}

/// "16 s, 32 beats, 8 bars"
std::string length_text(const Settings& settings, int64_t ticks) {
    const double seconds = static_cast<double>(ticks) / settings.tick_rate.value();
    const double beats = seconds * settings.tempo / 60;
    return fmt::format("{} s, {} beats, {} bars", number_text(seconds), number_text(beats),
                       number_text(beats / 4));
}

void draw_rate(Ui& ui, NumberEdit& numbers, const Settings& settings) {
    row_label(ui, "tick rate", "Pictures a second");
    const float half = (ImGui::GetContentRegionAvail().x - ui.px(4)) / 2;
    ImGui::SetNextItemWidth(half);
    if (ImGui::BeginCombo("##rate", rate_text(settings.tick_rate).c_str())) {
        for (const Rational& rate : usual_rates)
            if (ImGui::Selectable(rate_text(rate).c_str(), rate == settings.tick_rate))
                set_setting(ui, "tick_rate", json{rate.num, rate.den}, "Set the tick rate");
        ImGui::EndCombo();
    }
    ImGui::SameLine(0, ui.px(4));
    numbers.draw(ui, "rate", settings.tick_rate.value(),
                 {.min = 1, .max = 1000, .value = 60, .unit = "per second", .curve = Curve::Log},
                 [](Ui& later, std::optional<double> value, uint64_t gesture) {
                     // To a thousandth: enough for every rate that has a name.
                     const Rational rate(
                         std::clamp<int64_t>(std::llround(value.value_or(60) * 1000), 1, most_rate), 1000);
                     set_setting(later, "tick_rate", json{rate.num, rate.den}, "Set the tick rate", gesture);
                 },
                 {half, 0});
}

void draw_whole_setting(Ui& ui, NumberEdit& numbers, const char* label, const char* setting,
                        const char* about, int64_t value, const NumberRange& range, bool zero_is_none) {
    row_label(ui, label, about);
    numbers.draw(ui, setting, static_cast<double>(value), range,
                 [setting = std::string(setting), label = std::string(label), zero_is_none](
                     Ui& later, std::optional<double> next, uint64_t gesture) {
                     std::optional<json> stored;
                     if (next && !(zero_is_none && *next < 1)) stored = number_json(*next, true);
                     set_setting(later, setting, stored, fmt::format("Set the {}", label), gesture);
                 });
}

void draw_loop(Ui& ui, NumberEdit& numbers, const Settings& settings) {
    row_label(ui, "loop", "Playing goes round from the first tick to the last");
    bool on = settings.loop.has_value();
    if (ImGui::Checkbox("##loop", &on)) {
        std::optional<json> stored;
        if (on) stored = json{0, natural_loop(ui.session.graph(), ui.session.types(), settings)};
        set_setting(ui, "loop", stored, on ? "Loop" : "Stop looping");
        return;
    }
    if (!settings.loop) return;
    ImGui::SameLine(0, ui.px(6));
    const TickRange loop = *settings.loop;
    const float half = (ImGui::GetContentRegionAvail().x - ui.px(4)) / 2;
    const auto most = static_cast<double>(most_ticks);
    numbers.draw(
        ui, "first", static_cast<double>(loop.first),
        {.min = 0, .max = static_cast<double>(loop.last - 1), .value = 0, .unit = "from", .whole = true},
        [last = loop.last](Ui& later, std::optional<double> value, uint64_t gesture) {
            const auto first = std::min<int64_t>(std::llround(value.value_or(0)), last - 1);
            set_setting(later, "loop", json{first, last}, "Set where the loop begins", gesture);
        },
        {half, 0});
    ImGui::SameLine(0, ui.px(4));
    numbers.draw(ui, "last", static_cast<double>(loop.last),
                 {.min = static_cast<double>(loop.first + 1),
                  .max = most,
                  .value = static_cast<double>(std::max(settings.length, loop.first + 1)),
                  .unit = "to",
                  .whole = true},
                 [first = loop.first, length = settings.length](Ui& later, std::optional<double> value,
                                                                uint64_t gesture) {
                     const int64_t last = value ? std::llround(*value) : length;
                     set_setting(later, "loop", json{first, std::max(last, first + 1)},
                                 "Set where the loop ends", gesture);
                 },
                 {half, 0});
}

}  // namespace

void SettingsEdit::draw(Ui& ui, NumberEdit& numbers) {
    std::vector<std::string> problems;
    const Settings settings = settings_of(ui.session.graph(), problems);
    heading(ui, "PATCH", "What the whole patch plays at");
    for (const std::string& problem : problems) wrapped_text(ui, problem, ui.theme.warning);
    draw_rate(ui, numbers, settings);
    row_label(ui, "tempo", "Beats a minute: what periods in beats and bars follow");
    numbers.draw(ui, "tempo", settings.tempo,
                 {.min = 1, .max = 1000, .value = 120, .unit = "bpm", .curve = Curve::Log},
                 [](Ui& later, std::optional<double> value, uint64_t gesture) {
                     std::optional<json> stored;
                     if (value) stored = *value;
                     set_setting(later, "tempo", stored, "Set the tempo", gesture);
                 });
    draw_whole_setting(
        ui, numbers, "length", "length", "Ticks: what is rendered, and the whole of the time line",
        settings.length,
        {.min = 1, .max = static_cast<double>(most_ticks), .value = 1, .unit = "ticks", .whole = true},
        false);
    row_label(ui, "");
    elided_text(ui, length_text(settings, settings.length), ImGui::GetContentRegionAvail().x, ui.theme.dim);
    const NumberRange side{.min = 0, .max = max_side, .value = 0, .unit = "pixels", .whole = true};
    draw_whole_setting(ui, numbers, "width", "width", "Of the output; 0: as the network makes it",
                       settings.width.value_or(0), side, true);
    draw_whole_setting(ui, numbers, "height", "height", "Of the output; 0: as the network makes it",
                       settings.height.value_or(0), side, true);
    draw_loop(ui, numbers, settings);
}

}  // namespace gan
