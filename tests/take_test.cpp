#include "runtime/graph/performance.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "tests/graph_nodes.h"
#include "tests/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

namespace gan {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Transport, FollowsTheClock) {
    Transport transport;
    EXPECT_EQ(transport.tick(7), 7);
    transport.pause(10);
    EXPECT_EQ(transport.tick(50), 10);
    transport.step(50, -3);
    EXPECT_EQ(transport.tick(60), 7);
    transport.play(60);
    EXPECT_EQ(transport.tick(65), 12);
    transport.seek(65, 1000);
    EXPECT_EQ(transport.tick(66), 1001);
    transport.set_speed(70, 0.5);
    EXPECT_EQ(transport.tick(70), 1005);
    EXPECT_EQ(transport.tick(75), 1007);
    transport.seek(75, -4);
    EXPECT_EQ(transport.tick(75), 0) << "there is nothing before the first tick";
}

TEST(Transport, LoopsFromWithinAndPlaysOnFromBehind) {
    Transport transport(TickRange{10, 15});
    for (int64_t clock = 0; clock < 15; ++clock) EXPECT_EQ(transport.tick(clock), clock);
    EXPECT_EQ(transport.tick(15), 10);
    EXPECT_EQ(transport.tick(15 + 5 * 1000 + 2), 12);
    transport.seek(20, 40);
    EXPECT_EQ(transport.tick(30), 50);
    transport.set_loop(30, TickRange{48, 52});
    EXPECT_EQ(transport.tick(32), 48);
}

// One third is no exact double: the tick of the third clock tick is 1, not 0.
TEST(Transport, SlowSpeedsLoseNoTick) {
    Transport transport;
    transport.set_speed(0, 1.0 / 3);
    for (int64_t clock = 0; clock < 3000; ++clock) EXPECT_EQ(transport.tick(clock), clock / 3);
}

// A knob that is dragged sends its value at every tick.
TEST(Transport, ASpeedThatIsSetAgainAndAgainIsThatSpeed) {
    for (double speed : {0.9, 1.5, 0.3}) {
        Transport once;
        once.set_speed(0, speed);
        Transport dragged;
        for (int64_t clock = 0; clock < 500; ++clock) {
            dragged.set_speed(clock, speed);
            ASSERT_EQ(dragged.tick(clock), once.tick(clock)) << speed << " at " << clock;
        }
    }
}

TEST(Transport, KeepsToTheLongestPatch) {
    Transport transport;
    for (int i = 0; i < 3000; ++i) transport.step(0, INT64_MAX);
    EXPECT_EQ(transport.tick(0), most_ticks);
    for (int i = 0; i < 3000; ++i) transport.step(0, INT64_MIN);
    EXPECT_EQ(transport.tick(0), 0);
}

class TakeTest : public testing::Test {
protected:
    std::string path() const { return (folder_ / "a.take").string(); }
    Take written(const std::string& text) const {
        std::ofstream(path()) << text;
        return load_take(path(), test_nodes());
    }

private:
    TemporaryFolder folder_;
};

TEST_F(TakeTest, HoldsWhatWasDoneAndWhen) {
    const Graph graph = chain(3);
    {
        TakeWriter writer(path(), graph);
        EXPECT_THAT([&] { TakeWriter(path(), graph); }, ThrowsMessage<Error>(HasSubstr("exists already")));
        writer.append(3, set(1, "value", 0.1));
        writer.append(3, TransportCommand{.kind = TransportCommand::Kind::Seek, .ticks = 100});
        writer.append(9, TransportCommand{.kind = TransportCommand::Kind::Loop, .loop = TickRange{1, 5}});
        writer.append(9, TransportCommand{.kind = TransportCommand::Kind::Speed, .speed = 0.25});
        writer.end(20);
    }
    const Take take = load_take(path(), test_nodes());
    EXPECT_EQ(take.graph, graph);
    EXPECT_EQ(take.length, 20);
    EXPECT_THAT(take.problems, testing::IsEmpty());
    ASSERT_EQ(take.events.size(), 4u);
    EXPECT_EQ(take.events[0].clock, 3);
    EXPECT_EQ(to_json(take.events[0].action), to_json(Action(set(1, "value", 0.1))));
    Transport transport;
    for (size_t i = 1; i < 4; ++i)
        apply(transport, take.events[i].clock, std::get<TransportCommand>(take.events[i].action));
    EXPECT_EQ(transport.loop(), (TickRange{1, 5}));
    EXPECT_EQ(transport.speed(), 0.25);
    EXPECT_EQ(transport.tick(9), 106);
}

TEST_F(TakeTest, EndsWhereTheProgramDied) {
    {
        TakeWriter writer(path(), chain(2));
        writer.append(3, set(1, "value", 1));
        writer.append(7, set(1, "value", 2));
    }
    const std::string text = read_text(path());
    Take take = written(text.substr(0, text.size() - 5));
    EXPECT_EQ(take.events.size(), 1u) << "a line that was being written is left out";
    EXPECT_EQ(take.length, 4);
    EXPECT_THAT(take.problems, testing::ElementsAre(HasSubstr("was not ended")));
}

