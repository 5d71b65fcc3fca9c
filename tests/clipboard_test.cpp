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

Pasted pasted_into(Graph& graph, const std::string& text, Place place = {}, NodeId inside = 0,
                   bool keep_inputs = false) {
    NodeId next = highest_id(graph);
    const Pasted pasted =
        paste(graph, test_nodes(), text, place, inside, keep_inputs, [&] { return ++next; });
    const Graph before = graph;
    const Edit inverse = apply(graph, test_nodes(), pasted.edit);
    Graph back = graph;
    apply(back, test_nodes(), inverse);
    EXPECT_EQ(back, before) << "undo gives another graph";
    return pasted;
}

/// Nodes and links with ids as positions, so that copies compare equal. Places aside.
std::string shape_of_nodes(const Graph& graph) {
    Graph renumbered;
    std::map<NodeId, NodeId> number;
    for (const auto& [id, record] : graph.nodes) number.emplace(id, static_cast<NodeId>(number.size() + 1));
    for (const auto& [id, record] : graph.nodes) {
        NodeRecord copy = record;
        copy.fields.erase("x");
        copy.fields.erase("y");
        if (const NodeId group = group_of(graph, id)) copy.fields["group"] = number.at(group);
        for (const char* field : {"inputs", "outputs"}) {
            if (!copy.fields.contains(field)) continue;
            for (auto& [name, value] : copy.fields[field].items()) {
                json texts = json::array();
                for (const json& text : value.is_array() ? value : json::array({value})) {
                    const PortRef port = *port_from_text(text.get<std::string>());
                    texts.push_back(text_of({number.at(port.node), port.port}));
                }
                value = texts;
            }
        }
        renumbered.nodes.emplace(number.at(id), std::move(copy));
    }
    for (const auto& [to, from] : graph.links)
        renumbered.links[{number.at(to.node), to.port}] = {number.at(from.node), from.port};
    return patch_text(renumbered);
}

/// Of a graph, these nodes and what links them.
Graph part_of(const Graph& graph, const std::set<NodeId>& nodes) {
    Graph part;
    for (NodeId id : nodes) {
        part.nodes[id] = graph.nodes.at(id);
        if (!nodes.contains(group_of(graph, id))) part.nodes[id].fields.erase("group");
    }
    for (const auto& [to, from] : graph.links)
        if (nodes.contains(to.node) && nodes.contains(from.node)) part.links[to] = from;
    return part;
}

TEST(Clipboard, PastesTheSameNodesAndLinks) {
    int links = 0;
    for (uint32_t seed = 0; seed < 60; ++seed) {
        std::mt19937 random(seed);
        Graph graph = chain(8);
        apply(graph, test_nodes(), set(2, "amount", 3));
        std::set<NodeId> grouped;
        for (NodeId id = 1; id <= 8; ++id)
            if (random() % 2 == 0) grouped.insert(id);
        if (!grouped.empty()) apply(graph, test_nodes(), make_group(graph, grouped, 20, "g"));
        if (random() % 2 == 0 && grouped.size() > 0)
            apply(graph, test_nodes(), make_group(graph, {20}, 30, "around"));
        graph.nodes[40] = {.type = note_type, .fields = {{"text", "look"}}};
        std::set<NodeId> some;
        for (const auto& [id, record] : graph.nodes)
            if (random() % 2 == 0) some.insert(id);
        if (some.empty()) continue;
        std::set<NodeId> all = some;
        for (NodeId id : some) all.merge(members_of(graph, id));

        const std::string text = copy_text(graph, some);
        ASSERT_THAT(parse_patch(text, test_nodes()).problems, IsEmpty());
        const Graph before = graph;
        pasted_into(graph, text);
        std::set<NodeId> fresh;
        for (const auto& [id, record] : graph.nodes)
            if (!before.nodes.contains(id)) fresh.insert(id);
        ASSERT_EQ(shape_of_nodes(part_of(graph, fresh)), shape_of_nodes(part_of(before, all)))
            << "seed " << seed;
        ASSERT_EQ(part_of(graph,
                          [&] {
                              std::set<NodeId> old;
                              for (const auto& [id, record] : before.nodes) old.insert(id);
                              return old;
                          }()),
                  before)
            << "what was there is as it was";
        ASSERT_THAT(parse_patch(patch_text(graph), test_nodes()).problems, IsEmpty());
        links += static_cast<int>(graph.links.size() - before.links.size());
    }
    EXPECT_GT(links, 60);
}

