#include "runtime/graph/player.h"
#include "runtime/graph/document.h"
#include "tests/graph_nodes.h"
#include "tests/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>

namespace gan {
namespace {

/// A player with the graph it plays.
struct Played {
    explicit Played(Graph graph) : document(std::move(graph), test_nodes()) { player.post(plan()); }

    std::shared_ptr<const Plan> plan() const {
        return build_plan(document.graph(), test_nodes(), player.plan());
    }
    void edit(const Edit& edit) { send(document.edit(edit, "edit")); }
    void undo() { send(document.undo()); }
    void send(Document::Effect effect) {
        player.post(effect.structural ? plan() : nullptr, std::move(effect.values));
    }
    void show(int64_t tick) { player.show({.index = tick}); }

    const Node& node(NodeId id) const { return *player.plan()->find(id)->instance->node; }
    double value(NodeId id, const char* output = "out") const {
        const OutputBase* found = node(id).output(output);
        EXPECT_EQ(found->error(), "");
        return static_cast<const Output<double>*>(found)->value();
    }
    std::string error(NodeId id, const char* output = "out") const {
        return node(id).output(output)->error();
    }
    Reason reason(NodeId id) const {
        for (const NodeReport& report : player.report())
            if (report.node == id) return report.reason;
        ADD_FAILURE() << "node " << id << " is not in the plan";
        return Reason::NotAsked;
    }

