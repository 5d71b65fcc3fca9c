#include "editor/panels/curve_editor.h"

#include "editor/panels/curve_keys.h"
#include "editor/panels/parts.h"
#include "editor/panels/typed_number.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace gan {
namespace {

using nlohmann::json;

constexpr int most_grid_lines = 20;   // each way
constexpr double most_places = 2000;  // of keys, across what can be seen
constexpr std::array easing_names{"Linear", "Smooth", "Slow start", "Slow end", "Hold"};

/// 1, 2 or 5 times a power of ten: about `count` of them in `range`.
double grid_step(double range, double count) {
    const double rough = std::max(range / count, 1e-12);
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    const double share = rough / power;
    return power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10);
}

/// Short numbers in the patch file: to a thousandth of what can be seen.
double curve_rounded(double value, double range) {
    const double power =
        std::pow(10.0, std::clamp(std::ceil(3 - std::log10(std::max(range, 1e-9))), -6.0, 12.0));
    return std::round(value * power) / power;
}

/// Between the plot and the screen.
struct CurvePlot {
    ImVec2 low, high;
    double first, last, bottom, top;

    float x(double at) const {
        return low.x + static_cast<float>((at - first) / (last - first)) * (high.x - low.x);
    }
    float y(double value) const {
        return high.y - static_cast<float>((value - bottom) / (top - bottom)) * (high.y - low.y);
    }
    ImVec2 point(double at, double value) const {
        // ImGui's coordinates must stay within what a float and a clip rectangle can do.
        return {std::clamp(x(at), low.x - 20'000, high.x + 20'000),
                std::clamp(y(value), low.y - 20'000, high.y + 20'000)};
    }
    double at(float px) const {
        return first + (px - low.x) / static_cast<double>(high.x - low.x) * (last - first);
    }
    double value(float py) const {
        return bottom + (high.y - py) / static_cast<double>(high.y - low.y) * (top - bottom);
    }
};

void draw_curve_grid(Ui& ui, ImDrawList& list, const CurvePlot& plot) {
    ImFont* mono = ui.fonts.mono_at(ui.px(10));
    const float size = ui.px(10);
    const ImU32 line = faded(ui.theme.line, 0.6f);
    const double across = grid_step(plot.last - plot.first, 5);
    for (int i = 0; i < most_grid_lines; ++i) {
        const double at = (std::ceil(plot.first / across) + i) * across;
        if (at > plot.last) break;
        const float x = std::floor(plot.x(at));
        list.AddLine({x, plot.low.y}, {x, plot.high.y}, line);
        list.AddText(mono, size, {x + ui.px(2), plot.high.y - size - ui.px(1)}, ui.theme.dim,
                     number_text(std::abs(at) < across / 1000 ? 0 : at).c_str());
    }
    const double up = grid_step(plot.top - plot.bottom, 4);
    for (int i = 0; i < most_grid_lines; ++i) {
        const double value = (std::ceil(plot.bottom / up) + i) * up;
        if (value > plot.top) break;
        const float y = std::floor(plot.y(value));
        list.AddLine({plot.low.x, y}, {plot.high.x, y}, line);
        list.AddText(mono, size, {plot.low.x + ui.px(2), y - size - ui.px(1)}, ui.theme.dim,
                     number_text(std::abs(value) < up / 1000 ? 0 : value).c_str());
    }
}

void draw_curve_line(Ui& ui, ImDrawList& list, const CurvePlot& plot, const std::vector<CurveKey>& keys) {
    const ImU32 colour = ui.theme.accent;
    const float thick = ui.px(1.5f);
    const ImU32 beyond = faded(colour, 0.5f);
    list.AddLine({plot.low.x, plot.point(keys.front().at, keys.front().value).y},
                 plot.point(keys.front().at, keys.front().value), beyond, thick);
    list.AddLine(plot.point(keys.back().at, keys.back().value),
                 {plot.high.x, plot.point(keys.back().at, keys.back().value).y}, beyond, thick);
    for (size_t i = 0; i + 1 < keys.size(); ++i) {
        const CurveKey& a = keys[i];
        const CurveKey& b = keys[i + 1];
        const double width = b.at - a.at;
        const ImVec2 from = plot.point(a.at, a.value);
        const ImVec2 to = plot.point(b.at, b.value);
        if (a.hold) {
            list.AddLine(from, {to.x, from.y}, colour, thick);
            list.AddLine({to.x, from.y}, to, faded(colour, 0.5f), thick);
        } else if (a.out.none() && b.in.none()) {
            list.AddLine(from, to, colour, thick);
        } else {
            // As the node cuts them: time never runs backwards.
            const double out = std::clamp(a.out.time, 0.0, width);
            const double in = std::clamp(b.in.time, -width, 0.0);
            list.AddBezierCubic(from, plot.point(a.at + out, a.value + a.out.value),
                                plot.point(b.at + in, b.value + b.in.value), to, colour, thick);
        }
    }
}

}  // namespace

