#pragma once

#include "editor/panels/number_edit.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>

namespace gan {

/// Edits the stops of image.gradient_map (nodes/image/gradient_map.cpp): a double click adds one, dragging
/// moves it (Ctrl snaps), a click chooses its colour, a right click takes it away.
class GradientEditor {
public:
    using Apply = std::function<void(Ui&, const nlohmann::json& stops, uint64_t gesture)>;
    /// At ImGui's cursor, as wide as is left. `space`: "oklab", "linear light" or "srgb", where colours mix.
    void draw(Ui& ui, NumberEdit& numbers, const nlohmann::json& stops, const std::string& space,
              const Apply& apply);

private:
    int chosen_ = -1;  // as the list in the patch has it
    bool dragged_ = false;
    uint64_t gesture_ = 0;
};

}  // namespace gan
