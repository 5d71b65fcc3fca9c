#include "editor/app.h"
#include "editor/window/window.h"
#include "nodes/plugins.h"
#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/base/program.h"
#include "runtime/cli/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

namespace gan {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct EditorOptions {
    AppOptions app;
    std::string gpu;
    std::string theme;
    bool validate = false;
};

/// Frames a second at most: a software driver draws on the cores that the network needs.
constexpr double most_frames = 60;
constexpr double most_frames_drawn_in_software = 30;

/// Draws when something came in or moved, else sleeps.
void run_editor(const EditorOptions& options) {
    Gpu gpu(options.gpu, options.validate);
    WindowSystem windows;
    const Preferences preferences = options.app.safe ? Preferences{} : load_preferences();
    const auto window =
        std::make_unique<Window>(gpu, "Ganymede", preferences.window_width, preferences.window_height);
    AppOptions app_options = options.app;
    if (app_options.scale <= 0) app_options.scale = window->content_scale();
    const AppHost host{.wake = [] { WindowSystem::wake(); },
                       .set_title = [&](const std::string& title) { window->set_title(title); },
                       .windows = &windows,
                       .screen = [&] { return window->screen(); }};
    App app(app_options, gpu, host);
    const bool software = gpu.device()->info().kind == GpuInfo::Kind::Software;
    const auto least =
        std::chrono::duration<double>(1 / (software ? most_frames_drawn_in_software : most_frames));
    const auto start = SteadyClock::now();
    auto next = start;
    bool wanted = true;
    std::string wrong;  // with the window
    while (!app.closed()) {
        // Ctrl-C in the terminal ends the program; the journal keeps what is not saved.
        check_interrupted();
        const auto now = SteadyClock::now();
        const double seconds = std::chrono::duration<double>(now - start).count();
        wanted = app.due(seconds) || window->events() || wanted;
        if (!wanted) {
            windows.wait(0.5);
            continue;
        }
        if (now < next) {
            // What comes in meanwhile is in the frame.
            std::this_thread::sleep_until(next);
            windows.wait(0);
            continue;
        }
        next = now + std::chrono::duration_cast<SteadyClock::duration>(least);
        windows.wait(0);
        Events events;
        app.before_frame(options.app.scale > 0 ? options.app.scale : window->content_scale());
        if (!window->begin(events)) {
            app.update_hidden();
            if (window->close_requested()) app.close();
            windows.wait(0.1);
            continue;
        }
        wanted = false;
        if (events.close) app.close();
        app.frame(events, seconds);
        ImGui::Render();
        window->end(app.pictures(), app.background());
        std::string now_wrong = window->problem();
        if (now_wrong != wrong && !now_wrong.empty()) app.session().note(Note::Kind::Warning, now_wrong);
        wrong = std::move(now_wrong);
    }
}

}  // namespace
}  // namespace gan

int main(int argc, char** argv) {
    return gan::run_program([&] {
        CLI::App app{"Ganymede's editor: wire nodes, see every picture live, play it on a second screen",
                     "ganymede-editor"};
        app.set_version_flag("--version", GAN_VERSION);
        gan::EditorOptions options;
        options.app.scale = 0;
        app.add_option("PATCH", options.app.patch,
                       "Patch, or a picture that one made; otherwise the first patch");
        app.add_option("--gpu", options.gpu,
                       "GPU by name or UUID, or \"software\"; `ganymede gpus` lists them");
        app.add_option("--theme", options.theme, "dark or light")->check(CLI::IsMember({"dark", "light"}));
        app.add_option("--scale", options.app.scale, "Of everything on screen; otherwise the screen's own")
            ->check(CLI::Range(0.5, 4.0));
        app.add_flag(
            "--safe", options.app.safe,
            "Begin without preferences, keys and libraries of nodes of your own, and with time standing: for when a "
            "patch, a preference or a library keeps the editor from starting");
        app.add_flag("--validate", options.validate, "With Vulkan's validation layers");
        if (const auto done = gan::parse_arguments(app, argc, argv)) return *done;
        if (!options.theme.empty()) options.app.dark = options.theme == "dark";
        if (options.app.safe) gan::leave_out_plugins();
        gan::run_editor(options);
        return 0;
    });
}
