// What a person does in the panels, and recognises: by the mouse where there is a widget for it, by keys
// where those are the shorter way.

#include "nodes/builtin.h"
#include "runtime/graph/patch.h"
#include "runtime/picture/png.h"
#include "tests/editor_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <numbers>

namespace gan {
namespace {

using test::EditorScreen;
using testing::HasSubstr;
namespace fs = std::filesystem;

/// Noise (1), Grade (2) and the Output (3).
Graph patch_for_panels() {
    Graph graph;
    const auto at = [](int x, int y) { return nlohmann::json{{"x", x}, {"y", y}}; };
    graph.nodes[1] = {.type = "image.noise", .params = {{"width", 64}, {"height", 64}}, .fields = at(0, 0)};
    graph.nodes[2] = {.type = "image.grade", .fields = at(240, 0)};
    graph.nodes[3] = {.type = "image.output", .fields = at(480, 0)};
    graph.links[{2, "image"}] = {1, "image"};
    graph.links[{3, "image"}] = {2, "image"};
    return graph;
}

// ImGui's id of a word or a number under another id.
ImGuiID id_under(ImGuiID id, const char* word) {
    return ImHashStr(word, 0, id);
}
ImGuiID id_under(ImGuiID id, const std::string& word) {
    return ImHashStr(word.c_str(), 0, id);
}
ImGuiID id_under(ImGuiID id, int number) {
    return ImHashData(&number, sizeof(number), id);
}

/// A window that the last frame drew, by the name that the window, child or popup was begun with; or null.
ImGuiWindow* window_named(const std::string& name) {
    constexpr size_t id_digits = 9;  // "_1A2B3C4D" behind the names of children and popups
    for (ImGuiWindow* window : ImGui::GetCurrentContext()->Windows) {
        const std::string path = window->Name;  // "editor/bottom_1A2B3C4D/tab_5E6F7A8B"
        const std::string last = path.substr(path.rfind('/') + 1);
        const bool numbered = last.starts_with(name + "_") && last.size() == name.size() + id_digits;
        if (window->Active && (last == name || numbered)) return window;
    }
    return nullptr;
}

/// What each frame writes on the screen while this lives, as ImGui logs it: until the first tooltip or popup,
/// of which there is to be none.
class WrittenText {
public:
    WrittenText() {
        ImGuiContextHook hook;
        hook.Type = ImGuiContextHookType_NewFramePost;
        hook.Callback = [](ImGuiContext*, ImGuiContextHook*) { ImGui::LogToClipboard(0); };
        hook_ = ImGui::AddContextHook(ImGui::GetCurrentContext(), &hook);
    }
    ~WrittenText() { ImGui::RemoveContextHook(ImGui::GetCurrentContext(), hook_); }
    WrittenText(const WrittenText&) = delete;
    WrittenText& operator=(const WrittenText&) = delete;
    static std::string text() { return ImGui::GetClipboardText(); }

private:
    ImGuiID hook_ = 0;
};

class EditorPanels : public test::EditorFixture {
protected:
    /// High, so that no panel has to be scrolled.
    void open(const Graph& graph = patch_for_panels()) { begin_on(graph, {.height = 1400, .draw = false}); }
    /// An Image File (1) and the Output (3), which shows red beside green, above blue beside white.
    void open_picture() {
        write_png(folder_ / "four.png", Picture8{2, 2, 3, {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255}},
                  {});
        Graph graph;
        graph.nodes[1] = {.type = "image.file", .params = {{"path", "four.png"}}};
        graph.nodes[3] = {.type = "image.output", .fields = {{"x", 240}, {"y", 0}}};
        graph.links[{3, "image"}] = {1, "image"};
        open(graph);
        EXPECT_TRUE(screen_->until([&] { return screen_->session().shown()->picture != nullptr; }));
        screen_->settle();
    }
    std::string key_of(const char* command) { return text_of(screen_->app().commands().key_of(command)); }
    void inspect(NodeId node) {
        screen_->app().selection().only(node);
        screen_->frames(3);
    }
    void show_tab(int tab) {
        screen_->app().preferences().bottom_tab = tab;
        screen_->frames(3);
    }

