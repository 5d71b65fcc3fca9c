#include "runtime/base/error.h"
#include "runtime/graph/document.h"
#include "runtime/graph/group.h"
#include "runtime/graph/patch.h"
#include "runtime/graph/wires.h"
#include "tests/graph_nodes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace gan {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

std::string message_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "(no error)";
}

void apply_all(Graph& graph, const std::vector<Edit>& edits) {
    for (const Edit& edit : edits) apply(graph, test_nodes(), edit);
}

TEST(Graph, LinksOnlyPortsOfOneType) {
    Graph graph;
    apply_all(graph, {add_node(1, "test.text"), add_node(2, "test.add"), add_node(3, "test.sink")});
    const auto refused = [&](const Edit& edit) {
        const Graph before = graph;
        const std::string message = message_of([&] { apply(graph, test_nodes(), edit); });
        EXPECT_EQ(graph, before);
        return message;
    };
    EXPECT_EQ(refused(link(1, "out", 2, "in")),
              "'out' of Text 1 gives a text, 'in' of Add 2 takes a scalar; link two of the same type");
    EXPECT_EQ(refused(link(2, "sum", 3, "in")), "Add 2 has no output 'sum'");
    EXPECT_EQ(refused(link(2, "out", 3, "im")), "Sink 3 has no input 'im'");
    EXPECT_EQ(refused(link(2, "out", 3, "precision")),
              "'precision' of Sink 3 is set up once and takes no link; set its value instead");
    EXPECT_EQ(refused(link(2, "out", 9, "in")), "there is no node 9 in this patch");
    EXPECT_EQ(refused(add_node(2, "test.add")), "there is a node 2 already");
    apply(graph, test_nodes(), link(2, "out", 3, "in"));
    EXPECT_EQ(graph.links.at({3, "in"}), (PortRef{2, "out"}));
}

TEST(Graph, RefusesACycleWithItsPathButNotThroughADelay) {
    Graph graph;
    apply_all(graph, {add_node(1, "test.add"), add_node(2, "test.add"), add_node(3, "test.add"),
                      add_node(4, "test.delay"), link(1, "out", 2, "in"), link(2, "out", 3, "in")});
    EXPECT_EQ(message_of([&] { apply(graph, test_nodes(), link(3, "out", 1, "in")); }),
              "this link would close a cycle: Add 1 -> Add 2 -> Add 3 -> Add 1; put a Delay into it");
    EXPECT_EQ(message_of([&] { apply(graph, test_nodes(), link(2, "out", 2, "amount")); }),
              "this link would close a cycle: Add 2 -> Add 2; put a Delay into it");
    apply_all(graph, {link(3, "out", 4, "in"), link(4, "out", 1, "in")});
    EXPECT_TRUE(order_of(graph, test_nodes()).closing.empty());
}

TEST(Graph, AListOfEditsIsAppliedWholeOrNotAtAll) {
    Graph graph = chain(4);
    const Graph before = graph;
    const Edit list{std::vector<Edit>{{RemoveNode{2}}, set(1, "value", 3), link(1, "nothing", 3, "in")}};
    EXPECT_THAT(message_of([&] { apply(graph, test_nodes(), list); }), HasSubstr("has no output 'nothing'"));
    EXPECT_EQ(graph, before);
}

TEST(Graph, UndoingEverythingGivesTheSameFileAndRedoingTheOther) {
    for (uint32_t seed = 0; seed < 200; ++seed) {
        std::mt19937 random(seed);
        Document document(parse_patch(patch_text(chain(5)), test_nodes()).graph, test_nodes());
        const std::string first = patch_text(document.graph());
        int applied = 0;
        for (int i = 0; i < 60; ++i) {
            const std::string before = patch_text(document.graph());
            try {
                document.edit(random_edit(random), "edit", random() % 3);
                ++applied;
            } catch (const Error&) {
                ASSERT_EQ(patch_text(document.graph()), before) << "a refused edit changed something";
            }
        }
        ASSERT_GT(applied, 5);
        const std::string last = patch_text(document.graph());
        while (document.can_undo()) document.undo();
        ASSERT_EQ(patch_text(document.graph()), first) << "seed " << seed;
        while (document.can_redo()) document.redo();
        ASSERT_EQ(patch_text(document.graph()), last) << "seed " << seed;
    }
}

TEST(Graph, EditsSurviveBeingWrittenAndRead) {
    std::mt19937 random(7);
    Graph graph = chain(5);
    Graph other = graph;
    for (int i = 0; i < 300; ++i) {
        const Edit edit = random_edit(random);
        try {
            const Edit inverse = apply(graph, test_nodes(), edit);
            apply(other, test_nodes(), edit_from_json(json::parse(to_json(edit).dump())));
            if (i % 5 == 0) {
                apply(graph, test_nodes(), inverse);
                apply(other, test_nodes(), edit_from_json(json::parse(to_json(inverse).dump())));
            }
        } catch (const Error&) {
        }
        ASSERT_EQ(patch_text(other), patch_text(graph));
    }
    EXPECT_THAT(message_of([] {
                    edit_from_json(json{{"edit", "explode"}});
                }),
                HasSubstr("no edit 'explode'"));
    EXPECT_THAT(message_of([] { edit_from_json(json::array({1})); }), HasSubstr("this is no edit"));
}

