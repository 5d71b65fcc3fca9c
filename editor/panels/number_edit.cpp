#include "editor/panels/number_edit.h"

#include "editor/keyboard.h"
#include "editor/panels/parts.h"
#include "editor/panels/typed_number.h"
#include "runtime/base/error.h"

#include <imgui_internal.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gan {
namespace {

constexpr double drag_length = 240;    // px over the whole range, at scale 1
constexpr double widest_range = 1000;  // above it a drag's pace follows the value, not the range

bool is_wide(const NumberRange& range) {
    return !range.logarithmic() && range.max - range.min > widest_range;
}

/// The value that a drag by so many px leads to.
double dragged(double value, double px, const NumberRange& range) {
    if (is_wide(range)) {
        const double step = std::max(std::abs(value) * 0.01, range.whole ? 0.25 : 0.01);
        return std::clamp(value + px * step, range.min, range.max);
    }
    return range.at(std::clamp(range.share_of(value) + px / drag_length, 0.0, 1.0));
}

/// To the decimal that a drag by a px still changes, so that values are short.
double rounded(double value, double px, const NumberRange& range) {
    if (range.whole) return range.clamped(value);
    double step = std::abs(dragged(value, px, range) - value);
    if (step == 0) step = std::abs(dragged(value, -px, range) - value);
    if (step == 0 || !std::isfinite(step)) return range.clamped(value);
    const int exponent = static_cast<int>(std::floor(std::log10(step)));
    // By a power that is exact, so that 0.7 comes out as 0.7.
    const double power = std::pow(10.0, std::abs(exponent));
    const double result =
        exponent < 0 ? std::round(value * power) / power : std::round(value / power) * power;
    return range.clamped(result);
}

/// The value after so many steps by arrow keys: hundredths of the range, or whole numbers.
double stepped(double value, double steps, const NumberRange& range) {
    if (steps == 0) return value;
    if (range.whole) return range.clamped(value + (std::abs(steps) < 1 ? std::copysign(1.0, steps) : steps));
    const double px = is_wide(range) ? steps : steps * drag_length / 100;
    return rounded(dragged(value, px, range), px, range);
}

void draw_number_field(Ui& ui, const ImVec2& low, const ImVec2& high, double value, const NumberRange& range,
                       const NumberEdit::State& state, bool enabled) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const Theme& theme = ui.theme;
    const ImU32 back = !enabled        ? mixed(theme.panel, theme.raised, 0.5f)
                       : state.dragged ? theme.pressed
                       : state.hovered ? theme.hovered
                                       : theme.raised;
    list.AddRectFilled(low, high, back, ui.px(3));
    if (!is_wide(range)) {
        const auto share = static_cast<float>(range.share_of(value));
        const float zero = range.min < 0 && range.max > 0 && !range.logarithmic()
                               ? static_cast<float>(range.share_of(0))
                               : 0.0f;
        const float width = high.x - low.x;
        list.AddRectFilled({low.x + width * std::min(share, zero), high.y - ui.px(2)},
                           {low.x + width * std::max(share, zero), high.y},
                           faded(theme.accent, enabled ? 0.8f : 0.35f));
    }
    ImFont* mono = mono_font(ui);
    const float size = ui.px(13);
    const std::string text = number_text(value, range.min, range.max, range.whole);
    const ImVec2 measured = mono->CalcTextSizeA(size, FLT_MAX, 0, text.c_str());
    const float y = std::floor(low.y + (high.y - low.y - measured.y) / 2);
    const float x = high.x - ui.px(6) - measured.x;
    list.PushClipRect(low, high, true);
    list.AddText(mono, size, {std::floor(std::max(x, low.x + ui.px(3))), y}, enabled ? theme.text : theme.dim,
                 text.c_str());
    if (!range.unit.empty()) {
        ImFont* sans = small_font(ui);
        const float small = ui.px(11);
        const float wide = sans->CalcTextSizeA(small, FLT_MAX, 0, range.unit.c_str()).x;
        if (low.x + ui.px(6) + wide + ui.px(6) < x)
            list.AddText(sans, small, {low.x + ui.px(6), std::floor(low.y + (high.y - low.y - small) / 2)},
                         theme.dim, range.unit.c_str());
    }
    list.PopClipRect();
}