TEST(Clipboard, ACopyStandsAtTheMouseInTheGroupThatIsShown) {
    Graph graph = chain(3);
    graph.nodes[2].fields = {{"x", 100}, {"y", 50}};
    graph.nodes[3].fields = {{"x", 300}, {"y", 20}};
    graph.nodes[20] = {.type = group_type};
    const Pasted pasted = pasted_into(graph, copy_text(graph, {2, 3}), {1000, 2000}, 20);
    ASSERT_EQ(pasted.nodes, (std::set<NodeId>{21, 22}));
    EXPECT_EQ(place_of(graph.nodes.at(21)).x, 1000);
    EXPECT_EQ(place_of(graph.nodes.at(21)).y, 2030);
    EXPECT_EQ(place_of(graph.nodes.at(22)).x, 1200);
    EXPECT_EQ(place_of(graph.nodes.at(22)).y, 2000);
    EXPECT_EQ(group_of(graph, 21), 20);
    EXPECT_EQ(graph.links.at({22, "in"}), (PortRef{21, "out"}));
}

TEST(Clipboard, AMemberIsNotPastedIntoTheGroupItCameFrom) {
    Graph graph = chain(3);
    apply(graph, test_nodes(), make_group(graph, {2}, 20, "g"));
    const Pasted pasted = pasted_into(graph, copy_text(graph, {2}));
    EXPECT_EQ(group_of(graph, *pasted.nodes.begin()), 0);
}

TEST(Clipboard, DuplicatesTakeFromWhatTheOriginalsTook) {
    Graph graph = chain(4);
    Graph plain = graph;
    pasted_into(plain, copy_text(plain, {2, 3}));
    EXPECT_FALSE(plain.links.contains({5, "in"})) << "pasted, not duplicated";
    pasted_into(graph, copy_text(graph, {2, 3}), {}, 0, true);
    EXPECT_EQ(graph.links.at({5, "in"}), (PortRef{1, "out"}));
    EXPECT_EQ(graph.links.at({6, "in"}), (PortRef{5, "out"}));
    EXPECT_EQ(graph.links.at({4, "in"}), (PortRef{3, "out"})) << "nobody takes from a copy yet";
}

TEST(Clipboard, DuplicatesInAGroupTakeWhatComesInThroughIt) {
    Graph graph = chain(3);
    apply(graph, test_nodes(), make_group(graph, {2}, 20, "g"));
    const Pasted pasted = pasted_into(graph, copy_text(graph, {2}), {}, 20, true);
    const NodeId copy = *pasted.nodes.begin();
    for (const auto& entry : order_of(graph, test_nodes()).entries)
        if (entry.node == copy) {
            ASSERT_EQ(entry.wires.size(), 1u);
            EXPECT_EQ(entry.wires.front().from, (PortRef{1, "out"}));
        }
    EXPECT_THAT(parse_patch(patch_text(graph), test_nodes()).problems, IsEmpty());
}

TEST(Clipboard, WhatIsNotInstalledIsCopiedWithItsLinks) {
    Graph graph = chain(2);
    graph.nodes[3] = {.type = "somebody.elses", .params = {{"what", 1}}};
    graph.links[{3, "a"}] = {1, "out"};
    pasted_into(graph, copy_text(graph, {1, 3}));
    EXPECT_EQ(graph.nodes.at(5).params, (json{{"what", 1}}));
    EXPECT_EQ(graph.links.at({5, "a"}), (PortRef{4, "out"}));
}