// A file may hold links to nodes that are not there; undo must bring back exactly what was.
TEST(Graph, KeepsLinksToMissingNodesThroughEditsAndUndo) {
    Graph graph = chain(2);
    graph.links[{2, "in"}] = {99, "out"};
    Document document(graph, test_nodes());
    const std::string first = patch_text(document.graph());
    EXPECT_EQ(document.fresh_id(), 100) << "a new node must not take the link over";
    document.edit({RemoveNode{2}}, "remove");
    document.undo();
    EXPECT_EQ(patch_text(document.graph()), first);
    document.edit(link(1, "out", 2, "in"), "link");
    document.undo();
    EXPECT_EQ(patch_text(document.graph()), first);
    document.edit(add_node(99, "test.add"), "add");
    document.undo();
    EXPECT_EQ(patch_text(document.graph()), first);
    EXPECT_THROW(document.edit({std::vector<Edit>{{RemoveNode{2}}, {RemoveNode{2}}}}, "twice"), Error);
    EXPECT_EQ(patch_text(document.graph()), first);
}

TEST(Graph, ALinkThatCannotBeUsedDisablesNoOther) {
    Graph graph = chain(3);
    graph.links[{1, "no such input"}] = {2, "out"};
    EXPECT_TRUE(order_of(graph, test_nodes()).closing.empty());
    graph.links.erase({2, "in"});
    apply(graph, test_nodes(), link(1, "out", 2, "in"));
}

TEST(Graph, RefusesWhatCouldNotBeSavedAndLoadedAgain) {
    Graph graph = chain(2);
    EXPECT_THAT(message_of([&] { apply(graph, test_nodes(), set(1, "value", NAN)); }),
                HasSubstr("not finite"));
    EXPECT_THAT(message_of([&] {
                    apply(graph, test_nodes(), {SetField{1, "id", 2}});
                }),
                HasSubstr("cannot be set"));
    const json disguised{
        {"edit", "add"},        {"id", 7}, {"type", "a"}, {"version", 1}, {"params", json::object()},
        {"fields", {{"id", 1}}}};
    EXPECT_THAT(message_of([&] { apply(graph, test_nodes(), edit_from_json(disguised)); }),
                HasSubstr("cannot be set"));
    EXPECT_THAT(message_of([&] { apply(graph, test_nodes(), add_node(INT64_MAX, "test.add")); }),
                HasSubstr("is no id"));
    EXPECT_THAT(message_of([] {
                    edit_from_json(json{{"edit", "remove"}, {"id", 1e300}});
                }),
                HasSubstr("is no id"));
}

TEST(Document, MergesTheEditsOfOneGesture) {
    Document document(chain(4), test_nodes());
    for (int i = 1; i <= 60; ++i) document.edit(set(1, "value", i), "Turn value", 5);
    document.edit(set(1, "value", 100), "Type value");
    EXPECT_THAT(document.past(), ElementsAre("Turn value", "Type value"));
    document.undo();
    EXPECT_EQ(document.graph().nodes.at(1).params["value"], 60);
    document.undo();
    EXPECT_FALSE(document.graph().nodes.at(1).params.contains("value"));
    EXPECT_THAT(document.future(), ElementsAre("Turn value", "Type value"));
    document.edit(set(1, "value", 1), "Something else");
    EXPECT_FALSE(document.can_redo());
}

TEST(Document, MergesASettingThatIsDragged) {
    Document document(chain(2), test_nodes());
    for (int tempo = 100; tempo <= 140; ++tempo)
        document.edit({SetSetting{"tempo", tempo}}, "Turn tempo", tempo < 120 ? 1 : 2);
    document.edit({SetSetting{"length", 8}}, "Turn tempo", 2);
    EXPECT_THAT(document.past(), ElementsAre("Turn tempo", "Turn tempo"));
    const auto& steps = document.history().past;
    EXPECT_EQ(to_json(steps[0].inverse), to_json({SetSetting{"tempo", std::nullopt}}));
    EXPECT_EQ(to_json(steps[1].inverse)["edits"].size(), 2u) << "tempo and length, once each";
    document.undo();
    EXPECT_EQ(document.graph().settings, (json{{"tempo", 119}}));
    document.undo();
    EXPECT_EQ(document.graph().settings, json::object());
}

TEST(Document, AGestureCanBeEnded) {
    Document document(chain(2), test_nodes());
    document.edit(set(1, "value", 1), "Turn", 1);
    document.end_gesture();
    document.edit(set(1, "value", 2), "Turn", 1);
    EXPECT_THAT(document.past(), ElementsAre("Turn", "Turn"));
}