void draw_number_dial(Ui& ui, const ImVec2& low, const ImVec2& high, double value, const NumberRange& range,
                      const NumberEdit::State& state, bool enabled) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const Theme& theme = ui.theme;
    constexpr auto pi = std::numbers::pi_v<float>;
    constexpr float first = 0.75f * pi;  // from the lower left over the top to the lower right
    constexpr float turn = 1.5f * pi;
    const ImVec2 centre((low.x + high.x) / 2, (low.y + high.y) / 2 + ui.px(3));
    const float radius = std::min(high.x - low.x, high.y - low.y) / 2 - ui.px(5);
    const float thick = ui.px(4);
    list.AddCircleFilled(centre, radius - thick,
                         state.dragged   ? theme.pressed
                         : state.hovered ? theme.hovered
                                         : theme.raised,
                         48);
    list.PathArcTo(centre, radius, first, first + turn, 48);
    list.PathStroke(theme.line, 0, thick);
    const auto share = static_cast<float>(range.share_of(value));
    const float zero =
        range.min < 0 && range.max > 0 && !range.logarithmic() ? static_cast<float>(range.share_of(0)) : 0.0f;
    if (share != zero) {
        list.PathArcTo(centre, radius, first + turn * std::min(share, zero),
                       first + turn * std::max(share, zero), 48);
        list.PathStroke(faded(theme.accent, enabled ? 1.0f : 0.4f), 0, thick);
    }
    const float angle = first + turn * share;
    const ImVec2 way(std::cos(angle), std::sin(angle));
    list.AddLine({centre.x + way.x * (radius - ui.px(10)), centre.y + way.y * (radius - ui.px(10))},
                 {centre.x + way.x * (radius + thick / 2), centre.y + way.y * (radius + thick / 2)},
                 enabled ? theme.text : theme.dim, ui.px(2));
    const std::string text = number_text(value, range.min, range.max, range.whole);
    float size = ui.px(20);
    while (size > ui.px(10) &&
           ui.fonts.mono_at(size)->CalcTextSizeA(size, FLT_MAX, 0, text.c_str()).x > radius * 1.7f)
        size -= ui.px(1);
    ImFont* mono = ui.fonts.mono_at(size);
    const ImVec2 measured = mono->CalcTextSizeA(size, FLT_MAX, 0, text.c_str());
    list.AddText(mono, size, {std::floor(centre.x - measured.x / 2), std::floor(centre.y - measured.y / 2)},
                 enabled ? theme.text : theme.dim, text.c_str());
    if (!range.unit.empty()) {
        ImFont* sans = small_font(ui);
        const float wide = sans->CalcTextSizeA(ui.px(11), FLT_MAX, 0, range.unit.c_str()).x;
        list.AddText(sans, ui.px(11), {std::floor(centre.x - wide / 2), centre.y + measured.y / 2 + ui.px(2)},
                     theme.dim, range.unit.c_str());
    }
}

}  // namespace

double NumberRange::clamped(double number) const {
    if (!(number >= min)) return min;  // no number, too
    return std::min(whole ? std::round(number) : number, max);
}

double NumberRange::share_of(double number) const {
    if (!(max > min)) return 0;
    const double share = logarithmic() ? std::log(std::max(number, min) / min) / std::log(max / min)
                                       : (number - min) / (max - min);
    return std::clamp(share, 0.0, 1.0);
}

double NumberRange::at(double share) const {
    return logarithmic() ? min * std::pow(max / min, share) : min + (max - min) * share;
}

NumberRange range_of(const ParamInfo& info) {
    return {.min = info.min,
            .max = info.max,
            .value = info.value,
            .unit = info.unit,
            .curve = info.curve,
            .whole = info.whole};
}

void NumberEdit::update(Ui& ui) {
    if (typing_.id != 0 && typing_.frame + 1 < ImGui::GetFrameCount()) finish(ui);
}

void NumberEdit::begin_typing(ImGuiID id, double value, const NumberRange& range, const Apply& apply) {
    // The field has the button's id, so that the ring stays where it is; the button lets go of it.
    ImGui::ClearActiveID();
    typing_ = {.id = id, .range = range, .apply = apply, .frame = ImGui::GetFrameCount()};
    typing_.text =
        range.whole ? number_text(value, range.min, range.max, true) : fmt::format("{:.9g}", value);
    typing_.first = typing_.text;
}

/// Whether the text was a number, which is taken then.
bool NumberEdit::finish(Ui& ui) {
    const Typing typed = std::exchange(typing_, {});
    if (typed.text == typed.first) return false;
    try {
        typed.apply(ui, typed.range.clamped(typed_number(typed.text, typed.range.unit)), 0);
        return true;
    } catch (const Error& error) {
        ui.session.note(Note::Kind::Warning, error.what());
        return false;
    }
}

/// True when a value was taken.
bool NumberEdit::type(Ui& ui, const ImVec2& size) {
    typing_.frame = ImGui::GetFrameCount();
    if (typing_.focus) ImGui::SetKeyboardFocusHere();
    typing_.focus = false;
    const WithFont font(mono_font(ui));
    ImGui::SetNextItemWidth(size.x);
    if (!typing_.fault.empty()) ImGui::PushStyleColor(ImGuiCol_Text, ui.theme.error);
    const bool was_wrong = !typing_.fault.empty();
    const bool enter = ImGui::InputText(
        "##number", &typing_.text, ImGuiInputTextFlags_AutoSelectAll | ImGuiInputTextFlags_EnterReturnsTrue);
    if (was_wrong) ImGui::PopStyleColor();
    const bool left = ImGui::IsItemDeactivated();
    typing_.waited = ImGui::IsItemActive() ? 0 : typing_.waited + 1;
    try {
        typing_.fault.clear();
        typed_number(typing_.text, typing_.range.unit);
    } catch (const Error& error) {
        typing_.fault = error.what();
    }
    if (was_wrong) tooltip(ui, typing_.fault);
    if (key_pressed(ui, Key::Escape)) {
        typing_ = {};
        return false;
    }
    // The keys come a frame or two after they are asked for; a field that never gets them is left.
    if (!enter && !left && typing_.waited < 5) return false;
    if (enter && !typing_.fault.empty()) {
        typing_.focus = true;
        typing_.waited = 0;
        return false;
    }
    return finish(ui);
}

