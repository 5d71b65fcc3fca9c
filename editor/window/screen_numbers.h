#pragma once

#include "editor/window/window.h"

#include <memory>

namespace gan {

/// The number of each screen, in windows of their own, for some seconds. [main thread]
class ScreenNumbers {
public:
    /// Throws Error.
    ScreenNumbers(Gpu& gpu, const WindowSystem& system);
    ~ScreenNumbers();
    /// Whether there is something to do: WindowSystem::wake() was called before.
    bool over() const;
    bool stale() const;
    void draw();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gan
