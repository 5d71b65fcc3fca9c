#include "editor/edit/auto_layout.h"

#include "tests/graph_nodes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <random>

namespace gan {
namespace {

struct Arranged {
    Graph graph;
    std::set<NodeId> nodes;
    std::map<NodeId, NodeSize> sizes;

    std::map<NodeId, Place> places() const { return auto_layout(graph, nodes, sizes); }
    NodeSize size(NodeId id) const { return sizes.contains(id) ? sizes.at(id) : NodeSize{}; }

    /// The two nodes that lie over one another; zeros when there are none.
    std::pair<NodeId, NodeId> overlap(const std::map<NodeId, Place>& places) const {
        for (const auto& [a, p] : places)
            for (const auto& [b, q] : places)
                if (a < b && p.x < q.x + size(b).width && q.x < p.x + size(a).width &&
                    p.y < q.y + size(b).height && q.y < p.y + size(a).height)
                    return {a, b};
        return {0, 0};
    }
    /// The input of a link that does not lead to the right of the node it comes from.
    PortRef backward(const std::map<NodeId, Place>& places) const {
        for (const auto& [to, from] : graph.links)
            if (places.at(to.node).x < places.at(from.node).x + size(from.node).width) return to;
        return {};
    }
};

/// Nodes of many sizes, with about `links` links each; without cycles.
Arranged random_arrangement(uint32_t seed, int count, int links) {
    std::mt19937 random(seed);
    Arranged result;
    for (NodeId id = 1; id <= count; ++id) {
        result.graph.nodes[id] = {
            .type = "test.add",
            .fields = {{"x", static_cast<int>(random() % 2000)}, {"y", static_cast<int>(random() % 2000)}}};
        result.nodes.insert(id);
        result.sizes[id] = {100.0 + static_cast<double>(random() % 120),
                            40.0 + static_cast<double>(random() % 300)};
        for (int i = 0; i < links && id > 1; ++i)
            if (random() % 4 > 0)
                result.graph.links[{id, i == 0 ? "in" : "input " + std::to_string(i)}] = {
                    1 + static_cast<NodeId>(random()) % (id - 1), "out"};
    }
    return result;
}

TEST(AutoLayout, NothingOverlapsAndEveryLinkLeadsRightwards) {
    for (uint32_t seed = 0; seed < 60; ++seed) {
        const Arranged some =
            random_arrangement(seed, 2 + static_cast<int>(seed), 1 + static_cast<int>(seed % 3));
        const auto places = some.places();
        ASSERT_EQ(places.size(), some.nodes.size());
        EXPECT_EQ(some.overlap(places), (std::pair<NodeId, NodeId>{0, 0})) << "seed " << seed;
        EXPECT_EQ(some.backward(places), PortRef{}) << "seed " << seed;
        for (const auto& [id, place] : places) {
            EXPECT_EQ(std::fmod(place.x, 8), 0);
            EXPECT_EQ(std::fmod(place.y, 8), 0);
        }
    }
}

TEST(AutoLayout, TheTopLeftCornerStays) {
    Arranged some = random_arrangement(3, 20, 2);
    for (auto& [id, record] : some.graph.nodes) {
        record.fields["x"] = 8 * (record.fields["x"].get<int>() / 8) - 800;
        record.fields["y"] = 8 * (record.fields["y"].get<int>() / 8) - 800;
    }
    Place before{1e9, 1e9}, after{1e9, 1e9};
    const auto places = some.places();
    for (const auto& [id, place] : places) {
        const Place old = place_of(some.graph.nodes.at(id));
        before = {std::min(before.x, old.x), std::min(before.y, old.y)};
        after = {std::min(after.x, place.x), std::min(after.y, place.y)};
    }
    EXPECT_EQ(after.x, before.x);
    EXPECT_EQ(after.y, before.y);
}

TEST(AutoLayout, DoneAgainItChangesNothing) {
    for (uint32_t seed = 0; seed < 20; ++seed) {
        Arranged some = random_arrangement(seed, 30, 2);
        const auto first = some.places();
        apply(some.graph, test_nodes(), move_nodes(first));
        for (const auto& [id, place] : some.places()) {
            EXPECT_EQ(place.x, first.at(id).x);
            EXPECT_EQ(place.y, first.at(id).y);
        }
    }
}

TEST(AutoLayout, AChainIsALine) {
    Arranged line;
    line.graph = chain(6);
    for (const auto& [id, record] : line.graph.nodes) line.nodes.insert(id);
    const auto places = line.places();
    for (NodeId id = 2; id <= 6; ++id) {
        EXPECT_GT(places.at(id).x, places.at(id - 1).x);
        EXPECT_EQ(places.at(id).y, places.at(1).y);
    }
}

// 1 -> 5, 2 -> 4, 3 -> 6 can be drawn without a crossing, if 4 to 6 change places.
TEST(AutoLayout, UntanglesWhatCanBeUntangled) {
    Arranged pairs;
    for (NodeId id = 1; id <= 7; ++id) {
        pairs.graph.nodes[id] = {.type = "test.add"};
        pairs.nodes.insert(id);
    }
    pairs.graph.links = {{{5, "in"}, {1, "out"}}, {{4, "in"}, {2, "out"}}, {{6, "in"}, {3, "out"}},
                         {{7, "a"}, {4, "out"}},  {{7, "b"}, {5, "out"}},  {{7, "c"}, {6, "out"}}};
    const auto places = pairs.places();
    const auto above = [&](NodeId a, NodeId b) { return places.at(a).y < places.at(b).y; };
    EXPECT_EQ(above(1, 2), above(5, 4));
    EXPECT_EQ(above(2, 3), above(4, 6));
    EXPECT_EQ(above(1, 3), above(5, 6));
}

TEST(AutoLayout, AConstantStandsBesideWhatItDrives) {
    Arranged driven;
    driven.graph = chain(8);
    driven.graph.nodes[9] = {.type = "test.constant"};
    driven.graph.links[{8, "amount"}] = {9, "out"};
    for (const auto& [id, record] : driven.graph.nodes) driven.nodes.insert(id);
    const auto places = driven.places();
    EXPECT_EQ(places.at(9).x, places.at(7).x) << "in the column before, not in the first";
    EXPECT_EQ(driven.overlap(places), (std::pair<NodeId, NodeId>{0, 0}));
}

TEST(AutoLayout, AFeedbackLoopHasALayout) {
    Arranged loop;
    loop.graph = chain(5);
    loop.graph.links[{2, "amount"}] = {4, "out"};
    loop.graph.links[{3, "amount"}] = {3, "out"};
    for (const auto& [id, record] : loop.graph.nodes) loop.nodes.insert(id);
    const auto places = loop.places();
    EXPECT_EQ(loop.overlap(places), (std::pair<NodeId, NodeId>{0, 0}));
    for (NodeId id = 2; id <= 5; ++id)
        EXPECT_GT(places.at(id).x, places.at(id - 1).x) << "the loop closes backwards";
}

TEST(AutoLayout, OnlyTheSelectionMovesAndNotesAreLeftAlone) {
    Arranged some = random_arrangement(1, 10, 1);
    some.nodes = {2, 3, 5, 77};
    some.graph.nodes[6] = {.type = note_type};
    some.nodes.insert(6);
    const auto places = some.places();
    EXPECT_EQ(places.size(), 3u);
    EXPECT_TRUE(places.contains(5));
    EXPECT_TRUE(auto_layout(some.graph, {}, {}).empty());
}

// 80 ms in a release, 0.7 s without optimisation: the bound leaves time for sanitizers.
TEST(AutoLayout, AThousandNodesTakeWellUnderASecond) {
    for (int links : {0, 1, 3}) {
        const Arranged many = random_arrangement(9, 1000, links);
        const auto start = std::chrono::steady_clock::now();
        const auto places = many.places();
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5)) << links;
        EXPECT_EQ(many.overlap(places), (std::pair<NodeId, NodeId>{0, 0})) << links;
        EXPECT_EQ(many.backward(places), PortRef{}) << links;
    }
}

}  // namespace
}  // namespace gan