/// What a drag by the mouse makes of it in this frame; nothing: the same.
std::optional<double> NumberEdit::dragged_value(Ui& ui, ImGuiID id, double value, const NumberRange& range,
                                                Look look, State& state) {
    const ImGuiIO& io = ImGui::GetIO();
    const bool active = ImGui::IsItemActive();
    if (state.hovered || active)
        ImGui::SetMouseCursor(look == Look::Dial ? ImGuiMouseCursor_Hand : ImGuiMouseCursor_ResizeEW);
    const double px = (look == Look::Dial ? io.MouseDelta.x - io.MouseDelta.y : io.MouseDelta.x) / ui.scale;
    const double pace = io.KeyShift ? 0.1 : io.KeyCtrl ? 10.0 : 1.0;
    const bool begun = dragged_ == id;
    if (active && ImGui::IsMouseDown(0) && (begun || (px != 0 && ImGui::IsMouseDragging(0, ui.px(2))))) {
        if (!begun) {
            dragged_ = id;
            place_ = value;
            gesture_ = ui.session.new_gesture();
            state.began = true;
        }
        place_ = dragged(place_, px * pace, range);
        const double next = rounded(place_, pace, range);
        state.dragged = true;
        if (px != 0 && next != value) return next;
    } else if (begun && !active) {
        dragged_ = 0;
        state.ended = true;
    }
    return std::nullopt;
}

NumberEdit::State NumberEdit::draw(Ui& ui, const char* id, double value, const NumberRange& range,
                                   const Apply& apply, const ImVec2& asked, Look look, bool enabled) {
    State state;
    ImVec2 size = asked;
    if (size.x <= 0) size.x = std::max(ImGui::GetContentRegionAvail().x, ui.px(24));
    if (size.y <= 0) size.y = ImGui::GetFrameHeight();
    ImGui::PushID(id);
    const ImGuiID own = ImGui::GetID("##number");
    if (enabled && typing_.id == own) {
        const ImVec2 at = ImGui::GetCursorPos();
        if (look == Look::Dial) ImGui::SetCursorPos({at.x, at.y + (size.y - ImGui::GetFrameHeight()) / 2});
        state.typed = true;
        state.changed = type(ui, size);
        state.hovered = ImGui::IsItemHovered();
        if (look == Look::Dial) {
            ImGui::SetCursorPos(at);
            ImGui::Dummy(size);
        }
        ImGui::PopID();
        return state;
    }
    const ImVec2 low = ImGui::GetCursorScreenPos();
    const ImVec2 high(low.x + size.x, low.y + size.y);
    if (enabled) {
        const bool held = hold_.button(ui, "##number", size);
        const bool let_go = hold_.ended();
        state.hovered = ImGui::IsItemHovered();
        if (held) {
            state.dragged = true;
            state.began = hold_.began();
            tooltip(ui,
                    "Arrows change it, Shift: finely, Ctrl: coarsely; Space keeps it, Escape takes it back");
            const KeySteps steps = arrow_steps(ui);
            const double next = stepped(value, steps.across + steps.up, range);
            if (next != value) {
                apply(ui, next, hold_.gesture());
                value = next;
                state.changed = true;
            }
        } else if (const auto next = dragged_value(ui, own, value, range, look, state)) {
            apply(ui, *next, gesture_);
            value = *next;
            state.changed = true;
        }
        state.ended |= let_go;
        // While the keys are in the panel they are the ring's, wherever the mouse is.
        const bool here = ImGui::GetIO().NavVisible ? has_ring() : state.hovered;
        const bool free = here && !let_go && !(ImGui::IsItemActive() && ImGui::IsMouseDown(0));
        ui.widget_hovered |= state.hovered;
        const bool doubled = state.hovered && ImGui::IsMouseDoubleClicked(0);
        const bool clicked = state.hovered && ImGui::GetIO().KeyCtrl && ImGui::IsMouseClicked(0);
        const bool enter = free && !held && key_pressed(ui, Key::Enter);
        if (enter || (look == Look::Dial ? clicked : doubled)) {
            begin_typing(own, value, range, apply);
        } else if ((free && (key_pressed(ui, Key::Backspace) || key_pressed(ui, Key::Delete))) ||
                   (doubled && look == Look::Dial)) {
            apply(ui, std::nullopt, held ? hold_.gesture() : 0);
            value = range.clamped(range.value);
            state.changed = true;
        }
    } else {
        ImGui::InvisibleButton("##number", size);
        draw_ring();
    }
    if (look == Look::Dial)
        draw_number_dial(ui, low, high, value, range, state, enabled);
    else
        draw_number_field(ui, low, high, value, range, state, enabled);
    ImGui::PopID();
    return state;
}

}  // namespace gan