TEST_F(TakeTest, SaysWhatIsWrongWithAFile) {
    const std::string head = R"({"ganymede_take":1,"patch":{"ganymede":1}})"
                             "\n";
    const auto refused = [&](const std::string& text, const std::string& sentence) {
        EXPECT_THAT([&] { written(text); }, ThrowsMessage<Error>(HasSubstr(sentence))) << text;
    };
    refused("", "it is no take");
    refused("{}\n", "it is no take");
    refused("\x01\xff\n", "it is no take");
    const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
    refused(R"({"ganymede_take":1,"patch":)" + deep + "}\n", "it is no take");
    refused(head + R"({"clock":5,"do":{"edit":"param","id":1,"param":"a","value":)" + deep + "}}\n",
            "nests more than");
    refused(head + R"({"clock":18446744073709551615,"end":true})"
                   "\n",
            "is no number of ticks");
    refused(R"({"ganymede_take":2,"patch":{}})"
            "\n",
            "of format 2");
    refused(head + "{\n", "line 2");
    refused(head + R"({"clock":5,"do":{"edit":"explode"}})"
                   "\n",
            "no edit 'explode'");
    refused(head + R"({"clock":5,"do":{"transport":"fly"}})"
                   "\n",
            "no transport command 'fly'");
    refused(head + R"({"clock":5,"do":{"transport":"speed","value":1e300}})"
                   "\n",
            "out of range");
    refused(head + R"({"clock":5,"do":{"transport":"loop","value":[5,5]}})"
                   "\n",
            "above the first");
    refused(head + R"({"clock":1e30,"do":{"transport":"play"}})"
                   "\n",
            "is no number of ticks");
    refused(head + R"({"clock":5,"do":{"transport":"play"}})"
                   "\n"
                   R"({"clock":4,"end":true})"
                   "\n",
            "its clock goes back");
}

double seen(const Player& player) {
    const auto& output = *player.plan()->find(3)->instance->node->output("seen");
    EXPECT_EQ(output.error(), "");
    return static_cast<const Output<double>&>(output).value();
}

// A performance with state: edits, seeks, pauses and a loop at random. However it was watched (every tick, or
// late with ticks left out), each tick that was seen is what the take gives, also when that one is rendered
// alone.
TEST(Performance, ATakeGivesWhatWasPlayed) {
    Graph graph;
    graph.nodes[1] = {.type = "test.clock"};
    graph.nodes[2] = {.type = "test.count"};
    graph.nodes[3] = {.type = "test.sink"};
    graph.nodes[4] = {.type = "test.add"};
    graph.links[{4, "in"}] = {1, "out"};
    graph.links[{2, "in"}] = {4, "out"};
    graph.links[{3, "in"}] = {2, "out"};
    graph.settings["loop"] = {5, 40};
    std::set<double> values;
    for (uint32_t seed = 0; seed < 40; ++seed) {
        std::mt19937 random(seed);
        const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
        Take take{.graph = graph};
        Desk desk(graph, test_nodes());
        std::vector<std::string> problems;
        Stage stage(desk.first_plan(), settings_of(graph, problems), "");
        std::map<int64_t, double> played;
        for (int64_t clock = 0; clock < 150; ++clock) {
            for (int i = below(8); i < 1; ++i) {
                Action action;
                switch (below(6)) {
                    case 0:
                        action = set(4, "amount", below(10));
                        break;
                    case 1:
                        action = Edit{SetField{4, "bypass", below(2) == 0}};
                        break;
                    case 2:
                        action = TransportCommand{.kind = TransportCommand::Kind::Seek, .ticks = below(60)};
                        break;
                    case 3:
                        action = TransportCommand{.kind = below(2) == 0 ? TransportCommand::Kind::Play
                                                                        : TransportCommand::Kind::Pause};
                        break;
                    case 4:
                        action =
                            TransportCommand{.kind = TransportCommand::Kind::Speed, .speed = 0.25 * below(8)};
                        break;
                    default:
                        action = Edit{SetSetting{"loop", json{below(5), 10 + below(30)}}};
                }
                stage.take(desk.cue(action), clock);
                take.events.push_back({clock, action});
            }
            if (below(3) == 0) {
                stage.pass(clock, false);
                continue;
            }
            stage.show(clock, false);
            played[clock] = seen(stage.player());
        }
        take.length = 150;
        TakePlayer again(take, test_nodes(), "");
        for (const auto& [clock, value] : played) {
            again.show(clock);
            ASSERT_EQ(seen(again.player()), value) << "seed " << seed << ", clock " << clock;
        }
        TakePlayer alone(take, test_nodes(), "");
        const auto last = std::prev(played.end());
        alone.show(last->first);
        EXPECT_EQ(seen(alone.player()), last->second);
        for (const auto& [clock, value] : played) values.insert(value);
    }
    EXPECT_GT(values.size(), 500u) << "not much happened";
}

TEST(Performance, SaysThatItsTickRateIsKept) {
    Graph graph;
    graph.settings["tick_rate"] = {60, 1};
    Desk desk(graph, test_nodes());
    EXPECT_THAT(desk.cue(Edit{SetSetting{"tempo", 90}}).problems, testing::IsEmpty());
    EXPECT_THAT(desk.cue(Edit{SetSetting{"tick_rate", json{50, 1}}}).problems,
                testing::ElementsAre(HasSubstr("tick rate stays what it was")));
}

}  // namespace
}  // namespace gan
