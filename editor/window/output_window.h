#pragma once

#include "editor/window/window.h"
#include "runtime/live/live.h"

#include <memory>
#include <string>

namespace gan {

enum class OutputScaling {
    Fit,      // all of it, as large as it fits
    Fill,     // the whole screen, what does not fit is cut off
    Integer,  // the largest whole multiple, each pixel a square; Fit where not even one fits
    Bicubic,  // as Fit, through Catmull-Rom curves
    Stretch   // to the screen's shape
};
enum class OutputShows { Picture, Black, Frozen, TestCard };

/// The picture alone, on any screen, for an audience: drawn and shown by a thread of its own, at its own
/// pace, so that neither a busy editor nor a slow screen holds anything up. Escape, Alt+F4 and its own button
/// close it, F11 switches fullscreen; other keys go to the editor. Functions: [main thread].
class OutputWindow {
public:
    /// Both must live longer, Live until follow() was called with another.
    OutputWindow(Gpu& gpu, Live& live);
    ~OutputWindow();

    /// Opens it on a screen (WindowSystem::screens(); the last one where there are not so many), fullscreen
    /// and without decorations, or as a window. Where it is open it goes there, with what it shows. Throws
    /// Error when there can be none.
    void open(const WindowSystem& system, int screen, bool fullscreen);
    void close();
    bool is_open() const;
    bool fullscreen() const;
    void set_fullscreen(bool fullscreen);  // where it is open
    /// The patch was replaced by another: shows that one's pictures. The former may end when this returns.
    void follow(Live& live);

    void set_scaling(OutputScaling scaling);
    void show(OutputShows what);
    OutputShows shows() const;
    void set_mailbox(bool mailbox);
    /// Shows the number of each screen for some seconds, by windows of their own. Throws Error.
    void identify(const WindowSystem& system);
    /// Whether update() has something to do. Events of GLFW or WindowSystem::wake() come before.
    bool events() const;
    /// Once a frame of the editor, and when events() says so: closes what the user closed, and forwards keys.
    void update(Events& events_in);

    /// Measured when new pictures are shown.
    struct Pace {
        double milliseconds = 0;  // from one picture to the next, average of the last 60
        double worst = 0;         // of the last 60
        uint64_t shown = 0;
        std::string problem;   // why nothing is shown; or empty
        bool mailbox = false;  // was chosen, and the driver has it for this screen
    };
    Pace pace() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gan