void CurveEditor::draw(Ui& ui, NumberEdit& numbers, const json& given, const std::string& unit,
                       std::optional<double> playhead, const Apply& apply) {
    json keys = sorted_keys(given);
    std::vector<CurveKey> parsed;
    for (const json& key : keys) parsed.push_back(curve_key(key));
    if (parsed.empty()) {
        wrapped_text(ui, "The keys are no list such as [{\"at\": 0, \"value\": 1}].", ui.theme.error);
        if (ImGui::Button("Begin anew"))
            apply(ui, json::parse(R"([{"at": 0, "value": 0}, {"at": 4, "value": 1}])"), 0);
        return;
    }
    chosen_ = std::min(chosen_, static_cast<int>(parsed.size()) - 1);

    // The view stays while a hand is on the curve, or what is dragged would run away.
    if (dragged_ == Part::None) {
        View view{parsed.front().at, parsed.back().at, parsed.front().value, parsed.front().value};
        for (const CurveKey& key : parsed) {
            view.low = std::min({view.low, key.value, key.value + key.in.value, key.value + key.out.value});
            view.high = std::max({view.high, key.value, key.value + key.in.value, key.value + key.out.value});
        }
        const double wide = view.last > view.first ? view.last - view.first : 4;
        const double tall = view.high > view.low ? view.high - view.low : 1;
        view_ = {view.first - 0.06 * wide, view.last + 0.12 * wide, view.low - 0.15 * tall,
                 view.high + 0.15 * tall};
    }
    const ImVec2 size(std::max(ImGui::GetContentRegionAvail().x, ui.px(60)), ui.px(150));
    const ImVec2 low = ImGui::GetCursorScreenPos();
    const CurvePlot plot{low,       {low.x + size.x, low.y + size.y}, view_.first, view_.last, view_.low,
                         view_.high};
    held_ =
        hold_.button(ui, "curve", size, ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight);
    const bool hovered = ImGui::IsItemHovered();
    ui.widget_hovered |= hovered;
    const bool active = ImGui::IsItemActive();
    const ImGuiIO& io = ImGui::GetIO();
    const ImVec2 mouse = io.MousePos;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.PushClipRect(plot.low, plot.high, true);
    list.AddRectFilled(plot.low, plot.high, ui.theme.canvas, ui.px(3));
    draw_curve_grid(ui, list, plot);
    draw_curve_line(ui, list, plot, parsed);
    if (playhead && *playhead >= view_.first && *playhead <= view_.last) {
        const float x = plot.x(*playhead);
        list.AddLine({x, plot.low.y}, {x, plot.high.y}, faded(ui.theme.text, 0.6f));
    }

    const float reach = ui.px(8);
    const auto near = [&](const ImVec2& point) {
        return hovered && std::hypot(point.x - mouse.x, point.y - mouse.y) <= reach;
    };
    int under = -1;
    for (size_t i = 0; i < parsed.size(); ++i)
        if (near(plot.point(parsed[i].at, parsed[i].value))) under = static_cast<int>(i);
    Part handle = Part::None;
    if (chosen_ >= 0) {
        const CurveKey& key = parsed[static_cast<size_t>(chosen_)];
        const ImVec2 centre = plot.point(key.at, key.value);
        const auto draw_handle = [&](const CurveHandle& shown, Part part) {
            if (shown.none()) return;
            const ImVec2 end = plot.point(key.at + shown.time, key.value + shown.value);
            list.AddLine(centre, end, ui.theme.dim);
            list.AddCircleFilled(end, ui.px(3), ui.theme.dim);
            if (near(end) && under < 0) handle = part;
        };
        draw_handle(key.in, Part::In);
        draw_handle(key.out, Part::Out);
    }
    for (size_t i = 0; i < parsed.size(); ++i) {
        const ImVec2 centre = plot.point(parsed[i].at, parsed[i].value);
        const bool chosen = chosen_ == static_cast<int>(i);
        list.AddCircleFilled(centre, ui.px(chosen || under == static_cast<int>(i) ? 5.0f : 4.0f),
                             chosen ? ui.theme.text : ui.theme.accent);
    }
    if (held_) list.AddRect(plot.low, plot.high, ui.theme.accent, ui.px(3), 0, ui.px(2));
    list.PopClipRect();

    const double wide = view_.last - view_.first;
    const double tall = view_.high - view_.low;
    const double time_snap = grid_step(wide, 20);
    const double value_snap = grid_step(tall, 20);
    const auto place = [&](const ImVec2& at) {
        double time = plot.at(at.x);
        double value = plot.value(at.y);
        if (io.KeyCtrl) {
            time = std::round(time / time_snap) * time_snap;
            value = std::round(value / value_snap) * value_snap;
        }
        return std::pair{std::clamp(curve_rounded(time, wide), -farthest_key, farthest_key),
                         std::clamp(curve_rounded(value, tall), -farthest_key, farthest_key)};
    };

    if (held_ && press_keys(ui, keys)) apply(ui, keys, hold_.gesture());
    if (hovered && ImGui::IsMouseClicked(0) && !ImGui::IsMouseDoubleClicked(0)) {
        dragged_ = Part::None;
        if (under >= 0) {
            chosen_ = under;
            dragged_ = Part::Key;
        } else if (handle != Part::None) {
            dragged_ = handle;
        } else {
            chosen_ = -1;
        }
        gesture_ = ui.session.new_gesture();
    }
    if (hovered && under < 0 && handle == Part::None && ImGui::IsMouseDoubleClicked(0)) {
        const auto [time, value] = place(mouse);
        if (const auto added = add_key(keys, time, value)) {
            chosen_ = static_cast<int>(*added);
            gesture_ = ui.session.new_gesture();
            dragged_ = Part::Key;  // it may be placed at once
            apply(ui, keys, gesture_);
            return;
        }
    }
    if (hovered && ImGui::IsMouseClicked(1)) {
        if (under >= 0) {
            if (keys.size() > 1) {
                keys.erase(static_cast<size_t>(under));
                chosen_ = -1;
                apply(ui, keys, 0);
                return;
            }
        } else {
            const double time = plot.at(mouse.x);
            segment_ = -1;
            for (size_t i = 0; i + 1 < parsed.size(); ++i)
                if (time >= parsed[i].at && time < parsed[i + 1].at) segment_ = static_cast<int>(i);
            if (segment_ >= 0) ImGui::OpenPopup("easing");
        }
    }
    if (dragged_ != Part::None && (!active || !ImGui::IsMouseDown(0) || chosen_ < 0)) dragged_ = Part::None;
    if (dragged_ != Part::None && (io.MouseDelta.x != 0 || io.MouseDelta.y != 0)) {
        json& key = keys[static_cast<size_t>(chosen_)];
        const CurveKey& old = parsed[static_cast<size_t>(chosen_)];
        const auto [time, value] = place(mouse);
        if (dragged_ == Part::Key) {
            place_key(keys, static_cast<size_t>(chosen_), time, value, wide / most_places);
        } else {
            const bool in = dragged_ == Part::In;
            const double length = in ? std::min(time - old.at, 0.0) : std::max(time - old.at, 0.0);
            set_handle(key, in ? "in" : "out", {length, value - old.value});
        }
        apply(ui, keys, gesture_);
    } else if (hovered && !active && under >= 0) {
        const CurveKey& key = parsed[static_cast<size_t>(under)];
        tooltip(ui, fmt::format("{} {}: {}. Drag moves it, a right click takes it away.", number_text(key.at),
                                unit, number_text(key.value)));
    }
    draw_easings(ui, keys, apply);
    draw_numbers(ui, numbers, keys, unit, apply);
    const WithFont font(small_font(ui));
    elided_text(ui,
                held_ ? "Tab: next key; arrows move it; Insert adds one; Delete; E: easing; Space lets go"
                      : "Double click adds a key, right click between two chooses the easing, Ctrl snaps; "
                        "by keys: Space takes hold of the curve",
                ImGui::GetContentRegionAvail().x, ui.theme.dim);
}

