#include "tests/editor_screen.h"

#include "runtime/base/file.h"
#include "runtime/graph/patch.h"
#include "tests/support.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

namespace gan {
namespace {

/// How many events: 20 000 in CI, ten times as many in --long; a few under sanitizers that take long.
int event_count() {
    const char* wanted = std::getenv("GAN_EVENTS");
    return wanted == nullptr ? 20'000 : std::atoi(wanted);
}

/// A patch of pictures without a network, so that events are many: a group, links of every kind that it has.
Graph fuzz_patch() {
    Graph graph;
    const auto at = [](int x, int y) { return nlohmann::json{{"x", x}, {"y", y}}; };
    graph.nodes[1] = {.type = "image.noise", .params = {{"width", 64}, {"height", 64}}, .fields = at(0, 0)};
    graph.nodes[2] = {.type = "image.grade", .fields = at(240, 0)};
    graph.nodes[3] = {.type = "image.output", .fields = at(480, 0)};
    graph.nodes[4] = {.type = "control.lfo", .fields = at(0, 260)};
    graph.nodes[5] = {.type = "control.curve", .fields = at(0, 420)};
    graph.nodes[6] = {.type = "latent.sampler", .fields = at(240, 420)};
    graph.nodes[7] = {.type = "class.embed", .fields = at(480, 420)};
    graph.links[{2, "image"}] = {1, "image"};
    graph.links[{3, "image"}] = {2, "image"};
    graph.links[{2, "exposure"}] = {4, "value"};
    return graph;
}

/// One thing that a person might do, or a cat.
void act(test::EditorScreen& screen, std::mt19937_64& random) {
    const auto draw = [&](int most) { return static_cast<int>(random() % static_cast<uint64_t>(most)); };
    const auto x = static_cast<float>(draw(1280));
    const auto y = static_cast<float>(draw(720));
    switch (draw(16)) {
        case 0:
        case 1:
        case 2:
            screen.move(x, y);
            break;
        case 3:
        case 4:
            screen.button(draw(3), draw(2) == 0);
            break;
        case 5:
            screen.click(x, y);
            break;
        case 6:
            screen.double_click(x, y);
            break;
        case 7:
            screen.click(x, y, 1);
            break;
        case 8:
        case 9:
            screen.drag(x, y, static_cast<float>(draw(1280)), static_cast<float>(draw(720)),
                        draw(8) == 0 ? 1 : 0);
            break;
        case 10:
            screen.wheel(static_cast<float>(draw(7) - 3));
            break;
        case 11: {
            const auto& all = screen.app().commands().all();
            screen.press(screen.app().commands().key_of(
                all[static_cast<size_t>(draw(static_cast<int>(all.size())))].id));
            break;
        }
        case 12:
            screen.press(Chord{.key = static_cast<Key>(draw(static_cast<int>(Key::count))),
                               .ctrl = draw(3) == 0,
                               .shift = draw(4) == 0,
                               .alt = draw(8) == 0});
            break;
        case 13: {
            constexpr const char* words[] = {
                "blur", "1/3", "-2*pi", "lfo", "x", "1e400", "\xc3\xa4\xe2\x82\xac", "7"};
            screen.type(words[draw(8)]);
            break;
        }
        case 14:
            screen.press(draw(2) == 0 ? "Enter" : "Escape");
            break;
        default:
            screen.hold(draw(4) == 0, draw(4) == 0, draw(6) == 0);
            break;
    }
}

/// Whatever is done, nothing crashes, no use of Vulkan is wrong, what is drawn by changes is what is drawn as
/// a whole, and undoing all of it gives the file that was opened.
TEST(EditorFuzz, WhateverIsDoneCanBeUndone) {
    const TemporaryFolder folder;
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder.path());  // for what is saved
    const std::string path = (folder / "fuzz.ganymede").string();
    save_patch(path, fuzz_patch());
    const std::string file = read_text(path);
    const int events = event_count();
    const auto seed =
        static_cast<uint64_t>(std::getenv("GAN_SEED") == nullptr ? 1 : std::atoll(std::getenv("GAN_SEED")));
    std::mt19937_64 random(seed);
    {
        test::EditorScreen screen({.patch = path, .draw = false});
        // What replaces the patch, or the window.
        for (const char* id : {"file.new", "file.open", "file.save", "file.save_as", "file.quit",
                               "play.screenshot", "play.record", "play.take"})
            screen.app().commands().disable(id);
        int64_t edits = 0;
        for (int i = 0; i < events; ++i) {
            act(screen, random);
            edits = std::max(edits, static_cast<int64_t>(screen.session().document().past().size()));
            if (i % 500 < 2) {  // far from what was drawn last, and one event after it
                ASSERT_EQ(screen.shot().pixels, screen.shot(true).pixels)
                    << "seed " << seed << ", event " << i;
                ASSERT_EQ(screen.messages(), std::vector<std::string>{})
                    << "seed " << seed << ", event " << i;
            }
        }
        EXPECT_GT(edits, events / 400) << "hardly anything was edited: the events do not reach the editor";
        for (int which : {0, 1, 2}) screen.button(which, false);
        while (screen.session().can_undo()) screen.session().undo();
        EXPECT_EQ(patch_text(screen.graph()), file) << "seed " << seed;
        screen.frames(3);
        screen.session().workspace().discard();
    }
    std::filesystem::current_path(before);
}

}  // namespace
}  // namespace gan