    /// Whether a widget is drawn, by the window that it is in and the ids that it has there. ImGui tells it,
    /// and the place, of the widget that has the ring: it gets that.
    template <class... Words>
    bool is_drawn(const char* window, const Words&... words) {
        ImGuiContext& context = *ImGui::GetCurrentContext();
        ImGuiWindow* const found = window_named(window);
        if (found == nullptr) return false;
        ring_ = found->ID;
        ((ring_ = id_under(ring_, words)), ...);
        context.NavWindow = found;
        context.NavId = ring_;
        screen_->frames();
        return context.NavId == ring_ && context.NavIdIsAlive;
    }
    /// Moves the mouse onto it, and returns where it is.
    template <class... Words>
    ImRect point_at(const char* window, const Words&... words) {
        const bool drawn = is_drawn(window, words...);
        EXPECT_TRUE(drawn) << "there is no such widget in " << window;
        if (!drawn) return {};
        const ImGuiContext& context = *ImGui::GetCurrentContext();
        const ImRect area =
            ImGui::WindowRectRelToAbs(context.NavWindow, context.NavWindow->NavRectRel[context.NavLayer]);
        const ImVec2 middle = area.GetCenter();
        screen_->move(middle.x + 1, middle.y);
        screen_->move(middle.x, middle.y);
        EXPECT_EQ(context.HoveredId, ring_) << "the mouse cannot reach it in " << window;
        return area;
    }
    template <class... Words>
    void click_on(const char* window, const Words&... words) {
        const ImVec2 at = point_at(window, words...).GetCenter();
        screen_->click(at.x, at.y);
        screen_->frames(3);  // until what it opens has its size, and a field the keys
    }
    template <class... Words>
    void right_click_on(const char* window, const Words&... words) {
        const ImVec2 at = point_at(window, words...).GetCenter();
        screen_->click(at.x, at.y, 1);
        screen_->frames(3);
    }
    template <class... Words>
    void double_click_on(const char* window, const Words&... words) {
        const ImVec2 at = point_at(window, words...).GetCenter();
        screen_->frames(30);  // else a click before is one of the two
        screen_->double_click(at.x, at.y);
        screen_->frames(3);
    }
    /// Into the field that has the keys, or will.
    void type_and_enter(const std::string& text) {
        EXPECT_TRUE(screen_->until([] { return ImGui::GetIO().WantTextInput; }, 5)) << "no field is open";
        screen_->press("Ctrl+A");
        screen_->type(text);
        screen_->press("Enter");
        screen_->frames(2);
    }

