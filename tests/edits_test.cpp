#include "editor/edit/edits.h"

#include "nodes/builtin.h"
#include "runtime/base/error.h"
#include "runtime/graph/group.h"
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

using Wires = std::map<PortRef, PortRef>;

/// Every wire of a graph, whatever groups it passes through.
Wires wires_in(const Graph& graph, const NodeTypes& types = test_nodes()) {
    Wires wires;
    for (const auto& entry : order_of(graph, types).entries)
        for (const auto& [from, to] : entry.wires) wires[to] = from;
    return wires;
}

std::vector<std::string> problems_of(const Graph& graph, const NodeTypes& types = test_nodes()) {
    return parse_patch(patch_text(graph), types).problems;
}

/// Applies an edit, undoes it, compares, and applies it again.
void make(Graph& graph, const Edit& edit, const NodeTypes& types = test_nodes()) {
    const Graph before = graph;
    const Edit inverse = apply(graph, types, edit);
    Graph back = graph;
    apply(back, types, inverse);
    EXPECT_EQ(back, before) << "undo gives another graph";
}

/// A chain with links across it, some of it in groups; all of it plays.
Graph random_groups(std::mt19937& random) {
    Graph graph = chain(9);
    for (int i = 0; i < 4; ++i) {
        const auto from = static_cast<NodeId>(1 + random() % 6);
        const auto to = static_cast<NodeId>(static_cast<unsigned>(from) + 1 + random() % 2);
        apply(graph, test_nodes(), link(from, "out", to, "amount"));
    }
    for (NodeId group = 20; group < 20 + static_cast<NodeId>(random() % 5); ++group) {
        std::vector<NodeId> all;
        for (const auto& [id, record] : graph.nodes) all.push_back(id);
        const NodeId around = group_of(graph, all[random() % all.size()]);
        std::set<NodeId> some;
        for (NodeId id : all)
            if (group_of(graph, id) == around && random() % 2 == 0) some.insert(id);
        if (!some.empty()) apply(graph, test_nodes(), make_group(graph, some, group, "g"));
    }
    return graph;
}

std::set<NodeId> random_nodes(std::mt19937& random, const Graph& graph, unsigned one_in) {
    std::set<NodeId> some;
    for (const auto& [id, record] : graph.nodes)
        if (random() % one_in == 0) some.insert(id);
    return some;
}

TEST(Edits, APlaceIsReadFromWhateverAFileHas) {
    NodeRecord record;
    EXPECT_EQ(place_of(record).x, 0);
    record.fields = {{"x", 12.5}, {"y", -3}};
    EXPECT_EQ(place_of(record).x, 12.5);
    EXPECT_EQ(place_of(record).y, -3);
    record.fields = {{"x", "left"}, {"y", 1e300}};
    EXPECT_EQ(place_of(record).x, 0);
    EXPECT_LT(place_of(record).y, 1e7) << "within reach";
}

TEST(Edits, ANewNodeStandsWhereItWasPut) {
    Graph graph;
    graph.nodes[7] = {.type = group_type};
    make(graph, add_node(1, *test_nodes().find("test.scale"), {10.4, -20.6}, 7));
    const NodeRecord& record = graph.nodes.at(1);
    EXPECT_EQ(record.fields, (json{{"x", 10}, {"y", -21}, {"group", 7}}));
    EXPECT_EQ(record.version, 2) << "of its type";
    EXPECT_TRUE(record.params.empty());
    make(graph, move_nodes({{1, {3, 4}}}));
    EXPECT_EQ(place_of(record).x, 3);
    EXPECT_EQ(place_of(record).y, 4);
}

TEST(Edits, ANewNodeIsWiredToThePortItWasDraggedFrom) {
    Graph graph = chain(2);
    const NodeType& sum = *test_nodes().find("test.add");
    make(graph, add_node_linked(graph, test_nodes(), 10, sum, {}, 0, {1, "out"}, true));
    EXPECT_EQ(graph.links.at({10, "in"}), (PortRef{1, "out"}));
    make(graph, add_node_linked(graph, test_nodes(), 11, sum, {}, 0, {2, "in"}, false));
    EXPECT_EQ(graph.links.at({2, "in"}), (PortRef{11, "out"}));
    const NodeType& text = *test_nodes().find("test.text");
    EXPECT_TRUE(fits(test_nodes(), sum, PortType::Scalar, true));
    EXPECT_FALSE(fits(test_nodes(), text, PortType::Scalar, true));
    EXPECT_FALSE(fits(test_nodes(), text, PortType::Scalar, false));
    EXPECT_TRUE(fits(test_nodes(), text, PortType::Text, false));
    try {
        add_node_linked(graph, test_nodes(), 12, text, {}, 0, {1, "out"}, true);
        FAIL() << "a text takes no number";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "Text takes no scalar; choose a node that does");
    }
}

