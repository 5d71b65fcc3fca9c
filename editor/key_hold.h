#pragma once

#include "editor/ui.h"

#include <cstdint>

namespace gan {

/// Widgets that are dragged by the mouse, for the keyboard: Space on one takes hold of it, and all keys are
/// its own until Space or Enter lets it go, or Escape, which takes back what was done meanwhile. One serves a
/// whole panel: a hand is at one widget at a time.
class KeyHold {
public:
    /// In the place of ImGui::InvisibleButton(), with the ring drawn round it. True while it is held.
    bool button(const Ui& ui, const char* id, const ImVec2& size, ImGuiButtonFlags flags = 0);
    // Of the last button(), in this frame:
    bool began() const { return began_; }
    bool ended() const { return ended_; }
    /// Of the edits while it is held: they are one step of the history.
    uint64_t gesture() const { return gesture_; }

private:
    bool still_held(const Ui& ui);

    ImGuiID held_ = 0;  // 0: none
    bool began_ = false;
    bool ended_ = false;
    uint64_t gesture_ = 0;
};

/// What arrow keys ask for in this frame, repeats summed: right and up are above 0. Shift: tenths, Ctrl: ten
/// times.
struct KeySteps {
    double across = 0;
    double up = 0;
};
KeySteps arrow_steps(const Ui& ui);

}  // namespace gan