    ImGuiID ring_ = 0;
};

TEST_F(EditorPanels, AParameterBecomesADialThatTurnsIt) {
    open();
    inspect(2);
    right_click_on("inspector", "node 2", "exposure", "number", "##number");
    click_on("##Popup", "Expose as a dial");
    ASSERT_TRUE(graph().nodes.at(2).fields.contains("exposed"));
    EXPECT_EQ(graph().nodes.at(2).fields.at("exposed").at("exposure").at("name"), "exposure");
    EXPECT_EQ(steps(), 1u);
    const ImageRef before = screen_->session().shown()->picture;
    const ImVec2 dial = point_at("tab", "2.exposure", "dial", "##number").GetCenter();
    screen_->drag(dial.x, dial.y, dial.x + 24, dial.y - 24);
    ASSERT_TRUE(param(2, "exposure").is_number());
    EXPECT_NEAR(param(2, "exposure").get<double>(), 4, 0.01);  // 48 of 240 px over 20 stops
    EXPECT_EQ(steps(), 2u);
    EXPECT_TRUE(screen_->until([&] { return screen_->session().shown()->picture != before; }));
    screen_->press("Ctrl+Z");
    EXPECT_TRUE(param(2, "exposure").is_null());
    EXPECT_TRUE(graph().nodes.at(2).fields.contains("exposed"));
}

TEST_F(EditorPanels, AStepOfTheHistoryIsGoneTo) {
    open();
    for (const int stops : {1, 2, 3})
        screen_->session().edit({SetParam{2, "exposure", stops}}, "Set exposure of Grade");
    show_tab(1);
    click_on("steps", 1, "##step");
    EXPECT_EQ(param(2, "exposure"), 1);
    EXPECT_EQ(steps(), 1u);
    click_on("steps", 3, "##step");
    EXPECT_EQ(param(2, "exposure"), 3) << "what was undone is done again";
    EXPECT_EQ(steps(), 3u);
}

TEST_F(EditorPanels, AStepOfTheHistoryIsGoneToByKey) {
    open();
    for (const int stops : {1, 2, 3})
        screen_->session().edit({SetParam{2, "exposure", stops}}, "Set exposure of Grade");
    show_tab(1);
    for (int panel = 0; panel < 4; ++panel) screen_->press("F6");  // to the lower one
    screen_->frames(3);
    ASSERT_TRUE(is_drawn("steps", 0, "##step"));
    screen_->press("Enter");
    screen_->frames(2);
    EXPECT_TRUE(param(2, "exposure").is_null()) << "as it was opened";
    EXPECT_EQ(steps(), 0u);
}

TEST_F(EditorPanels, AnErrorInTheLogLeadsToItsNode) {
    Graph graph = patch_for_panels();
    graph.nodes[5] = {
        .type = "image.file", .params = {{"path", "missing.png"}}, .fields = {{"x", 4000}, {"y", 0}}};
    graph.links[{3, "image"}] = {5, "image"};
    open(graph);
    show_tab(2);
    ASSERT_TRUE(screen_->until([&] {
        const NodeShown* file = screen_->session().shown()->find(5);
        return file != nullptr && !file->error.empty();
    }));
    const auto from_middle = [&] {
        const ImGuiWindow* canvas = window_named("canvas");
        const auto title = screen_->app().canvas().screen_of({5, ""});
        return canvas == nullptr || !title ? 1e9f : std::abs(title->x - (canvas->Pos.x + canvas->Size.x / 2));
    };
    EXPECT_GT(from_middle(), 200);
    click_on("log", 5, "##node");
    screen_->frames(30);  // the view gets there
    EXPECT_EQ(screen_->app().selection().active, 5);
    EXPECT_EQ(screen_->app().selection().nodes, std::set<NodeId>{5});
    EXPECT_LT(from_middle(), 2);
}

TEST_F(EditorPanels, AKeyIsBoundInTheOverviewAndRunsItsCommand) {
    open();
    screen_->press("F1");
    screen_->frames(3);
    click_on("tools", "search", "##search");
    screen_->type("bypass");
    screen_->frames(2);
    click_on("Keys", "keys", "edit.bypass", "###key");
    screen_->press("K");
    EXPECT_EQ(key_of("edit.bypass"), "K");
    screen_->press("F1");
    screen_->frames(3);
    screen_->app().selection().only(2);
    screen_->press("B");
    EXPECT_FALSE(graph().nodes.at(2).flag("bypass")) << "the old key is free";
    screen_->press("K");
    EXPECT_TRUE(graph().nodes.at(2).flag("bypass"));
}

TEST_F(EditorPanels, AKeyThatAnotherCommandHasIsSwappedWhenAPersonSaysSo) {
    open();
    screen_->press("F1");
    screen_->frames(3);
    click_on("Keys", "keys", "edit.bypass", "###key");
    screen_->press("M");
    screen_->frames(2);
    EXPECT_EQ(key_of("edit.bypass"), "B") << "it is asked first";
    EXPECT_EQ(key_of("edit.mute"), "M");
    click_on("Keys", "Swap");
    EXPECT_EQ(key_of("edit.bypass"), "M");
    EXPECT_EQ(key_of("edit.mute"), "B");
}

TEST_F(EditorPanels, AClassIsFoundByItsName) {
    Graph graph;
    const std::string model = (fs::path(GAN_ASSETS) / "models" / "textures-64.safetensors").string();
    graph.nodes[1] = {.type = "model.load", .params = {{"path", model}}};
    graph.nodes[2] = {.type = "class.embed", .fields = {{"x", 240}, {"y", 0}}};
    open(graph);
    inspect(2);
    ASSERT_TRUE(screen_->until(
        [&] {
            const OutputShown* output = screen_->session().shown()->find({1, "model"});
            const auto* loaded = output == nullptr ? nullptr : std::get_if<ModelRef>(&output->value);
            return loaded != nullptr && *loaded != nullptr;
        },
        60));
    click_on("inspector", "node 2", "class", "pick", "…");
    type_and_enter("moss");
    EXPECT_EQ(param(2, "class"), "moss");
    EXPECT_EQ(steps(), 1u);
    // On its dial, too.
    const nlohmann::json exposed = {{"class", {{"name", "Material"}}}};
    screen_->session().edit({SetField{2, "exposed", exposed}}, "Expose class");
    screen_->frames(2);
    click_on("tab", "2.class", "pick", "…");
    type_and_enter("lava");
    EXPECT_EQ(param(2, "class"), "lava");
    EXPECT_EQ(steps(), 3u);
}

TEST_F(EditorPanels, AFileIsChosenFromThePatchsFolder) {
    write_png(folder_ / "plain.png", Picture8{2, 2, 3, std::vector<uint8_t>(12)}, {});
    write_png(folder_ / "other.png", Picture8{2, 2, 3, std::vector<uint8_t>(12)}, {});
    Graph graph;
    graph.nodes[1] = {.type = "image.file"};
    graph.nodes[3] = {.type = "image.output", .fields = {{"x", 240}, {"y", 0}}};
    graph.links[{3, "image"}] = {1, "image"};
    open(graph);
    inspect(1);
    click_on("inspector", "node 1", "path", "file", "…");
    type_and_enter("plai");
    EXPECT_EQ(param(1, "path"), "plain.png");
    EXPECT_EQ(steps(), 1u);
    EXPECT_TRUE(screen_->until([&] { return screen_->session().shown()->picture != nullptr; }));
}

TEST_F(EditorPanels, ADieGivesAnotherSeedAndAnArrowTheOneBefore) {
    open();
    inspect(1);
    click_on("inspector", "node 1", "seed", "##roll");
    const nlohmann::json rolled = param(1, "seed");
    ASSERT_TRUE(rolled.is_number_integer());
    EXPECT_NE(rolled, 1);  // once in a million
    click_on("inspector", "node 1", "seed", "##back");
    EXPECT_EQ(param(1, "seed"), 1);
    click_on("inspector", "node 1", "seed", "##forward");
    EXPECT_EQ(param(1, "seed"), rolled);
    EXPECT_EQ(steps(), 3u);
}

TEST_F(EditorPanels, AnExpressionIsTypedAndKeptWithinTheRange) {
    open();
    inspect(2);
    double_click_on("inspector", "node 2", "exposure", "number", "##number");
    type_and_enter("2*pi");
    ASSERT_TRUE(param(2, "exposure").is_number());
    EXPECT_NEAR(param(2, "exposure").get<double>(), 2 * std::numbers::pi, 1e-6);
    double_click_on("inspector", "node 2", "exposure", "number", "##number");
    type_and_enter("1000 stops");
    EXPECT_EQ(param(2, "exposure"), 10);
    double_click_on("inspector", "node 2", "exposure", "number", "##number");
    type_and_enter("a lot");
    EXPECT_EQ(param(2, "exposure"), 10) << "it is no number";
    screen_->press("Escape");
    screen_->frames(3);
    EXPECT_EQ(param(2, "exposure"), 10);
    EXPECT_EQ(steps(), 2u);
}

TEST_F(EditorPanels, AModelIsDraggedIntoTheCanvas) {
    const fs::path model = fs::canonical(folder_.path()) / "random-64.safetensors";
    fs::copy_file(fs::path(GAN_ASSETS) / "models" / "random-64.safetensors", model);
    open();
    const Graph before = graph();
    ASSERT_TRUE(screen_->until([&] { return is_drawn("parts", model.string(), "##model"); }));
    const ImVec2 from = point_at("parts", model.string(), "##model").GetCenter();
    const ImGuiWindow* canvas = window_named("canvas");
    ASSERT_NE(canvas, nullptr);
    screen_->drag(from.x, from.y, canvas->Pos.x + canvas->Size.x / 2, canvas->Pos.y + canvas->Size.y * 0.75f);
    screen_->frames(2);
    const NodeId made = screen_->app().selection().active;
    ASSERT_TRUE(graph().nodes.contains(made) && !before.nodes.contains(made));
    EXPECT_EQ(graph().nodes.at(made).type, "model.load");
    EXPECT_EQ(param(made, "path"), "random-64.safetensors") << "from the patch's folder";
    // With Sampler, Truncation, Class and Generator; there is an Output.
    EXPECT_EQ(graph().nodes.size(), before.nodes.size() + 5);
    EXPECT_EQ(graph().links.size(), before.links.size() + 4);
    EXPECT_EQ(steps(), 1u);
}

TEST_F(EditorPanels, ThePreviewShowsAChannelAloneAndNineCopies) {
    using Colour = std::array<int, 3>;
    constexpr Colour red{255, 0, 0}, green{0, 255, 0}, blue{0, 0, 255}, white{255, 255, 255}, black{0, 0, 0};
    open_picture();
    const ImRect area = point_at("preview", "picture");
    const ImVec2 middle = area.GetCenter();
    const float side = std::min(area.GetWidth(), area.GetHeight());  // of the square that it is shown in
    const auto seen = [&] {
        screen_->move(-1, -1);
        screen_->frames(3);  // until no tooltip is left
        const Picture8 shot = screen_->shot();
        const auto colour_at = [&](float across, float down) {
            const auto x = static_cast<size_t>(middle.x + across * side);
            const auto y = static_cast<size_t>(middle.y + down * side);
            const size_t first = 3 * (y * static_cast<size_t>(shot.width) + x);
            return Colour{shot.pixels.at(first), shot.pixels.at(first + 1), shot.pixels.at(first + 2)};
        };
        return std::vector<Colour>{colour_at(-0.25f, -0.25f), colour_at(0.25f, -0.25f),
                                   colour_at(0.25f, -0.08f)};
    };
    EXPECT_EQ(seen(), (std::vector<Colour>{red, green, green}));
    click_on("preview", "R");
    EXPECT_EQ(seen(), (std::vector<Colour>{white, black, black}));
    click_on("preview", "G");
    EXPECT_EQ(seen(), (std::vector<Colour>{black, white, white}));
    click_on("preview", "A");
    EXPECT_EQ(seen(), (std::vector<Colour>{white, white, white})) << "it is opaque";
    click_on("preview", "RGB");
    click_on("preview", "3x3");
    // A third of the size: in the second row and column of pixels, in the fifth column, and there in the
    // third row.
    EXPECT_EQ(seen(), (std::vector<Colour>{white, blue, red}));
    click_on("preview", "3x3");
    EXPECT_EQ(seen(), (std::vector<Colour>{red, green, green}));
}

TEST_F(EditorPanels, ThePixelUnderTheMouseIsWritten) {
    open_picture();
    const ImRect area = point_at("preview", "picture");
    const ImVec2 middle = area.GetCenter();
    const float quarter = std::min(area.GetWidth(), area.GetHeight()) / 4;
    const WrittenText written;
    const auto says = [&](float across, float down, const char* words) {
        screen_->move(middle.x + across, middle.y + down);
        return screen_->until([&] { return WrittenText::text().find(words) != std::string::npos; }, 10);
    };
    EXPECT_TRUE(says(-quarter, -quarter, "0, 0   1.000 0.000 0.000  #ff0000")) << WrittenText::text();
    EXPECT_TRUE(says(-quarter, quarter, "0, 1   0.000 0.000 1.000  #0000ff")) << WrittenText::text();
    EXPECT_TRUE(says(quarter, quarter, "1, 1   1.000 1.000 1.000  #ffffff")) << WrittenText::text();
}

TEST_F(EditorPanels, APatchFileThatIsDroppedIsOpened) {
    open();
    Graph other;
    other.nodes[7] = {.type = "image.noise", .params = {{"width", 32}, {"height", 32}}};
    const std::string path = (folder_ / "other.ganymede").string();
    save_patch(path, other);
    screen_->session().edit({SetParam{2, "exposure", 1}}, "Set exposure of Grade");
    screen_->drop(path);
    screen_->frames(3);
    screen_->press("Escape");  // what is unsaved was asked about
    screen_->frames(3);
    EXPECT_EQ(param(2, "exposure"), 1) << "nothing is given up";
    screen_->press("Ctrl+S");
    screen_->drop(path);
    screen_->frames(3);
    EXPECT_EQ(screen_->session().workspace().path(), fs::canonical(path).string());
    EXPECT_EQ(graph(), load_patch(path, builtin_nodes()).graph);
    EXPECT_EQ(load_patch(path_, builtin_nodes()).graph.nodes.at(2).params.at("exposure"), 1);
}

TEST_F(EditorPanels, APatchIsCollectedWithTheFilesThatItNames) {
    open_picture();
    const fs::path away = folder_ / "away";
    screen_->app().commands().run("file.collect");
    screen_->frames(4);
    type_and_enter(away.string());
    ASSERT_TRUE(fs::exists(away / "a.ganymede"));
    const Graph collected = load_patch((away / "a.ganymede").string(), builtin_nodes()).graph;
    EXPECT_EQ(collected.nodes.at(1).params.at("path"), "files/four.png");
    EXPECT_EQ(fs::file_size(away / "files" / "four.png"), fs::file_size(folder_ / "four.png"));
    ASSERT_FALSE(screen_->session().notes().empty());
    EXPECT_THAT(screen_->session().notes().back().text, HasSubstr("the patch and 1 file"));
    EXPECT_EQ(param(1, "path"), "four.png") << "the patch itself stays as it is";
}

}  // namespace
}  // namespace gan