/// What is pressed while the curve is held. True: the keys of the curve are others now.
bool CurveEditor::press_keys(const Ui& ui, json& keys) {
    const auto last = [&] { return static_cast<int>(keys.size()) - 1; };
    const double wide = view_.last - view_.first;
    bool changed = false;
    chosen_ = std::clamp(chosen_, 0, last());
    for (const Chord& chord : ui.events.presses) {
        const auto index = static_cast<size_t>(chosen_);
        const CurveKey key = curve_key(keys[index]);
        const bool ends = chosen_ == last();
        if (chord.key == Key::Tab || chord.key == Key::PageDown || chord.key == Key::PageUp) {
            const bool back = chord.key == Key::PageUp || (chord.key == Key::Tab && chord.shift);
            chosen_ = std::clamp(chosen_ + (back ? -1 : 1), 0, last());
        } else if (chord.key == Key::Insert) {
            // Half way to the next one, or behind the last.
            const CurveKey next = ends ? key : curve_key(keys[index + 1]);
            const double at = ends ? key.at + wide / 10 : (key.at + next.at) / 2;
            const double value = key.hold ? key.value : (key.value + next.value) / 2;
            if (const auto added = add_key(keys, curve_rounded(at, wide), value)) {
                chosen_ = static_cast<int>(*added);
                changed = true;
            }
        } else if (chord.key == Key::Delete || chord.key == Key::Backspace) {
            if (keys.size() < 2) continue;
            keys.erase(index);
            chosen_ = std::min(chosen_, last());
            changed = true;
        } else if (chord.key == Key::E && !ends) {
            const int now = static_cast<int>(easing_of(key, curve_key(keys[index + 1])));
            const int count = static_cast<int>(CurveEasing::count);
            set_easing(keys[index], keys[index + 1], static_cast<CurveEasing>((now + 1) % count));
            changed = true;
        }
    }
    const KeySteps steps = arrow_steps(ui);
    if (steps.across == 0 && steps.up == 0) return changed;
    const double tall = view_.high - view_.low;
    const CurveKey key = curve_key(keys[static_cast<size_t>(chosen_)]);
    place_key(keys, static_cast<size_t>(chosen_), curve_rounded(key.at + steps.across * wide / 100, wide),
              curve_rounded(key.value + steps.up * tall / 100, tall), wide / most_places);
    return true;
}

