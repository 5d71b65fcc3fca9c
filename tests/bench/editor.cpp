// What a frame of the editor costs on this machine.
//
//   ./ganymede setup && cmake --preset dev && cmake --build build/dev --target editor_bench
//   build/dev/tests/bench/editor [--quick] [--json FILE]
//
// 1. 1280x720, 50 nodes of which 20 have live pictures, while the model that comes with Ganymede plays:
//    milliseconds a frame, drawn in software and shown to nobody, and pictures a second meanwhile. Bounds: 95
//    of 100 frames under 33 ms, 20 pictures a second.
// 2. 1000 and 10 000 nodes: milliseconds of the editor's own code a frame, not drawn, while the wheel zooms
//    in and out, and while the canvas is dragged: where nodes are small and whole, and as far out as it goes.
//    Bound: 4 ms, of the median and of 95 of 100 frames.
// 3. Nothing moves: frames that are asked for in two seconds, and processor time. Bounds: none, and 2 %.
// 4. The same 50 nodes play while a value is dragged, 60 changes at any moment: milliseconds from each to the
//    end of the first frame with a picture of a tick that took it. Bound: a tick and a frame.

#include "nodes/builtin.h"
#include "runtime/base/assets.h"
#include "runtime/graph/patch.h"
#include "tests/bench/figures.h"
#include "tests/editor_screen.h"
#include "tests/support.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace gan {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double part_of(std::vector<double> times, double share) {
    std::sort(times.begin(), times.end());
    return times[static_cast<size_t>(share * static_cast<double>(times.size() - 1))];
}

double processor_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           1e-6 * static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/// The first patch; 19 picture nodes more behind its generator, and numbers, 50 nodes in all.
std::string fifty_nodes(const TemporaryFolder& folder) {
    Graph graph = load_patch(asset("patches/first.ganymede").string(), builtin_nodes()).graph;
    graph.nodes.at(1).params["path"] = asset("models/textures-64.safetensors").string();
    NodeId id = 100;
    const char* types[] = {"image.grade", "image.tile", "image.sharpen", "image.transform"};
    for (int i = 0; i < 19; ++i, ++id) {
        graph.nodes[id] = {.type = types[i % 4],
                           .fields = {{"x", 200 * (i % 10)}, {"y", 600 + 340 * (i / 10)}}};
        graph.links[{id, "image"}] = {i % 4 == 0 ? 5 : id - 1, "image"};
    }
    for (int i = 0; graph.nodes.size() < 50; ++i, ++id)
        graph.nodes[id] = {.type = "control.lfo",
                           .fields = {{"x", 180 * (i % 13)}, {"y", 1280 + 240 * (i / 13)}}};
    const std::string path = (folder / "fifty.ganymede").string();
    save_patch(path, graph);
    return path;
}

std::string many_nodes(const TemporaryFolder& folder, int count) {
    Graph graph;
    for (int i = 0; i < count; ++i) {
        graph.nodes[i + 1] = {.type = "control.map_range",
                              .fields = {{"x", 200 * (i % 100)}, {"y", 220 * (i / 100)}}};
        if (i % 100 > 0) graph.links[{i + 1, "value"}] = {i, "value"};
    }
    const std::string path = (folder / "many.ganymede").string();
    save_patch(path, graph);
    return path;
}

