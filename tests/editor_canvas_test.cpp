// What the mouse does on the canvas, and the keys that find, connect and frame.

#include "nodes/builtin.h"
#include "runtime/graph/patch.h"
#include "tests/editor_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <imgui_internal.h>

#include <cmath>
#include <initializer_list>
#include <set>

namespace gan {
namespace {

using test::EditorScreen;
using testing::HasSubstr;

/// Noise (1), Grade (2) and the Output (3) in a row, an LFO (4) and a Blur (5) below: two links, and room.
Graph canvas_patch() {
    Graph graph;
    const auto at = [](int x, int y) { return nlohmann::json{{"x", x}, {"y", y}}; };
    graph.nodes[1] = {.type = "image.noise", .params = {{"width", 64}, {"height", 64}}, .fields = at(0, 0)};
    graph.nodes[2] = {.type = "image.grade", .fields = at(320, 0)};
    graph.nodes[3] = {.type = "image.output", .fields = at(640, 0)};
    graph.nodes[4] = {.type = "control.lfo", .fields = at(0, 416)};
    graph.nodes[5] = {.type = "image.blur", .fields = at(320, 416)};
    graph.links[{2, "image"}] = {1, "image"};
    graph.links[{3, "image"}] = {2, "image"};
    return graph;
}

/// The same with the LFO on the Grade's exposure.
Graph canvas_patch_with_a_number() {
    Graph graph = canvas_patch();
    graph.links[{2, "exposure"}] = {4, "value"};
    return graph;
}

/// The sum of a pixel's channels.
int light_at(const Picture8& picture, const ImVec2& place) {
    const uint8_t* pixel = picture.row(static_cast<int>(place.y)) + 3 * static_cast<int>(place.x);
    return pixel[0] + pixel[1] + pixel[2];
}

class EditorCanvasTest : public test::EditorFixture {
protected:
    void open(const Graph& patch = canvas_patch()) {
        begin_on(patch, {.height = height, .draw = false});
        before_ = graph();
    }

    Canvas& canvas() { return screen_->app().canvas(); }
    const std::set<NodeId>& selected() { return screen_->app().selection().nodes; }
    nlohmann::json field(NodeId node, const char* name) { return graph().nodes.at(node).fields.at(name); }
    NodeId only_new() { return EditorFixture::only_new(before_); }
    /// All that was done since the patch was opened is one step, and undoing it leaves nothing of it.
    void expect_one_step() {
        EXPECT_EQ(steps(), 1u);
        screen_->press("Ctrl+Z");
        EXPECT_EQ(graph(), before_);
    }

    /// Where a place of the canvas is on screen: the Output stands at (640, 0), its input is at (640, 36).
    ImVec2 at(float x, float y) {
        const ImVec2 input = port(3, "image");
        const auto zoom = static_cast<float>(canvas().zoom());
        return {input.x + (x - 640) * zoom, input.y + (y - 36) * zoom};
    }
    /// The lower right corner of the canvas on screen: panels are beside it and below.
    ImVec2 corner() {
        const Preferences& preferences = screen_->app().preferences();
        return {1280 - preferences.right - 3, height - preferences.bottom};
    }
    bool in_sight(const ImVec2& place) {
        const float left = screen_->app().preferences().left + 3;
        return place.x > left && place.y > 60 && place.x < corner().x && place.y < corner().y;
    }

    void click(const ImVec2& place) { screen_->click(place.x, place.y); }
    void drag(const ImVec2& from, const ImVec2& to, int which = 0) {
        screen_->drag(from.x, from.y, to.x, to.y, which);
    }
    /// With the left button down from the first place to the last.
    void drag_through(std::initializer_list<ImVec2> places) {
        screen_->move(places.begin()->x, places.begin()->y);
        screen_->button(0, true);
        for (const ImVec2& place : places) screen_->move(place.x, place.y);
        screen_->button(0, false);
    }
    /// So that the Output is out of sight.
    void zoom_to_the_noise() {
        const ImVec2 place = at(80, 100);
        screen_->move(place.x, place.y);
        screen_->wheel(5);
        screen_->frames(12);  // until the view stands still
        EXPECT_FALSE(in_sight(port(3, "image")));
        EXPECT_FALSE(in_sight(title(3)));
    }

