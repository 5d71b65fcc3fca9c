#include "editor/panels/gradient_editor.h"

#include "editor/panels/parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace gan {
namespace {

using nlohmann::json;

constexpr size_t most_gradient_stops = 64;  // as the node has it

using Colour = GradientStop::Colour;

Colour stop_colour(const std::string& text) {
    uint32_t value = 0;
    if (text.size() == 7 && text[0] == '#') std::from_chars(text.data() + 1, text.data() + 7, value, 16);
    return {(value >> 16) / 255.0, (value >> 8 & 255) / 255.0, (value & 255) / 255.0};
}

std::string colour_text(const Colour& colour) {
    const auto byte = [](double v) { return static_cast<int>(std::lround(std::clamp(v, 0.0, 1.0) * 255)); };
    return fmt::format("#{:02x}{:02x}{:02x}", byte(colour[0]), byte(colour[1]), byte(colour[2]));
}

ImU32 colour_on_screen(const Colour& colour) {
    return ImGui::ColorConvertFloat4ToU32(
        {static_cast<float>(colour[0]), static_cast<float>(colour[1]), static_cast<float>(colour[2]), 1});
}

/// In the order of the patch's list; nothing when it is none.
std::vector<GradientStop> gradient_stops(const json& list) {
    std::vector<GradientStop> stops;
    if (!list.is_array()) return stops;
    for (const json& stop : list) {
        if (!stop.is_array() || stop.size() != 2 || !stop[0].is_number() || !stop[1].is_string()) return {};
        stops.push_back(
            {std::clamp(stop[0].get<double>(), 0.0, 1.0), stop_colour(stop[1].get<std::string>())});
    }
    return stops.size() < 2 ? std::vector<GradientStop>{} : stops;
}

Colour times(const std::array<Colour, 3>& matrix, const Colour& v) {
    Colour result{};
    for (size_t i = 0; i < 3; ++i)
        for (size_t j = 0; j < 3; ++j) result[i] += matrix[i][j] * v[j];
    return result;
}

/// IEC 61966-2-1.
Colour light_of(Colour srgb) {
    for (double& v : srgb) v = v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    return srgb;
}
Colour display_of(Colour light) {
    for (double& v : light) {
        v = std::clamp(v, 0.0, 1.0);
        v = v <= 0.0031308 ? v * 12.92 : 1.055 * std::pow(v, 1 / 2.4) - 0.055;
    }
    return light;
}

/// OKLab: Ottosson, "A perceptual color space for image processing", 2020; matrices of 2021.
Colour oklab_of(const Colour& light) {
    Colour lms = times({{{0.4122214708, 0.5363325363, 0.0514459929},
                         {0.2119034982, 0.6806995451, 0.1073969566},
                         {0.0883024619, 0.2817188376, 0.6299787005}}},
                       light);
    for (double& v : lms) v = std::cbrt(v);
    return times({{{0.2104542553, 0.7936177850, -0.0040720468},
                   {1.9779984951, -2.4285922050, 0.4505937099},
                   {0.0259040371, 0.7827717662, -0.8086757660}}},
                 lms);
}
Colour light_of_oklab(const Colour& lab) {
    Colour lms = times({{{1, 0.3963377774, 0.2158037573},
                         {1, -0.1055613458, -0.0638541728},
                         {1, -0.0894841775, -1.2914855480}}},
                       lab);
    for (double& v : lms) v = v * v * v;
    return times({{{4.0767416621, -3.3077115913, 0.2309699292},
                   {-1.2684380046, 2.6097574011, -0.3413193965},
                   {-0.0041960863, -0.7034186147, 1.7076147010}}},
                 lms);
}

Colour colour_between(const Colour& a, const Colour& b, double share, const std::string& space) {
    const auto mix = [share](const Colour& x, const Colour& y) {
        Colour result{};
        for (size_t i = 0; i < 3; ++i) result[i] = x[i] + (y[i] - x[i]) * share;
        return result;
    };
    if (space == "srgb") return mix(a, b);
    if (space == "linear light") return display_of(mix(light_of(a), light_of(b)));
    return display_of(light_of_oklab(mix(oklab_of(light_of(a)), oklab_of(light_of(b)))));
}

/// `stops` by place.
Colour gradient_at(const std::vector<GradientStop>& stops, double at, const std::string& space) {
    const auto next =
        std::upper_bound(stops.begin(), stops.end(), at,
                         [](double place, const GradientStop& stop) { return place < stop.at; });
    if (next == stops.begin()) return next->srgb;
    const GradientStop& last = *(next - 1);
    if (next == stops.end()) return last.srgb;
    return colour_between(last.srgb, next->srgb, (at - last.at) / (next->at - last.at), space);
}

}  // namespace

