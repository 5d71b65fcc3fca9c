#pragma once

#include "editor/panels/number_edit.h"

namespace gan {

/// What the patch plays at: tick rate, tempo, length, size and loop (runtime/graph/settings.h).
class SettingsEdit {
public:
    void draw(Ui& ui, NumberEdit& numbers);
};

}  // namespace gan