    static constexpr int height = 900;
    Graph before_;
};

TEST_F(EditorCanvasTest, ABoxSelectsWhatItTouches) {
    open();
    drag(at(-20, -20), at(400, 20));
    EXPECT_EQ(selected(), (std::set<NodeId>{1, 2}));
    screen_->hold(false, true, false);
    drag(at(600, -20), at(700, 20));
    EXPECT_EQ(selected(), (std::set<NodeId>{1, 2, 3})) << "Shift adds";
    screen_->hold(true, false, false);
    drag(at(280, -20), at(420, 20));
    EXPECT_EQ(selected(), (std::set<NodeId>{1, 3})) << "Ctrl takes out what was selected";
    screen_->hold(false, false, false);
    drag(at(580, 480), at(620, 520));
    EXPECT_EQ(selected(), std::set<NodeId>{}) << "nothing was in it";
    EXPECT_EQ(graph(), before_);
    EXPECT_EQ(steps(), 0u);
}

TEST_F(EditorCanvasTest, ALassoSelectsWhatLiesInIt) {
    open();
    screen_->hold(false, false, true);
    drag_through({at(-20, 620), at(-20, 490), at(560, 120), at(640, -20), at(820, -20), at(820, 180)});
    screen_->hold(false, false, false);
    EXPECT_EQ(selected(), (std::set<NodeId>{3, 4})) << "a box from corner to corner would have all";
    EXPECT_EQ(graph(), before_);
}

TEST_F(EditorCanvasTest, ACutTakesEveryLinkThatItCrosses) {
    open(canvas_patch_with_a_number());
    screen_->hold(true, false, false);
    drag(at(260, -20), at(260, 480), 1);
    screen_->hold(false, false, false);
    EXPECT_EQ(graph().links.size(), 1u);
    EXPECT_TRUE(graph().links.contains({3, "image"})) << "this one it does not cross";
    expect_one_step();
}

TEST_F(EditorCanvasTest, ADoubleClickOnAWireAddsAReroute) {
    open();
    const ImVec2 wire = at(590, 36);
    screen_->double_click(wire.x, wire.y);
    const NodeId added = only_new();
    ASSERT_NE(added, 0);
    EXPECT_EQ(graph().nodes.at(added).type, reroute_type);
    EXPECT_NEAR(field(added, "x").get<double>(), 584, 8);  // its middle is on the wire
    EXPECT_NEAR(field(added, "y").get<double>(), 30, 8);
    ASSERT_EQ(graph().links.size(), 3u);
    EXPECT_EQ(graph().links.at({added, "in"}), (PortRef{2, "image"}));
    EXPECT_EQ(graph().links.at({3, "image"}), (PortRef{added, "out"}));
    expect_one_step();
}

TEST_F(EditorCanvasTest, ANodeDroppedOnAWireIsPutIntoIt) {
    open();
    drag(title(5), at(590, 36));
    ASSERT_EQ(graph().links.size(), 3u);
    EXPECT_EQ(graph().links.at({5, "image"}), (PortRef{2, "image"}));
    EXPECT_EQ(graph().links.at({3, "image"}), (PortRef{5, "image"}));
    EXPECT_LT(field(5, "y").get<double>(), 100);
    expect_one_step();
}

TEST_F(EditorCanvasTest, AltTakesANodeOutAndHealsItsWire) {
    open(canvas_patch_with_a_number());
    screen_->hold(false, false, true);
    drag(title(2), at(640, 480));
    screen_->hold(false, false, false);
    ASSERT_EQ(graph().links.size(), 1u);
    EXPECT_EQ(graph().links.at({3, "image"}), (PortRef{1, "image"}));
    EXPECT_GT(field(2, "y").get<double>(), 400);
    expect_one_step();
}

TEST_F(EditorCanvasTest, EscapeTakesADragBack) {
    open();
    const ImVec2 from = title(2);
    const ImVec2 to = at(640, 480);
    for (const bool alt : {false, true}) {
        screen_->hold(false, false, alt);
        screen_->move(from.x, from.y);
        screen_->button(0, true);
        screen_->move(to.x, to.y);
        screen_->frames(2);
        EXPECT_GT(title(2).y, from.y + 100) << "it follows the mouse";
        EXPECT_EQ(graph().links.contains({2, "image"}), !alt);
        screen_->press("Escape");
        screen_->button(0, false);
        EXPECT_EQ(graph(), before_);
        EXPECT_EQ(steps(), 0u);
        EXPECT_NEAR(title(2).y, from.y, 1);
        screen_->frames(60);  // else the next press makes a double click
    }
}

TEST_F(EditorCanvasTest, AFrameMovesWithWhatLiesInIt) {
    open();
    drag(at(-20, -20), at(400, 20));
    screen_->press("Ctrl+Shift+F");
    screen_->frames(3);
    screen_->press("Enter");  // its name, which is offered at once
    screen_->frames(3);
    const NodeId frame = only_new();
    ASSERT_NE(frame, 0);
    EXPECT_EQ(graph().nodes.at(frame).type, frame_type);
    EXPECT_EQ(steps(), 1u);
    const Graph framed = graph();
    drag(at(240, -36), at(320, 28));  // by its title, above the nodes
    EXPECT_EQ(field(1, "x"), 80);
    EXPECT_EQ(field(1, "y"), 64);
    EXPECT_EQ(field(2, "x"), 400);
    EXPECT_EQ(field(2, "y"), 64);
    for (NodeId outside : {3, 4, 5}) EXPECT_EQ(graph().nodes.at(outside), before_.nodes.at(outside));
    EXPECT_EQ(field(frame, "y").get<int>() - framed.nodes.at(frame).fields.at("y").get<int>(), 64);
    EXPECT_EQ(steps(), 2u);
    screen_->press("Ctrl+Z");
    EXPECT_EQ(graph(), framed);
    screen_->press("Ctrl+Z");
    EXPECT_EQ(graph(), before_);
}

TEST_F(EditorCanvasTest, ANoteKeepsWhatIsTyped) {
    open();
    const ImVec2 place = at(640, 320);
    screen_->move(place.x, place.y);
    screen_->press("Ctrl+Shift+N");
    screen_->frames(3);  // until its field has the keys
    screen_->type("it glows");
    click(at(600, 600));
    screen_->frames(3);
    EXPECT_FALSE(canvas().searching()) << "its field is still open";
    const NodeId note = only_new();
    ASSERT_NE(note, 0);
    EXPECT_EQ(graph().nodes.at(note).type, note_type);
    EXPECT_EQ(field(note, "text").get<std::string>(), "it glows");
    EXPECT_NEAR(field(note, "x").get<double>(), 640, 8);
    screen_->press("Ctrl+S");
    const Graph saved = load_patch(path_, builtin_nodes()).graph;
    ASSERT_TRUE(saved.nodes.contains(note));
    EXPECT_EQ(saved.nodes.at(note).fields.at("text").get<std::string>(), "it glows");
    screen_->press("Ctrl+Z");
    EXPECT_EQ(field(note, "text").get<std::string>(), "");
    screen_->press("Ctrl+Z");
    EXPECT_EQ(graph(), before_);
}

TEST_F(EditorCanvasTest, AClickOnTheMinimapMovesTheView) {
    open();
    zoom_to_the_noise();
    const double zoom = canvas().zoom();
    click({corner().x - 30, corner().y - 110});  // the upper right of the map, where the Output is
    screen_->frames(2);
    EXPECT_TRUE(in_sight(title(3)));
    EXPECT_FALSE(in_sight(title(4)));
    EXPECT_NEAR(canvas().zoom(), zoom, 1e-4);
    EXPECT_EQ(steps(), 0u);
}

TEST_F(EditorCanvasTest, FindGoesToANode) {
    open();
    zoom_to_the_noise();
    screen_->press("Ctrl+F");
    screen_->frames(3);  // until its field has the keys
    screen_->type("output");
    screen_->press("Enter");
    screen_->frames(12);  // until the view stands still
    EXPECT_EQ(selected(), std::set<NodeId>{3});
    EXPECT_TRUE(in_sight(port(3, "image")));
    EXPECT_TRUE(in_sight(title(3)));
    EXPECT_EQ(graph(), before_);
}

TEST_F(EditorCanvasTest, NodesAreConnectedByName) {
    open();
    click(title(4));
    screen_->press("C");
    screen_->frames(3);  // until its field has the keys
    screen_->type("grade");
    screen_->press("Enter");
    screen_->frames(3);
    ASSERT_TRUE(canvas().searching()) << "several inputs fit, and are offered";
    screen_->type("hue");
    screen_->press("Enter");
    screen_->frames(3);
    EXPECT_FALSE(canvas().searching());
    ASSERT_TRUE(graph().links.contains({2, "hue"}));
    EXPECT_EQ(graph().links.at({2, "hue"}), (PortRef{4, "value"}));
    expect_one_step();
}

TEST_F(EditorCanvasTest, TheMiddleButtonPans) {
    open();
    const ImVec2 before = title(2);
    const double zoom = canvas().zoom();
    screen_->drag(600, 400, 500, 330, 2);
    EXPECT_NEAR(title(2).x - before.x, -100, 1);
    EXPECT_NEAR(title(2).y - before.y, -70, 1);
    EXPECT_EQ(canvas().zoom(), zoom);
    EXPECT_EQ(graph(), before_);
}

TEST_F(EditorCanvasTest, TheWheelZoomsAboutTheMouse) {
    open();
    const ImVec2 under = title(2);
    const float away = title(5).y - under.y;
    const double zoom = canvas().zoom();
    screen_->move(under.x, under.y);
    screen_->wheel(3);
    screen_->frames(12);  // until the view stands still
    EXPECT_NEAR(canvas().zoom(), zoom * std::pow(1.18, 3), 0.01);
    EXPECT_NEAR(title(2).x, under.x, 1);
    EXPECT_NEAR(title(2).y, under.y, 1);
    EXPECT_GT(title(5).y - title(2).y, 1.5f * away);
    screen_->wheel(-3);
    screen_->frames(12);
    EXPECT_NEAR(canvas().zoom(), zoom, 0.01);
    EXPECT_NEAR(title(5).y - title(2).y, away, 1);
}

TEST_F(EditorCanvasTest, APortThatDoesNotFitSaysWhy) {
    open();
    const ImVec2 from = port(4, "value");
    const ImVec2 to = port(3, "image");
    screen_->move(from.x, from.y);
    screen_->button(0, true);
    screen_->move(to.x, to.y);
    screen_->frames(2);
    const ImGuiWindow* tooltip = ImGui::FindWindowByName("##Tooltip_00");
    ASSERT_NE(tooltip, nullptr);
    EXPECT_TRUE(tooltip->Active) << "it says so while the link is held there";
    screen_->button(0, false);
    ASSERT_FALSE(screen_->session().notes().empty());
    EXPECT_THAT(screen_->session().notes().back().text, HasSubstr("link two of the same type"));
    EXPECT_FALSE(canvas().searching());
    EXPECT_EQ(graph(), before_);
}

TEST_F(EditorCanvasTest, PortsThatDoNotFitFadeWhileALinkIsDragged) {
    open(canvas_patch_with_a_number());
    screen_->frames(60);  // until what was moving has come to rest
    const ImVec2 fits = port(2, "exposure");
    const ImVec2 other = port(3, "image");
    const Picture8 before = screen_->shot();
    const ImVec2 from = port(4, "value");
    const ImVec2 to = at(590, 330);  // where nothing is
    screen_->move(from.x, from.y);
    screen_->button(0, true);
    screen_->move(to.x, to.y);
    screen_->frames(2);
    const Picture8 dragged = screen_->shot();
    EXPECT_LT(light_at(dragged, other), 0.85 * light_at(before, other));
    EXPECT_NEAR(light_at(dragged, fits), light_at(before, fits), 30);
    screen_->press("Escape");
    screen_->button(0, false);
    EXPECT_FALSE(canvas().searching()) << "Escape gave the link up";
    screen_->move(-1, -1);
    screen_->frames(2);
    EXPECT_NEAR(light_at(screen_->shot(), other), light_at(before, other), 30);
    EXPECT_EQ(graph(), before_);
}

TEST_F(EditorCanvasTest, AGroupIsEnteredByADoubleClick) {
    open();
    drag(at(-20, -20), at(400, 20));
    screen_->press("Ctrl+G");
    screen_->frames(3);
    screen_->press("Enter");  // its name, which is offered at once
    screen_->frames(3);
    const NodeId group = only_new();
    ASSERT_NE(group, 0);
    EXPECT_FALSE(canvas().screen_of({2, ""}).has_value()) << "what is in it is not seen from outside";
    EXPECT_EQ(graph().links.at({3, "image"}).node, group);
    const ImVec2 name = title(group);
    screen_->double_click(name.x, name.y + 60 * static_cast<float>(canvas().zoom()));  // below its name
    screen_->frames(3);
    EXPECT_EQ(screen_->app().selection().inside, group);
    EXPECT_TRUE(canvas().screen_of({2, ""}).has_value());
    EXPECT_FALSE(canvas().screen_of({3, ""}).has_value());
    screen_->move(-1, -1);
    screen_->press("Backspace");
    screen_->frames(2);
    EXPECT_EQ(screen_->app().selection().inside, 0);
    EXPECT_EQ(selected(), std::set<NodeId>{group}) << "one sees where one was";
    expect_one_step();
}

TEST_F(EditorCanvasTest, MoreShowsEveryParameterOfANode) {
    open();
    EXPECT_LT(port(2, "gain").y, port(2, "hue").y) << "it has a row of its own";
    click(at(400, 136));  // below the first four
    screen_->frames(2);
    EXPECT_GT(port(2, "gain").y, port(2, "hue").y);
    click(at(400, 236));  // below all nine
    screen_->frames(2);
    EXPECT_LT(port(2, "gain").y, port(2, "hue").y);
    EXPECT_EQ(graph(), before_);
    EXPECT_EQ(steps(), 0u);
}

}  // namespace
}  // namespace gan