TEST(Edits, ARerouteFitsEveryPort) {
    Graph graph;
    const NodeTypes& types = builtin_nodes();
    graph.nodes[1] = {.type = "latent.sampler"};
    make(graph, add_node_linked(graph, types, 2, *types.find(reroute_type), {}, 0, {1, "latent"}, true),
         types);
    EXPECT_EQ(graph.nodes.at(2).params, (json{{"type", "latent"}}));
    EXPECT_THAT(problems_of(graph, types), IsEmpty());
    for (int type = 0; type < 8; ++type) {
        EXPECT_TRUE(fits(types, *types.find(reroute_type), static_cast<PortType>(type), true));
        EXPECT_TRUE(fits(types, *types.find(reroute_type), static_cast<PortType>(type), false));
    }
}

TEST(Edits, ARerouteSplitsALinkAndHealingTakesItOut) {
    Graph graph;
    const NodeTypes& types = builtin_nodes();
    graph.nodes[1] = {.type = "latent.sampler"};
    graph.nodes[2] = {.type = "latent.truncation"};
    apply(graph, types, link(1, "latent", 2, "latent"));
    const Graph before = graph;
    make(graph, *add_reroute(graph, types, 3, {2, "latent"}, {5, 6}), types);
    EXPECT_EQ(graph.links.at({2, "latent"}), (PortRef{3, "out"}));
    EXPECT_EQ(graph.links.at({3, "in"}), (PortRef{1, "latent"}));
    EXPECT_THAT(problems_of(graph, types), IsEmpty());
    make(graph, remove_nodes(graph, types, {3}, true), types);
    EXPECT_EQ(graph, before);
    EXPECT_FALSE(add_reroute(graph, types, 4, {1, "seed"}, {})) << "nothing is linked there";
}

TEST(Edits, RemovingWithoutHealingLeavesTheEndsOpen) {
    Graph graph = chain(4);
    make(graph, remove_nodes(graph, test_nodes(), {2, 99}, false));
    EXPECT_EQ(wires_in(graph), (Wires{{{4, "in"}, {3, "out"}}}));
    EXPECT_THAT(problems_of(graph), IsEmpty());
}

TEST(Edits, HealingLinksWhatANodePassedOn) {
    Graph graph = chain(5);
    apply(graph, test_nodes(), link(1, "out", 3, "amount"));
    make(graph, remove_nodes(graph, test_nodes(), {2, 3}, true));
    EXPECT_EQ(wires_in(graph), (Wires{{{4, "in"}, {1, "out"}}, {{5, "in"}, {4, "out"}}}));
}

// 2 -> delay -> 2: without the Delay the loop has no end.
TEST(Edits, HealingClosesNoCycle) {
    Graph graph;
    for (const auto& edit : {add_node(1, "test.delay"), add_node(2, "test.add"), add_node(3, "test.sink"),
                             link(1, "out", 2, "in"), link(2, "out", 1, "in"), link(2, "out", 3, "in")})
        apply(graph, test_nodes(), edit);
    make(graph, remove_nodes(graph, test_nodes(), {1}, true));
    EXPECT_EQ(wires_in(graph), (Wires{{{3, "in"}, {2, "out"}}}));
    EXPECT_THAT(problems_of(graph), IsEmpty());
}

TEST(Edits, AGroupGoesWithAllThatIsInIt) {
    Graph graph = chain(5);
    apply(graph, test_nodes(), make_group(graph, {2, 3}, 20, "Inner"));
    apply(graph, test_nodes(), make_group(graph, {20, 4}, 30, "Outer"));
    make(graph, remove_nodes(graph, test_nodes(), {30}, true));
    EXPECT_EQ(graph.nodes.size(), 2u);
    EXPECT_EQ(wires_in(graph), (Wires{{{5, "in"}, {1, "out"}}}));
}

TEST(Edits, AGroupHasNoPortsOfNodesThatAreGone) {
    Graph graph = chain(4);
    apply(graph, test_nodes(), make_group(graph, {2, 3}, 20, "Both"));
    make(graph, remove_nodes(graph, test_nodes(), {2, 3}, false));
    EXPECT_TRUE(graph.nodes.at(20).fields.at("inputs").empty());
    EXPECT_TRUE(graph.nodes.at(20).fields.at("outputs").empty());
    EXPECT_TRUE(graph.links.empty());
    EXPECT_THAT(problems_of(graph), IsEmpty());
}