    Document document;
    Player player;
};

TEST(Player, CarriesValuesAlongLinks) {
    Played stage(chain(5));
    stage.edit(set(1, "value", 7));
    stage.show(0);
    EXPECT_EQ(stage.value(5, "seen"), 10);
}

TEST(Player, RunsNothingWhoseInputsDidNotChange) {
    Played stage(chain(5));
    stage.show(0);
    EXPECT_EQ(stage.reason(3), Reason::New);
    const int before = test_adds;
    stage.show(1);
    EXPECT_EQ(test_adds, before);
    EXPECT_EQ(stage.reason(3), Reason::Unchanged);
    stage.edit(set(3, "amount", 2));
    stage.show(2);
    EXPECT_EQ(test_adds, before + 2) << "the changed node and the one after it";
    EXPECT_EQ(stage.reason(2), Reason::Unchanged);
    EXPECT_EQ(stage.reason(3), Reason::New);
    EXPECT_EQ(stage.reason(4), Reason::Input);
}

// Both values are above the most there is: the output has the same bits.
TEST(Player, AnOutputThatStaysTheSameWakesNobody) {
    Played stage(chain(4));
    stage.edit(set(1, "value", 2000));
    stage.show(0);
    const int before = test_adds;
    stage.edit(set(1, "value", 3000));
    stage.show(1);
    EXPECT_EQ(stage.value(1), 1000);
    EXPECT_EQ(test_adds, before);
    EXPECT_THAT(stage.player.take_problems(), testing::SizeIs(2));
}

TEST(Player, RunsNothingThatNobodyAskedFor) {
    Played stage(chain(4));
    stage.edit(add_node(9, "test.add"));
    stage.edit(link(1, "out", 9, "in"));
    stage.show(0);
    EXPECT_EQ(stage.reason(9), Reason::NotAsked);
    stage.player.post(build_plan(stage.document.graph(), test_nodes(), stage.player.plan(), {9}));
    stage.show(1);
    EXPECT_EQ(stage.value(9), 1);
}

TEST(Player, AScalarWiredToAParameterWinsOverItsValueAndStaysInRange) {
    Played stage(chain(3));
    stage.edit(add_node(8, "test.constant", {{"value", 500}}));
    stage.edit(link(8, "out", 2, "amount"));
    stage.show(0);
    EXPECT_EQ(stage.value(2), 10) << "the most that can be added";
    stage.edit({RemoveLink{{2, "amount"}}});
    stage.show(1);
    EXPECT_EQ(stage.value(2), 1);
}

TEST(Player, AFailingNodeSaysWhyAndTheRestWaits) {
    Played stage(chain(4));
    stage.edit(add_node(9, "test.fail"));
    stage.edit(link(1, "out", 9, "in"));
    stage.edit(link(9, "out", 2, "in"));
    stage.edit(set(1, "value", 2));
    stage.show(0);
    EXPECT_EQ(stage.value(4, "seen"), 2.5);
    stage.edit(set(1, "value", 0));
    stage.show(1);
    EXPECT_EQ(stage.error(9), "Inverse 9: zero has no inverse");
    EXPECT_EQ(stage.error(2), "Add 2 waits for Inverse 9");
    EXPECT_EQ(stage.error(4, "seen"), "Sink 4 waits for Add 3");
    EXPECT_EQ(stage.reason(2), Reason::Waiting);
    stage.edit(set(1, "value", 4));
    stage.show(2);
    EXPECT_EQ(stage.value(4, "seen"), 2.25);
    stage.edit({RemoveLink{{2, "in"}}});
    stage.show(3);
    EXPECT_EQ(stage.error(2), "Add 2 needs a link to 'in'");
}

TEST(Player, StopsNumbersThatAreNotFiniteAtThePort) {
    Played stage(chain(3));
    stage.edit(add_node(9, "test.fail"));
    stage.edit(link(1, "out", 9, "in"));
    stage.edit(link(9, "out", 2, "in"));
    stage.edit(set(1, "value", 1e-320));
    stage.show(0);
    EXPECT_EQ(stage.error(9), "output 'out' is not a finite number");
}

TEST(Player, BypassPassesOnAndMuteSilences) {
    Played stage(chain(5));
    stage.show(0);
    EXPECT_EQ(stage.value(5, "seen"), 3);
    stage.edit({SetField{3, "bypass", true}});
    stage.show(1);
    EXPECT_EQ(stage.value(5, "seen"), 2);
    EXPECT_EQ(stage.reason(3), Reason::Bypassed);
    stage.undo();
    stage.show(2);
    EXPECT_EQ(stage.value(5, "seen"), 3);
    stage.edit({SetField{3, "mute", true}});
    stage.show(3);
    EXPECT_EQ(stage.error(3), "Add 3 is muted");
    EXPECT_EQ(stage.error(5, "seen"), "Sink 5 waits for Add 4");
}

Graph counting() {
    Graph graph;
    graph.nodes[1] = {.type = "test.clock"};
    graph.nodes[2] = {.type = "test.count"};
    graph.nodes[3] = {.type = "test.sink"};
    graph.links[{2, "in"}] = {1, "out"};
    graph.links[{3, "in"}] = {2, "out"};
    return graph;
}

// 0 + 1 + ... + t
TEST(Player, StateSeesEveryTickOnceWhateverIsShown) {
    Played stage(counting());
    stage.show(0);
    stage.show(10);
    EXPECT_EQ(stage.value(3, "seen"), 55) << "skipped ticks are stepped through";
    stage.show(10);
    EXPECT_EQ(stage.value(3, "seen"), 55) << "a tick shown again is no step";
    stage.show(4);
    EXPECT_EQ(stage.value(3, "seen"), 10) << "going back replays";
    stage.player.reset();
    stage.show(17);
    EXPECT_EQ(stage.value(3, "seen"), 153) << "a tick alone is that of the run";
}

// 0 + 1 + ... + 10, then constant 3 twice: what was skipped passed before the change.
TEST(Player, SkippedTicksHaveTheValuesThatHeldThen) {
    Played stage(counting());
    stage.show(4);
    stage.edit(add_node(8, "test.constant", {{"value", 3}}));
    stage.edit(link(8, "out", 2, "in"));
    stage.show(11);
    EXPECT_EQ(stage.value(3, "seen"), 55 + 3);
    stage.edit(set(8, "value", 4));
    stage.show(13);
    EXPECT_EQ(stage.value(3, "seen"), 55 + 3 + 3 + 4);
}

TEST(Player, ATickThatNobodySeesMovesOnlyState) {
    Graph graph = counting();
    graph.nodes[5] = {.type = "test.clock"};
    graph.nodes[6] = {.type = "test.sink"};
    graph.links[{6, "in"}] = {5, "out"};
    Played stage(graph);
    stage.show(0);
    stage.player.pass({.index = 1});
    EXPECT_EQ(stage.reason(6), Reason::NotAsked);
    EXPECT_EQ(stage.value(6, "seen"), 0);
    EXPECT_EQ(stage.value(2), 1);
    stage.show(2);
    EXPECT_EQ(stage.value(6, "seen"), 2);
    EXPECT_EQ(stage.value(2), 3);
}

// What a tick leaves behind adds up in every stretch; the allocator and the runtime take a page more now and
// then, but not each time. A leak of 16 bytes a tick would be 1.6 MB a stretch.
TEST(Player, MemoryIsFlatOverAHundredThousandTicks) {
#if defined(GAN_SANITIZES_ADDRESSES) || defined(GAN_SANITIZES_THREADS)
    GTEST_SKIP() << "sanitizers keep memory of their own; the dev build, without them, runs this test";
#endif
    Graph graph = counting();
    graph.nodes[8] = {.type = "test.constant"};
    Played stage(graph);
    const int64_t stretch = 100'000;
    int64_t tick = 0;
    std::vector<double> grown;
    for (int i = 0; i < 5; ++i) {
        const double before = resident_megabytes();
        for (const int64_t end = tick + stretch; tick < end; ++tick) {
            stage.player.post(nullptr, {{8, "value", tick % 7}});
            stage.show(tick);
        }
        grown.push_back(resident_megabytes() - before);
    }
    EXPECT_LT(std::ranges::min(grown), 1.0);
}

TEST(Player, WhatIsAddedWhilePausedShowsAValueAtOnce) {
    Played stage(chain(3));
    stage.edit(set(1, "value", 5));
    stage.show(3);
    stage.edit(add_node(9, "test.count"));
    stage.edit(link(1, "out", 9, "in"));
    stage.edit(link(9, "out", 2, "in"));
    stage.show(3);
    EXPECT_EQ(stage.value(3, "seen"), 6);
    stage.show(3);
    EXPECT_EQ(stage.value(3, "seen"), 6) << "the same tick again is no step";
    stage.edit({SetField{9, "mute", true}});
    stage.show(3);
    EXPECT_EQ(stage.error(9), "Count 9 is muted");
}

TEST(Player, StateTravelsFromPlanToPlan) {
    Played stage(counting());
    stage.show(10);
    stage.edit(add_node(7, "test.add"));
    stage.show(11);
    EXPECT_EQ(stage.value(3, "seen"), 66);
}

// out(t) = in(t - 1), in(t) = out(t) + 1: counts ticks.
TEST(Player, ADelayClosesALoop) {
    Graph graph;
    graph.nodes[1] = {.type = "test.delay"};
    graph.nodes[2] = {.type = "test.add"};
    graph.nodes[3] = {.type = "test.sink"};
    graph.links[{2, "in"}] = {1, "out"};
    graph.links[{1, "in"}] = {2, "out"};
    graph.links[{3, "in"}] = {2, "out"};
    Played stage(graph);
    for (int64_t tick : {0, 1, 2, 9, 3}) {
        stage.show(tick);
        EXPECT_EQ(stage.value(3, "seen"), static_cast<double>(tick + 1));
    }
}

TEST(Player, UndoBringsBackANodeWithItsValues) {
    Played stage(chain(4));
    stage.edit(set(2, "amount", 5));
    stage.show(0);
    stage.edit({RemoveNode{2}});
    stage.undo();
    stage.show(1);
    EXPECT_EQ(stage.value(4, "seen"), 6);
    stage.edit({RemoveNode{2}});
    stage.show(2);
    EXPECT_EQ(stage.error(3), "Add 3 needs a link to 'in'");
    stage.undo();
    stage.show(3);
    EXPECT_EQ(stage.value(4, "seen"), 6);
}

// Plans and values come from another thread while ticks go on; the thread sanitizer watches.
TEST(Player, TakesEditsFromAnotherThreadWhileItPlays) {
    Document document(chain(200), test_nodes());
    Player player;
    auto plan = build_plan(document.graph(), test_nodes());
    player.post(plan);
    std::atomic<bool> done = false;
    std::thread editor([&] {
        std::mt19937 random(5);
        for (int i = 0; i < 300; ++i) {
            const auto id = static_cast<NodeId>(2 + random() % 190);
            Document::Effect effect;
            if (i % 3 != 0 && document.graph().nodes.contains(id))
                effect = document.edit(set(id, "amount", i % 10), "value");
            else if (document.graph().nodes.contains(id))
                effect = document.edit({RemoveNode{id}}, "remove");
            else if (document.can_undo())
                effect = document.undo();
            if (effect.structural) plan = build_plan(document.graph(), test_nodes(), plan.get());
            player.post(effect.structural ? plan : nullptr, std::move(effect.values));
        }
        done = true;
    });
    int64_t tick = 0;
    while (!done) player.show({.index = tick++});
    editor.join();
    player.show({.index = tick});
    EXPECT_EQ(player.plan(), plan.get());
}

}  // namespace
}  // namespace gan
