#pragma once

#include "editor/key_hold.h"
#include "editor/ui.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace gan {

/// What a number may be, and how it is shown.
struct NumberRange {
    double min = 0;
    double max = 1;
    double value = 0;  // what a reset gives
    std::string unit{};
    Curve curve = Curve::Linear;
    bool whole = false;

    bool logarithmic() const { return curve == Curve::Log && min > 0 && max > min; }
    double clamped(double number) const;   // into the range, and whole where it must be
    double share_of(double number) const;  // of the way from min to max: 0 to 1
    double at(double share) const;
};
NumberRange range_of(const ParamInfo& info);

/// The editor's number fields and dials. Dragging changes the value (Shift: a tenth as fast, Ctrl: ten
/// times), a double click or Enter types it, Backspace or Delete over it resets it; by keys alone, Space
/// takes hold of it and arrows change it, until Space, Enter, or Escape, which takes that back. One serves a
/// whole panel: a hand is at one number at a time.
class NumberEdit {
public:
    enum class Look { Field, Dial };  // a dial is reset by a double click, and typed by Ctrl + click

    /// Is called with what the number becomes; nothing: its default. `gesture` is one for a whole drag, else
    /// 0. May be called in the frame after the field was last drawn, so it must hold what it needs by value.
    using Apply = std::function<void(Ui&, std::optional<double> value, uint64_t gesture)>;

    struct State {
        bool hovered = false;
        bool dragged = false;  // by the mouse, or held by the keys
        bool typed = false;    // it is being typed
        bool began = false;    // a drag did, in this frame
        bool ended = false;
        bool changed = false;
    };

    /// Once a frame, before the fields: what was being typed in one that is drawn no more counts.
    void update(Ui& ui);
    /// At ImGui's cursor. A size of 0 is as wide as is left, and as high as a frame. Not `enabled`: the value
    /// is only shown.
    State draw(Ui& ui, const char* id, double value, const NumberRange& range, const Apply& apply,
               const ImVec2& size = {0, 0}, Look look = Look::Field, bool enabled = true);

private:
    struct Typing {
        ImGuiID id = 0;  // 0: nothing is typed
        std::string text, first;
        std::string fault;
        NumberRange range;
        Apply apply;
        int frame = 0;   // in which it was drawn last
        int waited = 0;  // frames without the keys
        bool focus = true;
    };
    bool type(Ui& ui, const ImVec2& size);
    bool finish(Ui& ui);
    std::optional<double> dragged_value(Ui& ui, ImGuiID id, double value, const NumberRange& range, Look look,
                                        State& state);
    void begin_typing(ImGuiID id, double value, const NumberRange& range, const Apply& apply);

    Typing typing_;
    KeyHold hold_;
    ImGuiID dragged_ = 0;
    double place_ = 0;  // of the drag, not yet rounded
    uint64_t gesture_ = 0;
};

}  // namespace gan