/// What the wires of `graph` are when nodes pass on what comes into "in".
Wires wires_without(const Graph& graph, const std::set<NodeId>& nodes) {
    const Wires wires = wires_in(graph);
    Wires left;
    for (const auto& [to, from] : wires) {
        if (nodes.contains(to.node)) continue;
        PortRef source = from;
        bool found = true;
        while (found && nodes.contains(source.node)) {
            const auto before = wires.find({source.node, "in"});
            found = before != wires.end();
            if (found) source = before->second;
        }
        if (found) left[to] = source;
    }
    return left;
}

// Through whatever groups: what is left plays as if the others had been bypassed.
TEST(Edits, HealingIsBypassingForGood) {
    size_t healed = 0;
    for (uint32_t seed = 0; seed < 150; ++seed) {
        std::mt19937 random(seed);
        Graph graph = random_groups(random);
        const Graph before = graph;
        const std::set<NodeId> nodes = random_nodes(random, graph, 4);
        std::set<NodeId> all = nodes;
        for (NodeId id : nodes) all.merge(members_of(graph, id));
        const Wires expected = wires_without(graph, all);
        make(graph, remove_nodes(graph, test_nodes(), nodes, true));
        ASSERT_EQ(wires_in(graph), expected) << "seed " << seed << patch_text(before) << patch_text(graph);
        ASSERT_THAT(problems_of(graph), IsEmpty()) << "seed " << seed;
        for (NodeId id : all) ASSERT_FALSE(graph.nodes.contains(id));
        for (const auto& [to, from] : expected)
            healed += !wires_in(before).contains(to) || wires_in(before).at(to) != from;
    }
    EXPECT_GT(healed, 50u) << "too little was healed to say anything";
}

TEST(Edits, ExtractingLeavesANodeOutOfItsWires) {
    Graph graph = chain(5);
    apply(graph, test_nodes(), make_group(graph, {2, 3, 4}, 20, "Three"));
    make(graph, *extract_node(graph, test_nodes(), 3));
    EXPECT_TRUE(graph.nodes.contains(3));
    EXPECT_EQ(wires_in(graph),
              (Wires{{{2, "in"}, {1, "out"}}, {{4, "in"}, {2, "out"}}, {{5, "in"}, {4, "out"}}}));
    make(graph, *extract_node(graph, test_nodes(), 2));
    EXPECT_EQ(wires_in(graph), (Wires{{{4, "in"}, {1, "out"}}, {{5, "in"}, {4, "out"}}}))
        << "through the group";
    EXPECT_FALSE(extract_node(graph, test_nodes(), 3)) << "it has no wires";
}

TEST(Edits, ExtractingAnyNodeIsBypassingIt) {
    for (uint32_t seed = 0; seed < 100; ++seed) {
        std::mt19937 random(seed);
        Graph graph = random_groups(random);
        const auto node = static_cast<NodeId>(1 + random() % 9);
        const Wires expected = wires_without(graph, {node});
        const auto edit = extract_node(graph, test_nodes(), node);
        ASSERT_TRUE(edit);
        make(graph, *edit);
        ASSERT_EQ(wires_in(graph), expected) << "seed " << seed << patch_text(graph);
        ASSERT_THAT(problems_of(graph), IsEmpty());
    }
}

TEST(Edits, ANodeDroppedOnALinkIsPutIntoIt) {
    Graph graph = chain(3);
    apply(graph, test_nodes(), add_node(9, "test.add"));
    make(graph, *insert_on_link(graph, test_nodes(), 9, {3, "in"}));
    EXPECT_EQ(graph.links.at({9, "in"}), (PortRef{2, "out"}));
    EXPECT_EQ(graph.links.at({3, "in"}), (PortRef{9, "out"}));
    apply(graph, test_nodes(), add_node(10, "test.text"));
    EXPECT_FALSE(insert_on_link(graph, test_nodes(), 10, {3, "in"})) << "a text passes no number on";
    EXPECT_FALSE(insert_on_link(graph, test_nodes(), 9, {3, "in"})) << "it is an end of the link";
    EXPECT_FALSE(insert_on_link(graph, test_nodes(), 9, {2, "amount"})) << "there is no link";
    EXPECT_FALSE(insert_on_link(graph, test_nodes(), 9, {2, "in"})) << "9 feeds on 2: a cycle would close";
    apply(graph, test_nodes(), {RemoveLink{{3, "in"}}});
    apply(graph, test_nodes(), add_node(11, "test.add"));
    apply(graph, test_nodes(), link(11, "out", 1, "value"));
    EXPECT_FALSE(insert_on_link(graph, test_nodes(), 11, {2, "in"})) << "11 feeds 1: a cycle would close";
}

