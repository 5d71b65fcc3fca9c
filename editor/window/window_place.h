#pragma once

#include "editor/window/window.h"

#include <optional>
#include <vector>

namespace gan {

/// Where a window lies on the desktop, in its px.
struct WindowPlace {
    int x = 0, y = 0, width = 0, height = 0;
    bool operator==(const WindowPlace&) const = default;
};

/// Of the output window: all of a screen, or half of it each way, in its middle.
WindowPlace output_place(const WindowSystem::Screen& screen, bool fullscreen);
/// Of a screen's number: a third of its shorter side, in its middle.
WindowPlace number_place(const WindowSystem::Screen& screen);
/// Which of the screens has the middle of a window; 0 where none has.
int screen_of(const WindowPlace& window, const std::vector<WindowSystem::Screen>& screens);
/// Which of `count` screens the output window belongs on: the one that was chosen, else another than the
/// editor's where there is one. The last, where that is gone.
int screen_for_output(std::optional<int> chosen, int editors, int count);

}  // namespace gan
