#include "editor/edit/loop.h"

#include "nodes/builtin.h"

#include <gtest/gtest.h>

namespace gan {
namespace {

const Settings minute_of_120{.tick_rate = Rational{60}, .tempo = 120};

/// 120 beats a minute at 60 ticks a second: a beat is 30 ticks.
TEST(NaturalLoop, IsTheShortestRoundThatEverythingGoesInto) {
    Graph graph;
    graph.nodes[1] = {.type = "control.lfo", .params = {{"period", 4}, {"unit", "beats"}}};
    EXPECT_EQ(natural_loop(graph, builtin_nodes(), minute_of_120), 120);
    graph.nodes[2] = {.type = "control.lfo", .params = {{"period", 6}, {"unit", "beats"}}};
    EXPECT_EQ(natural_loop(graph, builtin_nodes(), minute_of_120), 360);
    graph.nodes[3] = {.type = "control.lfo", .params = {{"period", 0.25}, {"unit", "seconds"}}};
    EXPECT_EQ(natural_loop(graph, builtin_nodes(), minute_of_120), 360);
}

/// 7 beats of 100 a minute are 252 ticks; a third of a second is 20.
TEST(NaturalLoop, FollowsTheTempo) {
    Graph graph;
    graph.nodes[1] = {.type = "control.lfo", .params = {{"period", 7}, {"unit", "beats"}}};
    EXPECT_EQ(natural_loop(graph, builtin_nodes(), {.tick_rate = Rational{60}, .tempo = 100}), 252);
}

TEST(NaturalLoop, IsThePatchsLengthWhereItHasOneAndAMinuteWhereNothingGoesRound) {
    EXPECT_EQ(natural_loop({}, builtin_nodes(), {.tick_rate = Rational{60}, .tempo = 120, .length = 77}), 77);
    EXPECT_EQ(natural_loop({}, builtin_nodes(), minute_of_120), 3600);
}

TEST(NaturalLoop, LeavesOutWhatWouldMakeItLongerThanTenMinutes) {
    Graph graph;
    graph.nodes[1] = {.type = "control.lfo", .params = {{"period", 4}, {"unit", "beats"}}};
    graph.nodes[2] = {.type = "control.lfo", .params = {{"period", 599.98}, {"unit", "seconds"}}};
    EXPECT_EQ(natural_loop(graph, builtin_nodes(), minute_of_120), 120);
}

}  // namespace
}  // namespace gan
