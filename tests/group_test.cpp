#include "runtime/graph/group.h"

#include "runtime/base/error.h"
#include "runtime/graph/document.h"
#include "runtime/graph/patch.h"
#include "runtime/graph/wires.h"
#include "tests/graph_nodes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace gan {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

double shown(const Graph& graph, NodeId sink) {
    Player player;
    player.post(build_plan(graph, test_nodes()));
    player.show({.index = 0});
    const OutputBase& output = *player.plan()->find(sink)->instance->node->output("seen");
    EXPECT_EQ(output.error(), "");
    return static_cast<const Output<double>&>(output).value();
}

/// Every wire of a graph, whatever groups it passes through.
std::map<PortRef, PortRef> wires_of(const Graph& graph) {
    std::map<PortRef, PortRef> wires;
    for (const auto& entry : order_of(graph, test_nodes()).entries)
        for (const auto& [from, to] : entry.wires) wires[to] = from;
    return wires;
}

// 1 -> 2 -> 3 -> 4 -> 5: constant, three adds, sink.
TEST(Group, PlaysAsBefore) {
    Graph graph = chain(5);
    apply(graph, test_nodes(), set(1, "value", 10));
    apply(graph, test_nodes(), make_group(graph, {2, 3}, 20, "Inner"));
    apply(graph, test_nodes(), make_group(graph, {20, 4}, 30, "Outer"));
    EXPECT_EQ(shown(graph, 5), 13);
    EXPECT_EQ(graph.links.at({30, "in"}), (PortRef{1, "out"}));
    EXPECT_EQ(graph.links.at({5, "in"}), (PortRef{30, "out"}));
    EXPECT_EQ(members_of(graph, 30), (std::set<NodeId>{2, 3, 4, 20}));
    EXPECT_EQ(graph.label(30, test_nodes()), "Outer");

    const std::string text = patch_text(graph);
    const Patch loaded = parse_patch(text, test_nodes());
    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_EQ(patch_text(loaded.graph), text);
}

TEST(Group, ItsPortsTakeLinksLikeAnyOther) {
    Graph graph = chain(4);
    apply(graph, test_nodes(), add_node(9, "test.text"));
    apply(graph, test_nodes(), make_group(graph, {2, 3}, 20, "Both"));
    EXPECT_THAT(*link_fault(graph, test_nodes(), {9, "out"}, {20, "in"}),
                HasSubstr("gives a text, 'in' of Both takes a scalar"));
    EXPECT_EQ(*link_fault(graph, test_nodes(), {1, "out"}, {20, "im"}), "Both has no input 'im'");
    EXPECT_EQ(*link_fault(graph, test_nodes(), {20, "put"}, {4, "in"}), "Both has no output 'put'");
    try {
        apply(graph, test_nodes(), link(20, "out", 20, "in"));
        FAIL() << "a cycle was taken";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(),
                     "this link would close a cycle: Add 2 -> Add 3 -> Add 2; put a Delay into it");
    }
}

TEST(Group, MutesAndBypassesAsOne) {
    Graph graph = chain(5);
    apply(graph, test_nodes(), set(1, "value", 10));
    apply(graph, test_nodes(), make_group(graph, {2, 3}, 20, "Two"));
    apply(graph, test_nodes(), {SetField{20, "bypass", true}});
    EXPECT_EQ(shown(graph, 5), 11) << "one Add is left";
    apply(graph, test_nodes(), {SetField{20, "bypass", std::nullopt}});
    apply(graph, test_nodes(), {SetField{20, "mute", true}});
    Player player;
    player.post(build_plan(graph, test_nodes()));
    player.show({.index = 0});
    EXPECT_EQ(player.plan()->find(3)->instance->node->outputs().front()->error(), "Add 3 is muted");
}

TEST(Group, OneInputMayFeedSeveral) {
    Graph graph = chain(4);
    apply(graph, test_nodes(), set(1, "value", 2));
    apply(graph, test_nodes(), link(1, "out", 3, "amount"));
    apply(graph, test_nodes(), make_group(graph, {2, 3}, 20, "Both"));
    EXPECT_EQ(graph.nodes.at(20).fields.at("inputs").size(), 1u) << "one source, one port";
    EXPECT_EQ(shown(graph, 4), 5);  // 2 + 1 + 2
}

TEST(Group, DissolvingItKeepsWhatItFeedsBack) {
    Graph graph;
    for (const auto& edit : {add_node(1, "test.delay"), add_node(2, "test.add"), add_node(3, "test.sink"),
                             link(1, "out", 2, "in"), link(2, "out", 1, "in"), link(2, "out", 3, "in")})
        apply(graph, test_nodes(), edit);
    const auto wires = wires_of(graph);
    // The loop leaves the group and comes back into it.
    apply(graph, test_nodes(), make_group(graph, {1, 2}, 20, "Loop"));
    graph.links.erase({1, "in"});
    graph.nodes.at(20).fields["inputs"] = {{"back", "1.in"}};
    graph.links[{20, "back"}] = {20, graph.links.at({3, "in"}).port};
    EXPECT_EQ(wires_of(graph), wires);
    apply(graph, test_nodes(), dissolve_group(graph, 20));
    EXPECT_EQ(wires_of(graph), wires);
}

