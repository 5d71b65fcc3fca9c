#pragma once

#include "editor/panels/number_edit.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <string>

namespace gan {

/// Draws and edits the keys of control.curve (nodes/curve.cpp): a double click adds a key, dragging moves it
/// or its handles (Ctrl snaps), a right click takes it away, and elsewhere chooses the easing between two
/// keys. While it is held by the keyboard, Tab goes to the next key, arrows move it, Insert and Delete add
/// one and take it away, E goes through the easings.
class CurveEditor {
public:
    /// May be called in the frame after the editor was last drawn, so it must hold what it needs by value.
    using Apply = std::function<void(Ui&, const nlohmann::json& keys, uint64_t gesture)>;

    /// At ImGui's cursor, as wide as is left. `playhead`: where on the curve the patch is now. `unit`: of the
    /// times.
    void draw(Ui& ui, NumberEdit& numbers, const nlohmann::json& keys, const std::string& unit,
              std::optional<double> playhead, const Apply& apply);

private:
    struct View {
        double first = 0, last = 1;  // times
        double low = 0, high = 1;    // values
    };
    enum class Part { None, Key, In, Out };
    bool press_keys(const Ui& ui, nlohmann::json& keys);
    void draw_easings(Ui& ui, nlohmann::json keys, const Apply& apply);
    void draw_numbers(Ui& ui, NumberEdit& numbers, const nlohmann::json& keys, const std::string& unit,
                      const Apply& apply);

    View view_;
    int chosen_ = -1;   // key
    int segment_ = -1;  // whose easing is asked for, by the key before it
    Part dragged_ = Part::None;
    uint64_t gesture_ = 0;
    KeyHold hold_;
    bool held_ = false;
};

}  // namespace gan
