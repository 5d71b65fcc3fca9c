#include "tests/editor_screen.h"

#include "runtime/base/file.h"
#include "runtime/graph/patch.h"
#include "runtime/picture/png.h"
#include "tests/support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

namespace gan {
namespace {

/// How many events: 20,000 under sanitizers in every run, fewer without; ten times as many in --long.
int event_count() {
    const char* wanted = std::getenv("GAN_EVENTS");
    return wanted == nullptr ? 20'000 : std::atoi(wanted);
}

uint64_t fuzz_seed() {
    const char* wanted = std::getenv("GAN_SEED");
    return static_cast<uint64_t>(wanted == nullptr ? 1 : std::atoll(wanted));
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

/// What comes from elsewhere: a file is dropped (a patch, too: refused, since none may be opened), or the
/// window is asked to close, and a dialog asks about what is unsaved.
void surprise(test::EditorScreen& screen, std::mt19937_64& random) {
    constexpr const char* files[] = {"picture.png", "other.ganymede", "missing.safetensors"};
    if (random() % 4 == 0)
        screen.app().close();
    else
        screen.drop(std::filesystem::absolute(files[random() % 3]).string());
}

/// One thing that a person might do, or a cat.
void act(test::EditorScreen& screen, std::mt19937_64& random) {
    const auto draw = [&](int most) { return static_cast<int>(random() % static_cast<uint64_t>(most)); };
    const auto x = static_cast<float>(draw(1280));
    const auto y = static_cast<float>(draw(720));
    switch (draw(17)) {
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
        case 15:
            screen.hold(draw(4) == 0, draw(4) == 0, draw(6) == 0);
            break;
        default:
            if (draw(8) == 0) surprise(screen, random);
            break;
    }
}

/// The same with the mouse and the keys of the canvas alone.
void act_on_canvas(test::EditorScreen& screen, std::mt19937_64& random) {
    const auto draw = [&](int most) { return static_cast<int>(random() % static_cast<uint64_t>(most)); };
    const auto x = static_cast<float>(210 + draw(740));
    const auto y = static_cast<float>(70 + draw(470));
    switch (draw(4)) {
        case 0:
            screen.move(x, y);
            break;
        case 1:
            screen.button(draw(3), draw(2) == 0);
            break;
        case 2:
            screen.drag(x, y, static_cast<float>(210 + draw(740)), static_cast<float>(70 + draw(470)));
            break;
        default: {
            const auto& all = screen.app().commands().all();
            const std::string& id = all[static_cast<size_t>(draw(static_cast<int>(all.size())))].id;
            if (id.starts_with("edit.")) screen.press(screen.app().commands().key_of(id));
            break;
        }
    }
}

/// One, or half of the time one to four within one frame, as where frames are slow.
void act_in_frames(test::EditorScreen& screen, std::mt19937_64& random,
                   void (*act_once)(test::EditorScreen&, std::mt19937_64&)) {
    if (random() % 2 == 0) {
        act_once(screen, random);
        return;
    }
    screen.at_once([&] {
        for (uint64_t left = 1 + random() % 4; left > 0; --left) act_once(screen, random);
    });
}

/// Whatever is done, nothing crashes, no use of Vulkan is wrong, what is drawn by changes is what is drawn as
/// a whole, and undoing all of it gives the file that was opened.
TEST(EditorFuzz, WhateverIsDoneCanBeUndone) {
    const TemporaryFolder folder;
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder.path());  // for what is saved
    const std::string path = (folder / "fuzz.ganymede").string();
    save_patch(path, fuzz_patch());
    save_patch("other.ganymede", fuzz_patch());
    write_png("picture.png", Picture8{2, 2, 3, std::vector<uint8_t>(12)}, {});
    const std::string file = read_text(path);
    const int events = event_count();
    const uint64_t seed = fuzz_seed();
    std::mt19937_64 random(seed);
    {
        test::EditorScreen screen({.patch = path, .draw = false});
        // What replaces the patch, or the window.
        for (const char* id : {"file.new", "file.open", "file.save", "file.save_as", "file.quit",
                               "play.screenshot", "play.record", "play.take"})
            screen.app().commands().disable(id);
        int64_t edits = 0;
        screen.frames();  // which the first shot shows
        for (int i = 0; i < events; ++i) {
            act_in_frames(screen, random, act);
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

/// Another patch is opened in the midst of drags, lists and fields, which are all given up: nothing of them
/// comes over.
TEST(EditorFuzz, APatchIsOpenedWhateverIsBeingDone) {
    const TemporaryFolder folder;
    const std::string names[] = {"a.ganymede", "b.ganymede"};
    for (const std::string& name : names) save_patch((folder / name).string(), fuzz_patch());
    const std::string file = read_text(folder / names[0]);
    const int rounds = std::max(20, event_count() / 400);
    const uint64_t seed = fuzz_seed();
    std::mt19937_64 random(seed);
    test::EditorScreen screen({.patch = (folder / names[0]).string(), .draw = false});
    int asked = 0;
    for (int i = 1; i <= rounds; ++i) {
        for (int j = 0; j < 8; ++j) act_in_frames(screen, random, act_on_canvas);
        const std::string& name = names[i % 2];
        const bool asks = screen.session().workspace().modified();
        screen.drop((folder / name).string());
        if (asks) {
            ++asked;
            screen.frames(3);
            screen.press("Right");  // to "Don't save"
            screen.press("Enter");
        }
        screen.frames(4);
        const std::filesystem::path opened = screen.session().workspace().path();
        ASSERT_EQ(opened.filename().string(), name) << "seed " << seed << ", round " << i;
        ASSERT_EQ(patch_text(screen.graph()), file) << "seed " << seed << ", round " << i;
    }
    EXPECT_GT(asked, rounds / 8) << "hardly anything was edited: the events do not reach the editor";
    screen.session().workspace().discard();
}

}  // namespace
}  // namespace gan