TEST(Document, GoesOnWithItsHistory) {
    Document document(chain(3), test_nodes());
    for (int i = 1; i <= 3; ++i) document.edit(set(1, "value", i), fmt::format("Set {}", i));
    document.edit(add_node(9, "test.add"), "Add");
    document.undo();
    document.undo();
    Document other(document.graph(), test_nodes(), document.history());
    EXPECT_EQ(other.past(), document.past());
    EXPECT_EQ(other.future(), document.future());
    EXPECT_EQ(other.fresh_id(), 10);
    other.redo();
    EXPECT_EQ(other.graph().nodes.at(1).params["value"], 3);
}

TEST(Document, EditsWhenItsIdsAreUsedUp) {
    Document document(chain(3), test_nodes());
    document.edit(add_node(max_node_id, "test.add"), "Add");
    EXPECT_EQ(message_of([&] { document.fresh_id(); }), "this patch has no ids left for new nodes");
    document.edit(set(max_node_id, "amount", 2), "Set");
    document.edit({AddLink{{INT64_MAX, "out"}, {2, "in"}, true}}, "Put back a link");
    document.undo();
    document.undo();
    document.undo();
    EXPECT_EQ(document.graph(), chain(3));
    EXPECT_THROW(document.fresh_id(), Error);

    Graph full = chain(2);
    full.nodes[max_node_id] = {.type = "test.add"};
    EXPECT_THROW(Document(full, test_nodes()).fresh_id(), Error);
}

TEST(Document, NeverGivesAnIdTwice) {
    Document document(chain(3), test_nodes());
    const NodeId id = document.fresh_id();
    EXPECT_EQ(id, 4);
    document.edit(add_node(id, "test.add"), "Add");
    document.undo();
    EXPECT_EQ(document.fresh_id(), 5);
    document.edit({std::vector<Edit>{add_node(20, "test.add"), add_node(12, "test.add")}}, "Add two");
    EXPECT_EQ(document.fresh_id(), 21);
}

/// Notes and frames: what only a canvas draws.
Graph chain_with_notes() {
    Graph graph = chain(3);
    graph.nodes[10] = {.type = note_type, .fields = {{"text", "the loop starts here"}, {"x", 5}}};
    graph.nodes[11] = {.type = frame_type, .fields = {{"name", "Sky"}, {"width", 300}, {"height", 200}}};
    graph.nodes[12] = {.type = frame_type};
    return graph;
}

TEST(Decoration, IsKeptAndNoProblem) {
    const Graph graph = chain_with_notes();
    const Patch loaded = parse_patch(patch_text(graph), test_nodes());
    EXPECT_THAT(loaded.problems, testing::IsEmpty());
    EXPECT_EQ(loaded.graph, graph);
    EXPECT_EQ(graph.label(10, test_nodes()), "Note 10");
    EXPECT_EQ(graph.label(11, test_nodes()), "Sky");
    EXPECT_EQ(graph.label(12, test_nodes()), "Frame 12");
}

TEST(Decoration, DoesNotPlay) {
    const Graph graph = chain_with_notes();
    EXPECT_EQ(order_of(graph, test_nodes()).entries.size(), 3u);
    const auto plan = build_plan(graph, test_nodes());
    EXPECT_EQ(plan->steps.size(), 3u);
    EXPECT_THAT(plan->problems, testing::IsEmpty());
}

TEST(Decoration, TakesNoLink) {
    Graph graph = chain_with_notes();
    EXPECT_EQ(message_of([&] { apply(graph, test_nodes(), link(1, "out", 10, "in")); }),
              "Note 10 has no ports; link two nodes");
    EXPECT_EQ(message_of([&] { apply(graph, test_nodes(), link(11, "out", 2, "in")); }),
              "Sky has no ports; link two nodes");
    graph.links[{10, "in"}] = {1, "out"};
    EXPECT_THAT(parse_patch(patch_text(graph), test_nodes()).problems,
                ElementsAre(HasSubstr("is not used: Note 10 has no ports")));
}

TEST(Decoration, GoesIntoGroupsAndOutAgain) {
    Graph graph = chain_with_notes();
    const Graph before = graph;
    apply(graph, test_nodes(), make_group(graph, {2, 10, 11}, 20, "Some"));
    EXPECT_EQ(members_of(graph, 20), (std::set<NodeId>{2, 10, 11}));
    EXPECT_EQ(graph.nodes.at(20).fields.at("inputs").size(), 1u);
    EXPECT_THAT(parse_patch(patch_text(graph), test_nodes()).problems, testing::IsEmpty());
    apply(graph, test_nodes(), dissolve_group(graph, 20));
    EXPECT_EQ(graph, before);
    apply(graph, test_nodes(), make_group(graph, {10}, 21, "Words"));
    EXPECT_THAT(parse_patch(patch_text(graph), test_nodes()).problems, testing::IsEmpty());
}

}  // namespace
}  // namespace gan
