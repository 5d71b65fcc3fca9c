// The editor by the keyboard alone, and what else a person sets that is no part of the patch.

#include "nodes/builtin.h"
#include "runtime/graph/patch.h"
#include "tests/editor_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <imgui_internal.h>

#include <algorithm>
#include <filesystem>

namespace gan {
namespace {

using test::EditorScreen;
using testing::HasSubstr;
namespace fs = std::filesystem;

/// Noise (1), Grade (2) and the Output (3), a Curve (4) and a Gradient Map (5) beside them.
Graph patch_for_keys() {
    Graph graph;
    const auto at = [](int x, int y) { return nlohmann::json{{"x", x}, {"y", y}}; };
    graph.nodes[1] = {.type = "image.noise", .params = {{"width", 64}, {"height", 64}}, .fields = at(0, 0)};
    graph.nodes[2] = {.type = "image.grade", .fields = at(240, 0)};
    graph.nodes[3] = {.type = "image.output", .fields = at(480, 0)};
    graph.nodes[4] = {.type = "control.curve", .fields = at(0, 320)};
    graph.nodes[5] = {.type = "image.gradient_map", .fields = at(240, 320)};
    graph.links[{2, "image"}] = {1, "image"};
    graph.links[{3, "image"}] = {2, "image"};
    return graph;
}

class EditorKeys : public test::EditorFixture {
protected:
    EditorKeys() { begin_on(patch_for_keys()); }
    void press(std::initializer_list<const char*> chords) {
        for (const char* chord : chords) screen_->press(chord);
    }
    /// The ring is on the inspector's first parameter: over the name and the switches.
    void go_to_first_parameter(NodeId node) {
        screen_->app().selection().only(node);
        press({"F6", "F6", "F6", "Down", "Down"});
    }
};

TEST_F(EditorKeys, APanelHasTheKeysUntilEscape) {
    const Graph before = graph();
    screen_->app().selection().only(2);
    press({"F6", "Down", "B", "M", "Tab", "Delete", "Escape"});
    screen_->frames(2);
    EXPECT_EQ(graph(), before) << "keys of the canvas were taken";
    EXPECT_FALSE(screen_->app().canvas().searching());
    press({"Escape", "B"});  // the first may have left a text field alone
    EXPECT_TRUE(graph().nodes.at(2).flag("bypass"));
    press({"F6", "Ctrl+Z"});
    EXPECT_EQ(graph(), before) << "undo is for every panel";
}

TEST_F(EditorKeys, WhatIsAddedByKeyStandsBesideTheActiveNodeOverNoneAndInSight) {
    screen_->move(-1, -1);
    double above = 320;  // the Gradient Map, below the Grade
    for (size_t added = 1; added <= 4; ++added) {
        screen_->app().selection().only(1);
        press({"Tab"});
        screen_->type("sharpen");
        press({"Enter"});
        screen_->frames(60);  // the view has moved
        ASSERT_EQ(graph().nodes.size(), 5 + added);
        const auto& [id, record] = *graph().nodes.rbegin();
        EXPECT_EQ(record.fields.at("x"), graph().nodes.at(6).fields.at("x"));
        EXPECT_GT(record.fields.at("y"), above + 160);
        above = record.fields.at("y");
        const auto seen = screen_->app().canvas().screen_of({id, ""});
        ASSERT_TRUE(seen.has_value());
        EXPECT_GT(seen->y, 60);  // the bars
        EXPECT_LT(seen->y, ImGui::GetIO().DisplaySize.y - screen_->app().preferences().bottom);
    }
}

TEST_F(EditorKeys, TheFocusedPanelHasAFrame) {
    screen_->move(-1, -1);
    const Picture8 without = screen_->shot();
    press({"F6", "F6", "F6"});
    screen_->frames(2);
    EXPECT_NE(screen_->shot(), without);
    press({"Shift+F6", "Shift+F6", "Shift+F6"});
    screen_->frames(4);
    EXPECT_FALSE(ImGui::GetIO().NavVisible) << "the canvas has no ring";
}

TEST_F(EditorKeys, ANumberIsHeldAndTyped) {
    go_to_first_parameter(2);
    press({"Space", "Right", "Right", "Shift+Left", "Space"});
    ASSERT_TRUE(param(2, "exposure").is_number());
    EXPECT_NEAR(param(2, "exposure").get<double>(), 0.38, 0.011);  // 2 - 0.1 hundredths of 20 stops
    EXPECT_EQ(steps(), 1u);
    press({"Space", "Up", "Escape"});
    EXPECT_NEAR(param(2, "exposure").get<double>(), 0.38, 0.011) << "Escape takes it back";
    screen_->press("Enter");
    screen_->frames(3);  // until the field has the keys
    screen_->type("1/4");
    screen_->press("Enter");
    EXPECT_EQ(param(2, "exposure"), 0.25);
    screen_->press("Backspace");
    EXPECT_TRUE(param(2, "exposure").is_null());
    press({"Ctrl+Z", "Ctrl+Z", "Ctrl+Z"});
    EXPECT_EQ(steps(), 0u);
}

TEST_F(EditorKeys, KeysOfACurveAreAddedMovedAndTakenAway) {
    go_to_first_parameter(4);
    press({"Space", "Insert", "Up", "Space"});
    const nlohmann::json added = param(4, "keys");
    ASSERT_EQ(added.size(), 3u);
    EXPECT_EQ(added[1]["at"], 2);
    EXPECT_GT(added[1]["value"].get<double>(), 0.5);
    EXPECT_EQ(steps(), 1u);
    press({"Space", "E", "Tab", "Delete", "Space"});
    ASSERT_EQ(param(4, "keys").size(), 2u);
    EXPECT_EQ(param(4, "keys")[1]["at"], 2);
    EXPECT_EQ(steps(), 2u);
    press({"Ctrl+Z", "Ctrl+Z"});
    EXPECT_TRUE(param(4, "keys").is_null());
}

TEST_F(EditorKeys, StopsOfAGradientAreAddedMovedAndTakenAway) {
    go_to_first_parameter(5);
    press({"Space", "Insert", "Right", "Space"});
    const nlohmann::json added = param(5, "stops");
    ASSERT_TRUE(added.is_array());
    const size_t count = added.size();
    ASSERT_GE(count, 3u);
    press({"Space", "Delete", "Space"});
    EXPECT_EQ(param(5, "stops").size(), count - 1);
    press({"Ctrl+Z", "Ctrl+Z"});
    EXPECT_TRUE(param(5, "stops").is_null());
}

TEST_F(EditorKeys, MenusAreWalked) {
    screen_->session().edit({SetParam{2, "exposure", 1}}, "Set exposure of Grade");
    press({"F7", "Right", "Down"});  // Edit; its first line is Undo
    screen_->frames(2);
    screen_->press("Enter");
    screen_->frames(2);
    EXPECT_TRUE(param(2, "exposure").is_null());
    screen_->app().selection().only(2);
    screen_->press("B");
    EXPECT_TRUE(graph().nodes.at(2).flag("bypass")) << "the canvas has the keys again";
}

TEST_F(EditorKeys, ANodesMenuOpensByKey) {
    screen_->app().selection().only(2);
    screen_->press("Shift+F10");
    screen_->frames(2);
    screen_->press("Enter");  // its first line
    screen_->frames(2);
    EXPECT_EQ(screen_->app().selection().viewed, 2);
}

TEST_F(EditorKeys, FoldedPanelsLeaveARail) {
    press({"F3", "F4"});
    EXPECT_EQ(screen_->app().preferences().left, 0);
    EXPECT_EQ(screen_->app().preferences().right, 0);
    screen_->click(14, 61);
    screen_->click(1280 - 14, 61);
    EXPECT_GT(screen_->app().preferences().left, 0);
    EXPECT_GT(screen_->app().preferences().right, 0);
}

TEST_F(EditorKeys, TextHasItsNewSizeAtOnce) {
    const float before = ImGui::GetIO().FontDefault->FontSize;
    press({"Ctrl+=", "Ctrl+=", "Ctrl+="});
    screen_->frames(2);
    EXPECT_GT(ImGui::GetIO().FontDefault->FontSize, before);
    screen_->shot();  // with the new letters, under the validation layers
    press({"Ctrl+-", "Ctrl+-", "Ctrl+-"});
    screen_->frames(2);
    EXPECT_EQ(ImGui::GetIO().FontDefault->FontSize, before);
}

TEST_F(EditorKeys, TheTimeFromAnEditToItsPictureIsKnown) {
    App& app = screen_->app();
    screen_->session().edit({SetParam{2, "exposure", 1}}, "Set exposure of Grade");
    ASSERT_TRUE(screen_->until([&] {
        app.due(0);
        return !app.edit_delays().empty();
    }));
    EXPECT_GT(app.edit_delays().back(), 0);
    EXPECT_LT(app.edit_delays().back(), 20'000);
    const size_t known = app.edit_delays().size();
    screen_->session().edit({SetField{2, "name", "Light"}}, "Rename");
    for (int i = 0; i < 20; ++i) {
        screen_->frames();
        app.due(0);
    }
    EXPECT_EQ(app.edit_delays().size(), known) << "a name is no value";
}

TEST_F(EditorKeys, ARecordingHasTheFormThatIsChosen) {
    const auto is_pictures = [](const RecordForm& form) { return form.ending == std::string_view(".png"); };
    screen_->app().preferences().record_form = static_cast<int>(
        std::find_if(record_forms.begin(), record_forms.end(), is_pictures) - record_forms.begin());
    screen_->session().play(true);
    screen_->press("Ctrl+R");
    screen_->frames(30);
    screen_->press("Ctrl+R");
    const auto said = [&] {
        const auto& notes = screen_->session().notes();
        return std::any_of(notes.begin(), notes.end(),
                           [](const Note& note) { return note.text.starts_with("recorded "); });
    };
    ASSERT_TRUE(screen_->until(said, 60));
    size_t pictures = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path()))
        pictures += entry.path().extension() == ".png" ? 1 : 0;
    EXPECT_GT(pictures, 0u);
}

/// As the program does with --safe, before its first frame.
TEST_F(EditorKeys, SafeModeLeavesAJournalWhereItIs) {
    screen_->session().edit({SetParam{2, "exposure", 3}}, "Set exposure of Grade");
    ASSERT_TRUE(screen_->session().workspace().flush());
    screen_.reset();  // as a kill does
    {
        Gpu gpu("software");
        ImGui::CreateContext();
        {
            App app({.patch = path_, .safe = true, .remember = false}, gpu, {});
            EXPECT_FALSE(app.session().graph().nodes.at(2).params.contains("exposure"));
            const auto& notes = app.session().notes();
            ASSERT_FALSE(notes.empty());
            EXPECT_THAT(notes.back().text, HasSubstr("--safe"));
            EXPECT_EQ(app.session().folder(), folder_.path().string());
        }
        ImGui::DestroyContext();
    }
    begin({.patch = path_});
    EXPECT_EQ(param(2, "exposure"), 3) << "the journal was taken up, or is gone";
}

}  // namespace
}  // namespace gan