/// Draws as the editor does: when something is new, and at most 30 frames a second where the processor draws.
class Pace {
public:
    /// Milliseconds that it took until it was drawn.
    double frame(test::EditorScreen& screen) {
        while (!screen.app().due(0)) std::this_thread::sleep_for(std::chrono::microseconds(200));
        std::this_thread::sleep_until(next_);
        const auto before = Clock::now();
        next_ = before + std::chrono::microseconds(33'333);
        screen.frames();
        screen.wait();
        return milliseconds_since(before);
    }

private:
    Clock::time_point next_{};
};

void bench_frames(Figures& figures, const TemporaryFolder& folder) {
    test::EditorScreen screen({.patch = fifty_nodes(folder), .validate = false});
    screen.until([&] { return screen.session().shown()->picture != nullptr; }, 60);
    screen.frames(30);
    Pace pace;
    std::vector<double> times;
    uint64_t pictures = screen.session().live().next_picture(0, Clock::now()).number;
    const auto start = Clock::now();
    while (milliseconds_since(start) < figures.repeats(5000, 1500)) {
        times.push_back(pace.frame(screen));
    }
    const double seconds = milliseconds_since(start) / 1000;
    pictures = screen.session().live().next_picture(0, Clock::now()).number - pictures;
    fmt::print(
        "50 nodes, {} pictures drawn, 1280x720: a frame {:.1f} ms in the median, 95 % under {:.1f}; {:.1f} pictures/s\n",
        screen.app().pictures().size(), part_of(times, 0.5), part_of(times, 0.95),
        static_cast<double>(pictures) / seconds);
    figures.add("50 nodes: a frame", part_of(times, 0.5), "ms");
    figures.add("50 nodes: a frame, 95 % under", part_of(times, 0.95), "ms", 33);
    figures.add("50 nodes: pictures meanwhile", static_cast<double>(pictures) / seconds, "pictures/s", 20);
}

/// Milliseconds of the editor's code, frame by frame, while `act` does something before each.
std::vector<double> code_times(test::EditorScreen& screen, int frames, const std::function<void(int)>& act) {
    std::vector<double> times;
    for (int i = 0; i < frames; ++i) {
        act(i);
        const auto before = Clock::now();
        screen.frames();
        times.push_back(milliseconds_since(before));
    }
    return times;
}

/// Drags the canvas by 8 px a frame, there and back.
std::vector<double> pan(test::EditorScreen& screen, int frames) {
    screen.move(400, 200);
    screen.button(2, true);
    const auto times = code_times(screen, frames, [&](int i) {
        const auto way = static_cast<float>(8 * std::abs((i + 30) % 60 - 30));
        ImGui::GetIO().MousePos = {400 + way, 200 + way};
    });
    screen.button(2, false);
    return times;
}

/// One step of the wheel every third frame, over a mouse that moves.
std::vector<double> zoom(test::EditorScreen& screen, int frames, float step) {
    return code_times(screen, frames, [&](int i) {
        screen.move(640 + static_cast<float>(i % 7), 300);
        ImGui::GetIO().MouseWheel = i % 3 == 0 ? step : 0.0f;
    });
}

void bench_many(Figures& figures, const TemporaryFolder& folder) {
    const int pans = figures.repeats(300, 60);
    for (const int count : {1000, 10'000}) {
        test::EditorScreen screen({.patch = many_nodes(folder, count), .draw = false, .validate = false});
        screen.session().play(false);
        screen.frames(10);
        const auto told = [&](const char* what, const std::vector<double>& times) {
            const double median = part_of(times, 0.5);
            const double most = part_of(times, 0.95);
            fmt::print("{} nodes: a frame's code {:.2f} ms in the median while it {}, 95 % under {:.2f}\n",
                       count, median, what, most);
            const std::string name = fmt::format("{} nodes: a frame's code while it {}", count, what);
            figures.add(name, median, "ms", 4);
            figures.add(name + ", 95 % under", most, "ms", 4);
        };
        told("zooms in", zoom(screen, 60, 1));
        told("zooms out", zoom(screen, 60, -1));
        zoom(screen, 30, 1);  // by 1.18^10: to half of their size, from a tenth
        screen.frames(10);    // it comes to rest
        told("pans", pan(screen, pans));
        screen.press("Home");
        screen.frames(10);
        told("pans, far out", pan(screen, pans));
    }
}

void bench_still(Figures& figures, const TemporaryFolder& folder) {
    test::EditorScreen screen({.patch = fifty_nodes(folder), .validate = false});
    screen.settle();
    const double before = processor_seconds();
    int frames = 0;
    for (int i = 0; i < 200; ++i) {
        if (screen.app().due(i * 0.01 + 1000)) {
            screen.frames();
            ++frames;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    const double share = (processor_seconds() - before) / 2 * 100;
    fmt::print("nothing moves: {} frames in 2 s, {:.2f} % of a core\n", frames, share);
    figures.add("nothing moves: frames", frames, "count", 0);
    figures.add("nothing moves: of a core", share, "%", 2);
}

void bench_edits(Figures& figures, const TemporaryFolder& folder) {
    const int changes = figures.repeats(60, 15);
    test::EditorScreen screen({.patch = fifty_nodes(folder), .validate = false});
    screen.until([&] { return screen.session().shown()->picture != nullptr; }, 60);
    screen.frames(30);
    Pace pace;
    std::vector<double> delays, frames;
    const auto shows_it = [&] {
        frames.push_back(pace.frame(screen));
        screen.app().due(0);  // notes that the frame is drawn
        return screen.app().edit_delays().size() > delays.size();
    };
    const uint64_t gesture = screen.session().new_gesture();
    for (int i = 0; i < changes; ++i) {
        std::this_thread::sleep_for(
            std::chrono::milliseconds(7 * i % 33));  // at any moment between two frames
        screen.session().edit({SetParam{7, "high", 0.5 + 0.008 * i}}, "Set high of Swing", gesture);
        for (int frame = 0; frame < 100 && !shows_it(); ++frame) {
        }
        if (screen.app().edit_delays().size() > delays.size())
            delays.push_back(screen.app().edit_delays().back());
    }
    if (delays.empty()) {
        fmt::print("a value is dragged: no frame shows it\n");
        return;
    }
    const double tick = 1000 / screen.session().shown()->settings.tick_rate.value();
    fmt::print(
        "a value is dragged, {} changes: {:.1f} ms to a drawn frame with a tick that took it in the median, 95 % under {:.1f}; "
        "a tick is {:.1f} ms or what it takes, {:.1f}; a frame every 33.3 ms takes {:.1f}\n",
        delays.size(), part_of(delays, 0.5), part_of(delays, 0.95), tick,
        screen.session().shown()->milliseconds, part_of(frames, 0.5));
    figures.add("a value is dragged: until it is seen", part_of(delays, 0.5), "ms");
    figures.add("a value is dragged: until it is seen, 95 % under", part_of(delays, 0.95), "ms");
}

}  // namespace
}  // namespace gan

int main(int argc, char** argv) {
    Figures figures(argc, argv);
    const gan::TemporaryFolder folder;
    gan::bench_frames(figures, folder);
    gan::bench_many(figures, folder);
    gan::bench_still(figures, folder);
    gan::bench_edits(figures, folder);
    return figures.finish();
}
