#include "editor/window/window_place.h"

#include <algorithm>

namespace gan {
namespace {

WindowPlace in_the_middle(const WindowSystem::Screen& screen, int width, int height) {
    return {screen.x + (screen.width - width) / 2, screen.y + (screen.height - height) / 2, width, height};
}

}  // namespace

WindowPlace output_place(const WindowSystem::Screen& screen, bool fullscreen) {
    if (fullscreen) return {screen.x, screen.y, screen.width, screen.height};
    return in_the_middle(screen, std::max(screen.width / 2, 320), std::max(screen.height / 2, 240));
}

WindowPlace number_place(const WindowSystem::Screen& screen) {
    const int side = std::min(screen.width, screen.height) / 3;
    return in_the_middle(screen, side, side);
}

int screen_of(const WindowPlace& window, const std::vector<WindowSystem::Screen>& screens) {
    const int x = window.x + window.width / 2;
    const int y = window.y + window.height / 2;
    for (size_t i = 0; i < screens.size(); ++i) {
        const WindowSystem::Screen& one = screens[i];
        if (x >= one.x && y >= one.y && x < one.x + one.width && y < one.y + one.height)
            return static_cast<int>(i);
    }
    return 0;
}

int screen_for_output(std::optional<int> chosen, int editors, int count) {
    const int another = editors == 0 ? 1 : 0;
    return std::clamp(chosen.value_or(another), 0, std::max(count - 1, 0));
}

}  // namespace gan