void CurveEditor::draw_easings(Ui& ui, json keys, const Apply& apply) {
    if (!ImGui::BeginPopup("easing")) return;
    if (segment_ >= 0 && static_cast<size_t>(segment_) + 1 < keys.size()) {
        json& a = keys[static_cast<size_t>(segment_)];
        json& b = keys[static_cast<size_t>(segment_) + 1];
        const CurveEasing now = easing_of(curve_key(a), curve_key(b));
        dim_text(ui, "Up to the next key");
        for (size_t i = 0; i < easing_names.size(); ++i)
            if (ImGui::MenuItem(easing_names[i], nullptr, now == static_cast<CurveEasing>(i))) {
                set_easing(a, b, static_cast<CurveEasing>(i));
                apply(ui, keys, 0);
                break;
            }
    }
    ImGui::EndPopup();
}

void CurveEditor::draw_numbers(Ui& ui, NumberEdit& numbers, const json& keys, const std::string& unit,
                               const Apply& apply) {
    if (chosen_ < 0 || static_cast<size_t>(chosen_) >= keys.size()) return;
    const auto index = static_cast<size_t>(chosen_);
    const CurveKey key = curve_key(keys[index]);
    const float width = (ImGui::GetContentRegionAvail().x - ui.px(4)) / 2;
    const auto draw_one = [&](const char* member, double value, const NumberRange& range) {
        numbers.draw(
            ui, member, value, range,
            [keys, index, member, apply, range](Ui& later, std::optional<double> next, uint64_t gesture) {
                json changed = keys;
                changed[index][member] = range.clamped(next.value_or(range.value));
                apply(later, changed, gesture);
            },
            {width, 0});
    };
    constexpr double gap = 1e-6;
    NumberRange time{.min = -farthest_key, .max = farthest_key, .value = key.at, .unit = unit};
    if (index > 0) time.min = curve_key(keys[index - 1]).at + gap;
    if (index + 1 < keys.size()) time.max = curve_key(keys[index + 1]).at - gap;
    if (time.max < time.min) time.min = time.max = key.at;
    draw_one("at", key.at, time);
    ImGui::SameLine(0, ui.px(4));
    draw_one("value", key.value, {.min = -farthest_key, .max = farthest_key, .value = 0, .unit = "value"});
}

}  // namespace gan
