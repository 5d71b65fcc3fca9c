// What gan.h costs a host, beside the player that it calls; and how soon there is a first picture:
//     cmake --build build/dev --target abi_bench && build/dev/tests/bench/abi [--quick] [--json FILE]
// Bounds: 1 % or 50 us more a frame, whichever is larger; the library loaded in 20 ms; the first picture as
// soon as `ganymede generate` has one.

#include "nodes/builtin.h"
#include "nodes/output.h"
#include "runtime/abi/gan.h"
#include "runtime/graph/patch.h"
#include "runtime/graph/player.h"
#include "tests/bench/figures.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace gan;

namespace {

using Clock = std::chrono::steady_clock;

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

double milliseconds(const std::function<void()>& work) {
    const auto start = Clock::now();
    work();
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void must(int result, gan_patch patch) {
    if (result == GAN_OK) return;
    char text[1000] = "";
    gan_error(patch, text, sizeof(text));
    fmt::print(stderr, "{}: {}\n", gan_result_text(result), text);
    std::exit(1);
}

/// Without its LFO: nothing but its seed changes its picture.
Graph still_patch() {
    Graph graph = load_patch(GAN_TEST_DATA "/swing.ganymede", builtin_nodes()).graph;
    graph.links.erase({3, "truncation"});
    graph.nodes.at(2).fields["exposed"] = {{"seed", {{"name", "Seed"}}}};
    return graph;
}

/// The same frames from a player, and rounded by the code that gan.h rounds with.
class Peer {
public:
    Peer() { player_.post(build_plan(still_patch(), builtin_nodes())); }
    void set_seed(int seed) { player_.post(nullptr, {{2, "seed", seed}}); }
    void render(std::vector<uint8_t>& pixels) {
        player_.show({.index = 0, .folder = GAN_TEST_DATA});
        const ImageRef& image = shown(player_);
        const Picture8 picture = to_picture(float_picture(*image), {image->width, image->height});
        uint8_t* out = pixels.data();
        for (size_t i = 0; i < picture.pixels.size(); i += 3) {
            for (size_t c = 0; c < 3; ++c) *out++ = picture.pixels[i + c];
            *out++ = 255;
        }
    }

private:
    Player player_;
};

/// Turn about, each after the pause that there is at 60 ticks a second, in which the engine's threads fall
/// asleep. `changes`: a new picture every time; else the one that is there is given again.
void overhead(Figures& figures, gan_patch patch, Peer& peer, bool changes) {
    std::vector<uint8_t> ours(64 * 64 * 4), theirs(ours.size());
    gan_frame frame{};
    frame.abi = GAN_ABI;
    frame.size = sizeof(frame);
    frame.pixels = ours.data();
    frame.width = frame.height = 64;
    frame.stride = 64 * 4;
    constexpr std::chrono::milliseconds pause(10);
    std::vector<double> with, alone, more;
    const int warm = figures.repeats(40, 10);  // caches
    for (int i = 0; i < figures.repeats(400, 60); ++i) {
        const int seed = changes ? i : 7;
        std::this_thread::sleep_for(pause);
        const double library = milliseconds([&] {
            if (changes) must(gan_set_number(patch, "2.seed", seed), patch);
            must(gan_render(patch, 0, &frame), patch);
        });
        std::this_thread::sleep_for(pause);
        const double player = milliseconds([&] {
            if (changes) peer.set_seed(seed);
            peer.render(theirs);
        });
        if (ours != theirs) {
            fmt::print(stderr, "the two make different pictures\n");
            std::exit(1);
        }
        if (i < warm) continue;
        with.push_back(library);
        alone.push_back(player);
        more.push_back(library - player);
    }
    const double bound = std::max(0.05, 0.01 * median(alone));
    fmt::print("{:<28} {:.3f} ms, of the player alone {:.3f} ms; {:.1f} us more (median; bound {:.1f})\n",
               changes ? "a new picture:" : "the same picture again:", median(with), median(alone),
               1000 * median(more), 1000 * bound);
    const std::string what = changes ? "a new picture" : "the same picture again";
    figures.add(what, median(with), "ms");
    figures.add(what + ", more than the player alone", 1000 * median(more), "us", 1000 * bound);
}

/// A whole process, what it says thrown away.
void run(std::vector<std::string> command) {
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t pid = 0;
    int status = 0;
    if (::posix_spawn(&pid, arguments[0], &files, nullptr, arguments.data(), environ) != 0 ||
        ::waitpid(pid, &status, 0) != pid || status != 0) {
        fmt::print(stderr, "{} failed\n", command[0]);
        std::exit(1);
    }
    ::posix_spawn_file_actions_destroy(&files);
}

void first_picture(Figures& figures) {
    const std::string out = (std::filesystem::temp_directory_path() / "ganymede-bench-abi.png").string();
    std::vector<double> library, program, ratios;
    for (int i = 0; i < figures.repeats(9, 3); ++i) {
        library.push_back(milliseconds([] { run({GAN_ABI_HOST}); }));
        program.push_back(milliseconds([&] {
            run({GAN_PROGRAM, "generate", GAN_ASSETS "/models/textures-64.safetensors", "--class", "lava",
                 "--seed", "7", "--truncation", "0.7", "--truncation-mode", "quantile", "--out", out});
        }));
        ratios.push_back(library.back() / program.back());
    }
    std::filesystem::remove(out);
    fmt::print(
        "process to first picture:    {:.0f} ms, by `ganymede generate` {:.0f} ms; ratio {:.2f} (median)\n",
        median(library), median(program), median(ratios));
    figures.add("process to first picture", median(library), "ms");
    figures.add("process to first picture, `ganymede generate` over the library", 1 / median(ratios),
                "ratio");
}

/// In processes that have loaded nothing else.
void loading(Figures& figures) {
    std::vector<double> times;
    for (int i = 0; i < figures.repeats(15, 5); ++i) {
        std::FILE* said = ::popen(GAN_ABI_LOADER " " GAN_LIBRARY " load", "r");
        char line[1000];
        double time = 0;
        while (said != nullptr && std::fgets(line, sizeof(line), said) != nullptr)
            if (std::sscanf(line, "milliseconds %lf", &time) == 1) times.push_back(time);
        if (said != nullptr) ::pclose(said);
    }
    if (times.empty()) return;
    fmt::print("loading the library:         {:.1f} ms (median; bound 20)\n", median(times));
    figures.add("loading the library", median(times), "ms", 20);
}

}  // namespace

int main(int argc, char** argv) {
    Figures figures(argc, argv);
    loading(figures);
    first_picture(figures);
    const std::string text = patch_text(still_patch());
    gan_open_options options{};
    options.abi = GAN_ABI;
    options.size = sizeof(options);
    options.text = text.c_str();
    options.folder = GAN_TEST_DATA;
    gan_patch patch = 0;
    must(gan_open(&options, &patch), patch);
    must(gan_wait(patch, -1), patch);
    Peer peer;
    overhead(figures, patch, peer, true);
    overhead(figures, patch, peer, false);
    gan_close(patch);
    return figures.finish();
}