void GradientEditor::draw(Ui& ui, NumberEdit& numbers, const json& given, const std::string& space,
                          const Apply& apply) {
    json list = given;
    const std::vector<GradientStop> stops = gradient_stops(list);
    if (stops.empty()) {
        wrapped_text(ui, "The stops are no list such as [[0, \"#000000\"], [1, \"#ff8000\"]].",
                     ui.theme.error);
        if (ImGui::Button("Begin anew")) apply(ui, json::parse(R"([[0, "#000000"], [1, "#ffffff"]])"), 0);
        return;
    }
    std::vector<GradientStop> sorted = stops;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const GradientStop& a, const GradientStop& b) { return a.at < b.at; });
    if (chosen_ >= static_cast<int>(stops.size())) chosen_ = -1;

    const float margin = ui.px(6);
    const ImVec2 size(std::max(ImGui::GetContentRegionAvail().x, ui.px(60)), ui.px(42));
    const ImVec2 low = ImGui::GetCursorScreenPos();
    const bool held = hold_.button(ui, "gradient", size,
                                   ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight);
    const bool hovered = ImGui::IsItemHovered();
    ui.widget_hovered |= hovered;
    const bool active = ImGui::IsItemActive();
    const ImGuiIO& io = ImGui::GetIO();
    ImDrawList& draw = *ImGui::GetWindowDrawList();
    const float left = low.x + margin;
    const float width = size.x - 2 * margin;
    const float bottom = low.y + ui.px(26);
    const auto x_of = [&](double at) { return left + static_cast<float>(at) * width; };

    constexpr int strips = 64;
    for (int i = 0; i < strips; ++i) {
        const double from = i / static_cast<double>(strips);
        const double to = (i + 1) / static_cast<double>(strips);
        // Just inside, so that a hard edge stays hard.
        const ImU32 a = colour_on_screen(gradient_at(sorted, from + 1e-6, space));
        const ImU32 b = colour_on_screen(gradient_at(sorted, to - 1e-6, space));
        draw.AddRectFilledMultiColor({x_of(from), low.y}, {x_of(to), bottom}, a, b, b, a);
    }
    draw.AddRect({left, low.y}, {left + width, bottom}, ui.theme.line);
    int under = -1;
    for (size_t i = 0; i < stops.size(); ++i) {
        const float x = x_of(stops[i].at);
        if (hovered && std::abs(io.MousePos.x - x) <= ui.px(6) && io.MousePos.y >= bottom - ui.px(3))
            under = static_cast<int>(i);
    }
    for (size_t i = 0; i < stops.size(); ++i) {
        const float x = x_of(stops[i].at);
        const bool lit = chosen_ == static_cast<int>(i) || under == static_cast<int>(i);
        const float half = ui.px(5);
        draw.AddTriangleFilled({x, bottom - ui.px(2)}, {x - half, bottom + ui.px(4)},
                               {x + half, bottom + ui.px(4)}, lit ? ui.theme.text : ui.theme.dim);
        draw.AddRectFilled({x - half, bottom + ui.px(4)}, {x + half, bottom + ui.px(14)},
                           colour_on_screen(stops[i].srgb));
        draw.AddRect({x - half, bottom + ui.px(4)}, {x + half, bottom + ui.px(14)},
                     lit ? ui.theme.text : ui.theme.dim);
    }

    if (held) {
        draw.AddRect(low, {low.x + size.x, low.y + size.y}, ui.theme.accent, ui.px(3), 0, ui.px(2));
        if (press_keys(ui, list, sorted, space)) apply(ui, list, hold_.gesture());
    }
    double place = std::clamp(static_cast<double>((io.MousePos.x - left) / width), 0.0, 1.0);
    place = io.KeyCtrl ? std::round(place * 20) / 20 : std::round(place * 1000) / 1000;
    const bool doubled = hovered && ImGui::IsMouseDoubleClicked(0);
    if (hovered && ImGui::IsMouseClicked(0) && !doubled) {
        chosen_ = under;
        dragged_ = under >= 0;
        gesture_ = ui.session.new_gesture();
    }
    if (doubled && under < 0 && stops.size() < most_gradient_stops) {
        list.push_back({place, colour_text(gradient_at(sorted, place, space))});
        chosen_ = static_cast<int>(list.size()) - 1;
        gesture_ = ui.session.new_gesture();
        dragged_ = true;
        apply(ui, list, gesture_);
        return;
    }
    if (hovered && ImGui::IsMouseClicked(1) && under >= 0 && stops.size() > 2) {
        list.erase(static_cast<size_t>(under));
        chosen_ = -1;
        apply(ui, list, 0);
        return;
    }
    if (!active || !ImGui::IsMouseDown(0)) dragged_ = false;
    if (dragged_ && chosen_ >= 0 && ImGui::IsMouseDragging(0, ui.px(3)) && io.MouseDelta.x != 0) {
        list[static_cast<size_t>(chosen_)][0] = place;
        apply(ui, list, gesture_);
    } else if (!active && under >= 0) {
        tooltip(ui, "Drag moves it, a click chooses its colour below, a right click takes it away");
    } else if (!active) {
        tooltip(ui,
                "Double click adds a stop; Ctrl snaps. By keys: Space takes hold of it, Tab goes to the next "
                "stop, arrows move it, Insert and Delete add one and take it away, Space lets go.");
    }

    draw_stop(ui, numbers, given, stops, apply);
}

