#include "editor/canvas/inline_field.h"

#include "editor/canvas/search_list.h"

#include <algorithm>

namespace gan {
namespace {

constexpr int unseen_frames = 3;  // that the view has to come to the field

}  // namespace

void InlineField::open(What what, NodeId node, std::string param, std::string text) {
    what_ = what;
    node_ = node;
    param_ = std::move(param);
    text_ = std::move(text);
    first_ = true;
    unseen_ = 0;
}

std::optional<std::string> InlineField::draw(Ui& ui, const Rect& place, float px) {
    if (what_ == What::Nothing) return std::nullopt;
    ImGui::SetCursorScreenPos(place.min);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {ui.px(4), ui.px(2)});
    ImGui::PushStyleColor(ImGuiCol_FrameBg, ui.theme.panel);
    ImGui::PushStyleColor(ImGuiCol_Border, ui.theme.accent);
    ImFont* const font = what_ == What::Value ? ui.fonts.mono_at(px) : ui.fonts.sans_at(px);
    ImGui::PushFont(font);
    const float least = font->FontSize + ui.px(4);
    const ImVec2 size{std::max(place.width(), ui.px(64)), std::max(place.height(), least)};
    const bool seen = ImGui::BeginChild(
        "field of the canvas", size, false,
        ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse | ImGuiWindowFlags_NoBackground);
    bool left = !seen && (!first_ || ++unseen_ > unseen_frames);
    if (seen) {
        const bool first = std::exchange(first_, false);
        if (first) ImGui::SetKeyboardFocusHere();
        bool entered = false;
        if (what_ == What::Note) {
            input_text_lines("##text", text_, size);
        } else {
            ImGui::SetNextItemWidth(size.x);
            entered = input_text("##text", text_,
                                 ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
        }
        // Something else may have the keys already when there is a click elsewhere.
        const bool elsewhere =
            !ImGui::IsItemActive() && !ImGui::IsItemHovered() && ImGui::IsMouseClicked(ImGuiMouseButton_Left);
        left = entered || (!first && (ImGui::IsItemDeactivated() || elsewhere));
    }
    const auto escapes = [](const Chord& chord) { return chord.key == Key::Escape; };
    const bool gave_up = std::any_of(ui.events.presses.begin(), ui.events.presses.end(), escapes);
    ImGui::EndChild();
    ImGui::PopFont();
    ImGui::PopStyleColor(2);
    ImGui::PopStyleVar(2);
    if (gave_up) {
        close();
        return std::nullopt;
    }
    if (!left) return std::nullopt;
    return text_;
}

}  // namespace gan