std::string paste_refusal(const std::string& text) {
    try {
        Graph graph = chain(2);
        NodeId next = 10;
        apply(graph, test_nodes(),
              paste(graph, test_nodes(), text, {}, 0, true, [&] { return ++next; }).edit);
    } catch (const Error& error) {
        return error.what();
    }
    return "(no error)";
}

TEST(Clipboard, SaysWhenThereIsNothingToPaste) {
    EXPECT_THAT(paste_refusal("https://example.org"),
                HasSubstr("is no patch, and cannot be pasted: it is not JSON"));
    EXPECT_THAT(paste_refusal(""), HasSubstr("is no patch"));
    EXPECT_THAT(paste_refusal("[1, 2]"), HasSubstr("is no patch"));
    EXPECT_EQ(paste_refusal(R"({"ganymede": 1})"), "there is nothing to paste; copy some nodes first");
    EXPECT_THAT(paste_refusal(std::string(100'000, '[')), HasSubstr("levels deep"));
    EXPECT_THAT(paste_refusal(R"({"ganymede": 1, "nodes": [
        {"id": 1, "type": "test.scale", "version": 1, "params": {"gain": "loud"}}]})"),
                HasSubstr("is no patch"))
        << "what migrates an older node may fail";
}

// Errors only; the sanitizers see to the rest.
TEST(Clipboard, SurvivesEveryTruncationAndAnyMutation) {
    Graph graph = chain(4);
    apply(graph, test_nodes(), make_group(graph, {2, 3}, 20, "g"));
    const std::string text = copy_text(graph, {1, 20, 4});
    ASSERT_EQ(paste_refusal(text), "(no error)");
    for (size_t length = 0; length + 2 < text.size(); ++length)
        EXPECT_NE(paste_refusal(text.substr(0, length)), "(no error)") << length;
    std::mt19937 random(5);
    int taken = 0;
    for (int i = 0; i < 2'000; ++i) {
        std::string mutated = text;
        for (unsigned n = 1 + random() % 3; n > 0; --n) {
            const size_t at = random() % mutated.size();
            if (random() % 2 == 0)
                mutated[at] = static_cast<char>('0' + random() % 10);
            else
                mutated.insert(at, mutated.substr(random() % mutated.size(), random() % 20));
        }
        taken += paste_refusal(mutated) == "(no error)";
    }
    EXPECT_GT(taken, 20) << "some must be patches for this to mean anything";
}

// A text may hold groups that contain one another: they are not to vanish from the canvas.
TEST(Clipboard, GroupsThatContainOneAnotherArePastedSideBySide) {
    Graph graph = chain(2);
    const Pasted pasted = pasted_into(graph, R"({"ganymede": 1, "nodes": [
        {"id": 20, "type": "graph.group", "group": 30}, {"id": 30, "type": "graph.group", "group": 20},
        {"id": 31, "type": "graph.group", "group": 31}]})");
    EXPECT_EQ(pasted.nodes.size(), 3u);
    for (NodeId id : pasted.nodes) EXPECT_EQ(group_of(graph, id), 0);
}

TEST(Clipboard, RefusesGroupsThatWouldLieTooDeep) {
    Graph graph = chain(2);
    for (NodeId group = 100; group < 100 + max_group_depth - 1; ++group)
        apply(graph, test_nodes(), make_group(graph, {group == 100 ? 1 : group - 1}, group, "g"));
    const std::string text = copy_text(graph, {100 + max_group_depth - 2});
    EXPECT_NO_THROW(pasted_into(graph, text));
    NodeId next = 1000;
    const auto fresh = [&] { return ++next; };
    EXPECT_THROW(paste(graph, test_nodes(), text, {}, 100, false, fresh), Error);
}

}  // namespace
}  // namespace gan