/// What is pressed while it is held. True: the stops are others now.
bool GradientEditor::press_keys(const Ui& ui, json& list, const std::vector<GradientStop>& sorted,
                                const std::string& space) {
    const auto place_of = [&](size_t i) { return std::clamp(list[i][0].get<double>(), 0.0, 1.0); };
    /// The nearest before or after the chosen one; itself where there is none.
    const auto neighbour = [&](bool back) {
        const auto here = static_cast<size_t>(chosen_);
        const auto rank = [&](size_t i) { return std::pair(place_of(i), i); };
        size_t best = here;
        for (size_t i = 0; i < list.size(); ++i) {
            const bool beyond = back ? rank(i) < rank(here) : rank(i) > rank(here);
            const bool nearer = best == here || (back ? rank(i) > rank(best) : rank(i) < rank(best));
            if (beyond && nearer) best = i;
        }
        return best;
    };
    bool changed = false;
    chosen_ = std::clamp(chosen_, 0, static_cast<int>(list.size()) - 1);
    for (const Chord& chord : ui.events.presses) {
        const auto here = static_cast<size_t>(chosen_);
        if (chord.key == Key::Tab || chord.key == Key::PageDown || chord.key == Key::PageUp) {
            chosen_ = static_cast<int>(
                neighbour(chord.key == Key::PageUp || (chord.key == Key::Tab && chord.shift)));
        } else if (chord.key == Key::Insert && list.size() < most_gradient_stops) {
            // Half way to the next one, or to the one before the last.
            const size_t next = neighbour(false) != here ? neighbour(false) : neighbour(true);
            const double at = std::round((place_of(here) + place_of(next)) * 500) / 1000;
            list.push_back({at, colour_text(gradient_at(sorted, at, space))});
            chosen_ = static_cast<int>(list.size()) - 1;
            changed = true;
        } else if ((chord.key == Key::Delete || chord.key == Key::Backspace) && list.size() > 2) {
            list.erase(here);
            chosen_ = std::min(chosen_, static_cast<int>(list.size()) - 1);
            changed = true;
        }
    }
    const KeySteps steps = arrow_steps(ui);
    if (steps.across == 0 && steps.up == 0) return changed;
    const auto here = static_cast<size_t>(chosen_);
    const double at = place_of(here) + (steps.across + steps.up) / 100;
    list[here][0] = std::clamp(std::round(at * 1000) / 1000, 0.0, 1.0);
    return true;
}

/// Colour and place of the chosen one.
void GradientEditor::draw_stop(Ui& ui, NumberEdit& numbers, const json& given,
                               const std::vector<GradientStop>& stops, const Apply& apply) {
    if (chosen_ < 0 || static_cast<size_t>(chosen_) >= stops.size()) return;
    json list = given;
    const auto index = static_cast<size_t>(chosen_);
    const GradientStop& stop = stops[index];
    float colour[3] = {static_cast<float>(stop.srgb[0]), static_cast<float>(stop.srgb[1]),
                       static_cast<float>(stop.srgb[2])};
    const float half = (ImGui::GetContentRegionAvail().x - ui.px(4)) / 2;
    ImGui::SetNextItemWidth(half);
    if (colour_edit(ui, "##colour", colour, gesture_)) {
        list[index][1] = colour_text({colour[0], colour[1], colour[2]});
        if (list != given) apply(ui, list, gesture_);
    }
    ImGui::SameLine(0, ui.px(4));
    numbers.draw(ui, "place", stop.at, {.min = 0, .max = 1, .value = stop.at, .unit = "place"},
                 [given, index, apply](Ui& later, std::optional<double> next, uint64_t gesture) {
                     if (!next) return;
                     json changed = given;
                     changed[index][0] = *next;
                     apply(later, changed, gesture);
                 },
                 {half, 0});
}

}  // namespace gan
