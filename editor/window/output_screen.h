#pragma once

#include "editor/window/output_window.h"
#include "editor/window/picture_pace.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

struct GLFWwindow;

namespace gan {

class Painter;

/// The thread that shows pictures in a window of the main thread's, which must live longer. Whatever fails
/// becomes a problem that is told, and is tried again. Functions: [any thread].
class OutputScreen {
public:
    /// What it shows, and how.
    struct Wish {
        OutputScaling scaling = OutputScaling::Fit;
        OutputShows shows = OutputShows::Picture;
        bool mailbox = false;
        int width = 0;  // px of the window
        int height = 0;
        int number = 1;  // of the screen, for the test card
        double hertz = 60;
        bool operator==(const Wish&) const = default;
    };
    OutputScreen(Gpu& gpu, GLFWwindow* window, Live& live, const Wish& wish);
    ~OutputScreen();

    void wish(const Wish& wish);
    void redraw();  // the window system lost what was shown
    void follow(Live& live);
    OutputWindow::Pace pace() const;

private:
    using Clock = std::chrono::steady_clock;
    struct Drawing;
    void work();
    void show_until_stopped();
    bool take(const Live& live, Clock::time_point until);
    bool draw(Drawing& with, const Wish& wish);

    Gpu& gpu_;
    GLFWwindow* const window_;

    // Of its thread:
    ImageRef image_;
    uint64_t seen_ = 0;     // number of the picture
    uint64_t seen_of_ = 0;  // as followed_ was
    PicturePace measured_;

    mutable std::mutex mutex_;  // of what follows
    std::condition_variable changed_;
    Wish wish_;
    const Live* live_;
    uint64_t followed_ = 0;  // how many there were before it: another may have the address of an old one
    const Live* asked_ = nullptr;  // that the thread is in a call of
    bool dirty_ = true;
    bool stopping_ = false;
    OutputWindow::Pace pace_;

    std::thread thread_;
};

}  // namespace gan
