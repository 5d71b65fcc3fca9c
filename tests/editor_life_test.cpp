#include "tests/editor_fixture.h"

#include "editor/edit/patch_path.h"
#include "nodes/builtin.h"
#include "runtime/graph/patch.h"
#include "runtime/picture/png.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace gan {
namespace {

using test::EditorScreen;
using testing::HasSubstr;
namespace fs = std::filesystem;

/// Noise (1) and the Output (2), an LFO (3) that nothing follows.
Graph living_patch() {
    Graph graph;
    const auto at = [](int x, int y) { return nlohmann::json{{"x", x}, {"y", y}}; };
    graph.nodes[1] = {.type = "image.noise", .params = {{"width", 32}, {"height", 32}}, .fields = at(0, 0)};
    graph.nodes[2] = {.type = "image.output", .fields = at(240, 0)};
    graph.nodes[3] = {.type = "control.lfo", .fields = at(0, 320)};
    graph.links[{2, "image"}] = {1, "image"};
    return graph;
}

/// What becomes of work when patches are opened, saved and closed.
class EditorLife : public test::EditorFixture {
protected:
    void open(const Graph& graph = living_patch()) { begin_on(graph); }
    void click_title(NodeId node) {
        const ImVec2 place = title(node);
        screen_->frames(60);  // else two clicks are a double one
        screen_->click(place.x, place.y);
    }
    /// Another patch, of one Output.
    std::string other() {
        Graph graph;
        graph.nodes[7] = {.type = "image.output"};
        const std::string path = (folder_ / "other.ganymede").string();
        save_patch(path, graph);
        return path;
    }
};

TEST_F(EditorLife, WhatIsBeingTypedIsSavedToo) {
    open();
    click_title(3);
    screen_->press("F2");
    screen_->frames(3);
    screen_->type("Swing");
    screen_->press("Ctrl+S");
    screen_->frames(3);
    EXPECT_EQ(load_patch(path_, builtin_nodes()).graph.nodes.at(3).fields.at("name"), "Swing");
    EXPECT_FALSE(screen_->session().workspace().modified());
}

TEST_F(EditorLife, WhatIsBeingTypedIsAskedAboutWhenTheWindowIsClosed) {
    open();
    click_title(3);
    screen_->press("F2");
    screen_->frames(3);
    screen_->type("Swing");
    screen_->app().close();
    screen_->frames(4);
    EXPECT_FALSE(screen_->app().closed());
    EXPECT_EQ(graph().nodes.at(3).fields.at("name"), "Swing");
}

TEST_F(EditorLife, WhatIsBeingTypedStaysInThePatchThatItWasTypedIn) {
    open();
    click_title(3);
    screen_->press("F2");
    screen_->frames(3);
    screen_->type("Swing");
    screen_->drop(other());
    screen_->frames(4);
    // It asks about the name first.
    EXPECT_EQ(screen_->session().workspace().path(), path_);
    EXPECT_EQ(graph().nodes.at(3).fields.at("name"), "Swing");
    screen_->press("Enter");  // Save
    screen_->frames(4);
    EXPECT_EQ(screen_->session().title(), "other");
    EXPECT_FALSE(screen_->session().can_undo());
    EXPECT_EQ(load_patch(path_, builtin_nodes()).graph.nodes.at(3).fields.at("name"), "Swing");
}

TEST_F(EditorLife, AQuestionIsNotReplacedByWhatIsDropped) {
    open();
    screen_->session().edit({SetParam{3, "high", 2}}, "Set high of LFO");
    screen_->app().close();
    screen_->frames(3);
    screen_->drop(other());
    screen_->frames(3);
    EXPECT_EQ(screen_->session().workspace().path(), path_);
    EXPECT_THAT(screen_->session().notes().back().text, HasSubstr("answer the question first"));
    screen_->press("Enter");  // Save: the question is still whether to end
    screen_->frames(4);
    EXPECT_TRUE(screen_->app().closed());
}

TEST_F(EditorLife, APatchThatIsSavedElsewhereKeepsItsFiles) {
    const fs::path pictures = folder_ / "pictures";
    const fs::path elsewhere = folder_ / "shows" / "evening";
    fs::create_directories(pictures);
    fs::create_directories(elsewhere);
    write_png((pictures / "one.png").string(), Picture8{2, 2, 3, std::vector<uint8_t>(12)}, {});
    Graph graph = living_patch();
    graph.nodes[4] = {.type = "image.file", .params = {{"path", "pictures/one.png"}}};
    graph.nodes[5] = {.type = "image.file", .params = {{"path", "pictures/missing.png"}}};
    open(graph);
    const std::string there = (elsewhere / "b.ganymede").string();
    screen_->session().save_as(there);
    const Graph saved = load_patch(there, builtin_nodes()).graph;
    EXPECT_EQ(saved.nodes.at(4).params.at("path"), "../../pictures/one.png");
    EXPECT_EQ(saved.nodes.at(5).params.at("path"), "pictures/missing.png") << "nobody knows what it meant";
    EXPECT_FALSE(screen_->session().workspace().modified());
    // A folder that is not there: nothing has changed.
    screen_->session().undo();
    const Graph before = this->graph();
    EXPECT_ANY_THROW(screen_->session().save_as((folder_ / "nowhere" / "c.ganymede").string()));
    EXPECT_EQ(this->graph(), before);
    EXPECT_TRUE(screen_->session().can_redo());
}

TEST_F(EditorLife, FilesThatAreFarAreNamedFromTheRoot) {
    const fs::path file = folder_ / "one.png";
    write_png(file.string(), Picture8{2, 2, 3, std::vector<uint8_t>(12)}, {});
    Graph graph;
    graph.nodes[4] = {.type = "image.file", .params = {{"path", "one.png"}}};
    const auto kept = files_kept(graph, builtin_nodes(), fs::path(folder_ / "."), "/a/b/c/d/e/f.ganymede");
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(fs::path(std::get<SetParam>(kept[0].change).value->get<std::string>()),
              fs::path(folder_ / "one.png").lexically_normal());
    EXPECT_TRUE(files_kept(graph, builtin_nodes(), fs::path(folder_ / "."), (folder_ / "g.ganymede").string())
                    .empty());
}

TEST_F(EditorLife, ThePlayersLoopIsThatOfThePatchAsItIsNow) {
    Graph graph = living_patch();
    graph.settings["tick_rate"] = {60, 1};
    graph.nodes[3].params = {{"period", 1}};
    open(graph);
    const auto loop = [&] {
        screen_->app().commands().run("play.loop");
        screen_->until([&, before = screen_->session().shown()->settings.loop] {
            return screen_->session().shown()->settings.loop != before;
        });
        return screen_->session().shown()->settings.loop;
    };
    EXPECT_EQ(loop(), (TickRange{0, 30})) << "a beat";
    EXPECT_EQ(loop(), std::nullopt);
    screen_->session().edit({SetParam{3, "period", 2}}, "Set period of LFO");
    EXPECT_EQ(loop(), (TickRange{0, 60})) << "the loop that was is not that of this LFO";
    // One that somebody chose comes back.
    screen_->session().edit({SetSetting{"loop", nlohmann::json{10, 50}}}, "Set where the loop begins");
    ASSERT_TRUE(screen_->until([&] { return screen_->session().shown()->settings.loop->first == 10; }));
    EXPECT_EQ(loop(), std::nullopt);
    EXPECT_EQ(loop(), (TickRange{10, 50}));
}

TEST_F(EditorLife, AModelIsWiredToAnOutputThatWaits) {
    Graph graph;
    graph.nodes[7] = {.type = "image.output", .fields = {{"x", 600}, {"y", 0}}};
    open(graph);
    screen_->drop((fs::path(GAN_ASSETS) / "models" / "random-64.safetensors").string());
    screen_->frames(2);
    ASSERT_TRUE(this->graph().links.contains({7, "image"}));
    EXPECT_EQ(this->graph().nodes.size(), 6u) << "there is no second Output";
}

TEST_F(EditorLife, MovesOfDifferentNodesAreStepsOfTheirOwn) {
    open();
    click_title(1);
    screen_->press("Shift+Right");
    screen_->press("Shift+Right");
    screen_->press("Ctrl+Right");
    screen_->press("Shift+Right");
    EXPECT_EQ(screen_->session().document().past().size(), 2u);
    screen_->press("Ctrl+Z");
    EXPECT_EQ(graph().nodes.at(2).fields.at("x"), 240);
    EXPECT_EQ(graph().nodes.at(1).fields.at("x"), 16);
}

TEST_F(EditorLife, ASelectedNodeIsDeletedWhereverTheMouseRests) {
    open();
    click_title(3);
    for (float y = 100; y < 500; y += 40) screen_->move(60, y);  // over the browser
    screen_->press("Delete");
    EXPECT_FALSE(graph().nodes.contains(3));
}

TEST_F(EditorLife, APictureCarriesItsPatchWhateverItsEndingLooksLike) {
    open();
    const std::string picture = (folder_ / "MADE.PNG").string();
    write_png(picture, Picture8{2, 2, 3, std::vector<uint8_t>(12)},
              {{"ganymede.patch", patch_text(living_patch())}});
    screen_->drop(picture);
    screen_->frames(4);
    EXPECT_EQ(screen_->session().workspace().path(), "");
    EXPECT_EQ(graph().nodes.size(), 3u);
}

TEST(EditorKeysHeld, OnlyWhatMovesOrErasesRepeats) {
    EXPECT_TRUE(repeats(Key::Left) && repeats(Key::Delete) && repeats(Key::Z));
    EXPECT_FALSE(repeats(Key::R) || repeats(Key::F10) || repeats(Key::Space) || repeats(Key::Enter));
}

}  // namespace
}  // namespace gan
