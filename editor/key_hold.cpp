#include "editor/key_hold.h"

#include "editor/keyboard.h"

#include <imgui_internal.h>

#include <algorithm>

namespace gan {
namespace {

bool went_down(const Ui& ui, Key key) {
    return std::any_of(ui.events.presses.begin(), ui.events.presses.end(),
                       [key](const Chord& chord) { return chord.key == key; });
}

/// No key that is pressed moves the ring, or closes a popup, while a widget is active.
void keep_all_keys() {
#if IMGUI_VERSION_NUM < 18900
    ImGui::SetActiveIdUsingNavAndKeys();
#else
    ImGui::SetActiveIdUsingAllKeyboardKeys();
#endif
}

}  // namespace

/// Whether nothing ends it in this frame.
bool KeyHold::still_held(const Ui& ui) {
    // Something else may have become active, or the panel was not drawn for a while.
    if (ImGui::GetCurrentContext()->ActiveId != held_ || ImGui::IsAnyMouseDown()) return false;
    if (went_down(ui, Key::Escape)) {
        const auto& past = ui.session.document().history().past;
        if (!past.empty() && past.back().gesture == gesture_) ui.session.undo();
        return false;
    }
    return !went_down(ui, Key::Space) && !went_down(ui, Key::Enter);
}

bool KeyHold::button(const Ui& ui, const char* id, const ImVec2& size, ImGuiButtonFlags flags) {
    const ImGuiID own = ImGui::GetID(id);
    ImGuiWindow* window = ImGui::GetCurrentWindow();
    const bool was_held = held_ == own;
    began_ = false;
    ended_ = was_held && !still_held(ui);
    if (ended_) {
        if (ImGui::GetCurrentContext()->ActiveId == own) ImGui::ClearActiveID();
        held_ = 0;
    }
    if (was_held) {
        // No button in this frame: the key that ends it would press it.
        const ImVec2 low = window->DC.CursorPos;
        const ImRect area(low, {low.x + size.x, low.y + size.y});
        ImGui::ItemSize(size);
        ImGui::ItemAdd(area, own);
    } else {
        ImGui::InvisibleButton(id, size, flags);
        if (has_ring() && went_down(ui, Key::Space)) {
            held_ = own;
            began_ = true;
            gesture_ = ui.session.new_gesture();
        }
    }
    if (held_ == own) {
        ImGui::SetActiveID(own, window);
        keep_all_keys();
    }
    draw_ring();
    return held_ == own;
}

KeySteps arrow_steps(const Ui& ui) {
    KeySteps steps;
    for (const Chord& chord : ui.events.presses) {
        const double pace = chord.shift ? 0.1 : chord.ctrl ? 10.0 : 1.0;
        if (chord.key == Key::Right) steps.across += pace;
        if (chord.key == Key::Left) steps.across -= pace;
        if (chord.key == Key::Up) steps.up += pace;
        if (chord.key == Key::Down) steps.up -= pace;
    }
    return steps;
}

}  // namespace gan
