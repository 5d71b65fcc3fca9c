#pragma once

#include "editor/input.h"
#include "editor/window/renderer.h"

#include <memory>
#include <string>
#include <vector>

struct GLFWwindow;

namespace gan {

/// GLFW, while windows are wanted. Throws Error when there is no display. [main thread]
class WindowSystem {
public:
    WindowSystem();
    ~WindowSystem();
    WindowSystem(const WindowSystem&) = delete;
    WindowSystem& operator=(const WindowSystem&) = delete;

    struct Screen {
        std::string name;
        int x = 0, y = 0, width = 0, height = 0;  // px on the desktop
        double hertz = 60;
    };
    static std::vector<Screen> screens();
    /// Handles events until one came, or for so long; 0 returns at once.
    void wait(double seconds);
    static void wake();  // ends wait() [any thread]
};

/// How images come on screen: one after the other, as every screen offers (FIFO), or where it is wanted and
/// offered, the newest (mailbox).
VkPresentModeKHR present_mode(bool mailbox, const std::vector<VkPresentModeKHR>& offered);

/// Images to show in a window, re-made when its size changes.
class Swapchain {
public:
    Swapchain(std::shared_ptr<Device> device, GLFWwindow* window, bool mailbox);
    ~Swapchain();
    /// The next image, or nothing: the window has no size now.
    bool acquire(int width, int height, RenderTarget& target, VkSemaphore& ready, VkSemaphore& done);
    void present();
    void set_mailbox(bool mailbox);
    bool mailbox() const;  // of the last image: not where the driver has none

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The editor's window: a GLFW window, ImGui's input from it, and its frames. A GPU that is lost is opened
/// anew with the next frame. [main thread]
class Window {
public:
    /// Makes ImGui's context unless there is one; fonts are added to its atlas before the first frame, or
    /// between two. Throws Error.
    Window(Gpu& gpu, const std::string& title, int width, int height);
    ~Window();
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;

    GLFWwindow* handle() const;
    void set_title(const std::string& title);
    float content_scale() const;  // of the screen it is on
    int screen() const;           // which of WindowSystem::screens() has its middle; 0 where none is told
    /// Begins a frame of ImGui with what came in; false: the window has no size, and what came in waits.
    /// `events_in` gets keys, dropped files and the request to close.
    bool begin(Events& events_in);
    /// Takes the request to close, while begin() is false. The window is shown again: the answer may be a
    /// question.
    bool close_requested();
    /// Whether something came in since the last begin(), or end() has more to draw or has to be tried again.
    bool events() const;
    /// After ImGui::Render(): draws and shows it. What fails becomes a problem, and is tried again soon.
    void end(const std::vector<Pictures::Entry>& pictures, ImU32 background);
    /// Why the last frame could not be shown, as a sentence; or empty.
    std::string problem() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gan