TEST(Edits, AGroupDroppedOnALinkIsPutIntoIt) {
    Graph graph = chain(3);
    apply(graph, test_nodes(), add_node(9, "test.add"));
    graph.nodes[20] = {.type = group_type,
                       .fields = {{"inputs", {{"number", "9.in"}}}, {"outputs", {{"sum", "9.out"}}}}};
    graph.nodes[9].fields["group"] = 20;
    make(graph, *insert_on_link(graph, test_nodes(), 20, {3, "in"}));
    EXPECT_EQ(graph.links.at({20, "number"}), (PortRef{2, "out"}));
    EXPECT_EQ(graph.links.at({3, "in"}), (PortRef{20, "sum"}));
}

TEST(Edits, AToggleIsSetUnlessAllHaveItAndLeavesNoTrace) {
    Graph graph = chain(3);
    graph.nodes[4] = {.type = note_type};
    const Graph before = graph;
    apply(graph, test_nodes(), toggle_field(graph, {1}, "mute"));
    make(graph, toggle_field(graph, {1, 2, 4}, "mute"));
    EXPECT_TRUE(graph.nodes.at(1).flag("mute"));
    EXPECT_TRUE(graph.nodes.at(2).flag("mute"));
    EXPECT_FALSE(graph.nodes.at(4).fields.contains("mute")) << "a note makes no sound";
    make(graph, toggle_field(graph, {1, 2, 4}, "mute"));
    EXPECT_EQ(graph, before);
}

TEST(Edits, TheHistoryCallsOneByItsNameAndSeveralByTheirNumber) {
    Graph graph = chain(3);
    graph.nodes[3].fields["name"] = "Screen";
    graph.nodes[4] = graph.nodes[5] = {.type = note_type};
    EXPECT_EQ(counted("Delete", graph, test_nodes(), {2}), "Delete Add 2");
    EXPECT_EQ(counted("Delete", graph, test_nodes(), {3}), "Delete Screen");
    EXPECT_EQ(counted("Delete", graph, test_nodes(), {2, 3, 4}), "Delete 3 nodes");
    EXPECT_EQ(counted("Delete", graph, test_nodes(), {4, 5}), "Delete 2 notes");
}

// Whatever a file holds: each edit fits, and its inverse gives back the graph.
TEST(Edits, EveryEditOfAnyGraphAppliesAndIsUndone) {
    int made = 0;
    for (uint32_t seed = 0; seed < 60; ++seed) {
        std::mt19937 random(seed);
        Graph graph = random_groups(random);
        for (int i = 0; i < 40; ++i) try {
                apply(graph, test_nodes(), random_edit(random));
            } catch (const Error&) {
            }
        graph.nodes[50] = {.type = note_type, .fields = {{"text", "hello"}}};
        graph.nodes[51] = {.type = frame_type};
        NodeId next = 100;
        for (int i = 0; i < 12; ++i) {
            const auto nodes = random_nodes(random, graph, 3);
            const auto some = [&] { return static_cast<NodeId>(1 + random() % 26); };
            const bool either = random() % 2 == 0;
            std::optional<Edit> edit;
            const PortRef to{some(), "in"};
            const auto kind = random() % 7;
            switch (kind) {
                case 0:
                    edit = remove_nodes(graph, test_nodes(), nodes, either);
                    break;
                case 1:
                    edit = insert_on_link(graph, test_nodes(), some(), to);
                    break;
                case 2:
                    edit = extract_node(graph, test_nodes(), some());
                    break;
                case 3:
                    edit = toggle_field(graph, nodes, either ? "bypass" : "mute");
                    break;
                case 4:
                    if (!nodes.empty())
                        edit = paste(graph, test_nodes(), copy_text(graph, nodes), {}, 0, either, [&] {
                                   return next++;
                               }).edit;
                    break;
                case 5:
                    try {
                        edit = add_node_linked(graph, test_nodes(), next++, *test_nodes().find("test.add"),
                                               {}, 0, either ? PortRef{some(), "out"} : to, either);
                    } catch (const Error&) {
                        // there is no such port
                    }
                    break;
                default:
                    if (!nodes.empty()) edit = move_nodes({{*nodes.begin(), {1, 2}}});
            }
            if (!edit) continue;
            ++made;
            const Graph before = graph;
            const size_t closing = order_of(graph, test_nodes()).closing.size();
            ASSERT_NO_THROW(make(graph, *edit)) << "seed " << seed << to_json(*edit).dump(2);
            ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed << to_json(*edit).dump(2);
            // A bypassed group passes on its first input, whether it led to that output before or not.
            if (kind == 3) continue;
            ASSERT_LE(order_of(graph, test_nodes()).closing.size(), closing)
                << "a cycle was closed: seed " << seed << patch_text(before) << to_json(*edit).dump(2);
        }
    }
    EXPECT_GT(made, 200);
}

}  // namespace
}  // namespace gan