// Grouping, dissolving and undoing at random changes no wire, and undo restores the file.
TEST(Group, RandomGroupingsKeepEveryWire) {
    for (uint32_t seed = 0; seed < 100; ++seed) {
        std::mt19937 random(seed);
        Document document(chain(8), test_nodes());
        document.edit(link(1, "out", 5, "amount"), "link");
        document.edit(link(3, "out", 6, "amount"), "link");
        const std::string first = patch_text(document.graph());
        const auto wires = wires_of(document.graph());
        int grouped = 0;
        for (int i = 0; i < 12; ++i) {
            const Graph& graph = document.graph();
            std::vector<NodeId> all, groups;
            for (const auto& [id, record] : graph.nodes) {
                all.push_back(id);
                if (record.type == group_type) groups.push_back(id);
            }
            if (!groups.empty() && random() % 3 == 0) {
                document.edit(dissolve_group(graph, groups[random() % groups.size()]), "dissolve");
            } else {
                const NodeId around = group_of(graph, all[random() % all.size()]);
                std::set<NodeId> some;
                for (NodeId id : all)
                    if (group_of(graph, id) == around && random() % 2 == 0) some.insert(id);
                if (some.empty()) continue;
                document.edit(make_group(graph, some, document.fresh_id(), "g"), "group");
                ++grouped;
            }
            ASSERT_EQ(wires_of(document.graph()), wires) << "seed " << seed << " step " << i << "\n"
                                                         << patch_text(document.graph());
            ASSERT_THAT(parse_patch(patch_text(document.graph()), test_nodes()).problems, IsEmpty());
        }
        ASSERT_GT(grouped, 0);
        while (document.past().size() > 2) document.undo();
        ASSERT_EQ(patch_text(document.graph()), first);
    }
}

// A file may say anything.
TEST(Group, GroupsThatContainOneAnotherEndInNothing) {
    Graph graph = chain(3);
    graph.nodes[20] = {
        .type = group_type,
        .fields = {{"group", 30}, {"inputs", {{"in", "30.in"}}}, {"outputs", {{"out", "30.out"}}}}};
    graph.nodes[30] = {
        .type = group_type,
        .fields = {{"group", 20}, {"inputs", {{"in", "20.in"}}}, {"outputs", {{"out", "20.out"}}}}};
    graph.links[{3, "in"}] = {20, "out"};
    graph.links[{20, "in"}] = {2, "out"};
    EXPECT_FALSE(wires_of(graph).contains({3, "in"}));
    EXPECT_EQ(members_of(graph, 20), (std::set<NodeId>{20, 30}));
    const Patch loaded = parse_patch(patch_text(graph), test_nodes());
    EXPECT_THAT(loaded.problems, testing::Contains(HasSubstr("Group 20 has no output 'out'")));
}

// 2^31 ways lead through these groups, to one port.
TEST(Group, ManyWaysToOnePortAreOne) {
    Graph graph = chain(2);
    NodeId inner = 2;
    for (NodeId group = 100; group < 131; ++group) {
        graph.nodes.at(inner).fields["group"] = group;
        const std::string port = text_of({inner, "in"});
        graph.nodes[group] = {.type = group_type, .fields = {{"inputs", {{"in", {port, port}}}}}};
        inner = group;
    }
    graph.links.clear();
    graph.links[{inner, "in"}] = {1, "out"};
    EXPECT_THAT(inner_inputs(graph, {inner, "in"}), testing::ElementsAre(PortRef{2, "in"}));
    EXPECT_THAT(parse_patch(patch_text(graph), test_nodes()).problems, IsEmpty());
}

TEST(Exposed, HasItsNameAndRange) {
    Graph graph = chain(3);
    apply(graph, test_nodes(),
          {SetField{1, "exposed", json{{"value", {{"name", "Brightness"}, {"min", -5}, {"max", 1e9}}}}}});
    apply(graph, test_nodes(), {SetField{2, "exposed", json{{"amount", json::object()}, {"nothing", 1}}}});
    const auto exposed = exposed_params(graph, test_nodes());
    ASSERT_EQ(exposed.size(), 2u);
    EXPECT_EQ(exposed[0].name, "Brightness");
    EXPECT_EQ(exposed[0].node, 1);
    EXPECT_EQ(exposed[0].param, "value");
    EXPECT_EQ(exposed[0].min, -5);
    EXPECT_EQ(exposed[0].max, 1000) << "no wider than the parameter";
    EXPECT_EQ(exposed[1].name, "amount");
}

}  // namespace
}  // namespace gan
