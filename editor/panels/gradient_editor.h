#pragma once

#include "editor/panels/number_edit.h"

#include <nlohmann/json.hpp>

#include <array>
#include <functional>
#include <string>
#include <vector>

namespace gan {

struct GradientStop {
    using Colour = std::array<double, 3>;
    double at = 0;
    Colour srgb{};
};

/// Edits the stops of image.gradient_map (nodes/image/gradient_map.cpp): a double click adds one, dragging
/// moves it (Ctrl snaps), a click chooses its colour, a right click takes it away. While it is held by the
/// keyboard, Tab goes to the next stop, arrows move it, Insert and Delete add one and take it away.
class GradientEditor {
public:
    using Apply = std::function<void(Ui&, const nlohmann::json& stops, uint64_t gesture)>;
    /// At ImGui's cursor, as wide as is left. `space`: "oklab", "linear light" or "srgb", where colours mix.
    void draw(Ui& ui, NumberEdit& numbers, const nlohmann::json& stops, const std::string& space,
              const Apply& apply);

private:
    bool press_keys(const Ui& ui, nlohmann::json& list, const std::vector<GradientStop>& sorted,
                    const std::string& space);
    void draw_stop(Ui& ui, NumberEdit& numbers, const nlohmann::json& given,
                   const std::vector<GradientStop>& stops, const Apply& apply);

    KeyHold hold_;
    int chosen_ = -1;  // as the list in the patch has it
    bool dragged_ = false;
    uint64_t gesture_ = 0;
};

}  // namespace gan
