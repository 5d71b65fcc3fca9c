#pragma once

#include "editor/app.h"
#include "editor/window/renderer.h"
#include "runtime/picture/picture.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gan::test {

/// The editor without a window: what a person does comes in by calls, a frame at a time, and what would be on
/// screen is drawn by the software driver under Vulkan's validation layers. Time passes by 1/60 s a frame.
class EditorScreen {
public:
    struct Options {
        std::string patch;  // path; empty: a new patch
        int width = 1280;
        int height = 720;
        bool dark = true;
        float scale = 1;
        bool draw = true;      // each frame; else only shot() draws
        bool validate = true;  // under the validation layers; what they cost is not the editor's
    };
    explicit EditorScreen(const Options& options);
    ~EditorScreen();

    App& app() { return *app_; }
    Session& session() { return app_->session(); }
    const Graph& graph() { return app_->session().graph(); }

    void frames(int count = 1);
    /// Frames until it holds; false: it did not within `seconds`.
    bool until(const std::function<bool()>& holds, double seconds = 20);
    /// Frames until the player stands still and shows what was edited last.
    void settle();

    // What a person does; each is seen by the next frame.
    void move(float x, float y);
    void button(int which, bool down);  // 0 left, 1 right, 2 middle
    void click(float x, float y, int which = 0);
    void double_click(float x, float y);
    void drag(float x0, float y0, float x1, float y1, int which = 0);
    void wheel(float steps);
    void hold(bool ctrl, bool shift, bool alt);
    void press(const Chord& chord);
    void press(const char* chord);
    void type(const std::string& text);
    void drop(const std::string& path);
    /// What is done meanwhile comes within one frame, as where frames are slow. Of buttons a frame sees
    /// one change, where it happened, as Window has it; what follows comes with the next.
    void at_once(const std::function<void()>& act);

    /// Until the last frame is drawn.
    void wait();
    /// Draws the last frame until all of it is up to date; `afresh`: all of it, not what changed alone.
    Picture8 shot(bool afresh = false);
    /// What the validation layers said since this was last asked.
    std::vector<std::string> messages();

private:
    void frame();
    void pass();  // a frame, unless what is done comes at once

    std::unique_ptr<Gpu> gpu_;
    std::shared_ptr<VulkanInstance> instance_;
    std::string clipboard_;
    std::unique_ptr<App> app_;
    std::unique_ptr<Renderer> renderer_;
    std::unique_ptr<Offscreen> target_;
    const Options options_;
    Events events_;
    bool at_once_ = false;
    bool button_changed_ = false;  // since the last frame
    double seconds_ = 0;
    uint64_t drawn_ = 0;
};

}  // namespace gan::test
