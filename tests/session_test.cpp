#include "editor/session.h"
#include "editor/recorder.h"
#include "nodes/builtin.h"
#include "runtime/base/error.h"
#include "runtime/gpu/transfer.h"
#include "runtime/graph/patch.h"
#include "tests/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>
#include <utility>

namespace gan {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// An LFO (1) whose value goes into Math (2), and a Noise picture (3) in the Output (4).
Graph playing_graph() {
    Graph graph;
    graph.nodes[1] = {.type = "control.lfo"};
    graph.nodes[2] = {.type = "control.math", .params = {{"expression", "a + 1"}}};
    graph.nodes[3] = {.type = "image.noise", .params = {{"width", 32}, {"height", 16}}};
    graph.nodes[4] = {.type = "image.output"};
    graph.links[{2, "a"}] = {1, "value"};
    graph.links[{4, "image"}] = {3, "image"};
    return graph;
}

/// Instead of the driver's vkQueuePresentKHR: what happens while it presents.
std::function<void()> while_presenting;
VKAPI_ATTR VkResult VKAPI_CALL present_slowly(VkQueue, const VkPresentInfoKHR*) {
    while_presenting();
    return VK_SUCCESS;
}

class SessionTest : public testing::Test {
protected:
    void begin(Graph graph) {
        session_ = std::make_unique<Session>(Workspace::create(std::move(graph), builtin_nodes()), gpu_);
    }
    ~SessionTest() override {
        if (session_ != nullptr) session_->workspace().discard();
    }
    bool until(const std::function<bool(const Shown&)>& holds) {
        const auto end = Clock::now() + 20s;
        while (Clock::now() < end) {
            session_->update();
            if (holds(*session_->shown())) return true;
            std::this_thread::sleep_for(1ms);
        }
        return false;
    }
    double scalar(const Shown& shown, const PortRef& port) const {
        const OutputShown* output = shown.find(port);
        const double* value = output == nullptr ? nullptr : std::get_if<double>(&output->value);
        return value == nullptr ? std::nan("") : *value;
    }

    Gpu gpu_{"software"};
    std::unique_ptr<Session> session_;
};

TEST_F(SessionTest, PlaysAtOnceAndShowsItsPicture) {
    begin(playing_graph());
    ASSERT_TRUE(until([](const Shown& shown) { return shown.picture != nullptr && shown.tick > 3; }));
    EXPECT_EQ(session_->shown()->picture->width, 32);
    EXPECT_EQ(session_->shown()->picture_error, "");
}

TEST_F(SessionTest, SaysInWordsWhyThereIsNoPicture) {
    begin({});
    ASSERT_TRUE(until([](const Shown& shown) { return shown.tick > 0; }));
    EXPECT_THAT(session_->shown()->picture_error, testing::HasSubstr("no Output node"));
}

TEST_F(SessionTest, PublishesValuesOfWhatIsWatchedAndOfNothingElse) {
    begin(playing_graph());
    session_->play(false);
    session_->watch({2});
    ASSERT_TRUE(until([&](const Shown& shown) { return std::isfinite(scalar(shown, {2, "value"})); }));
    EXPECT_EQ(session_->shown()->find(PortRef{1, "value"}), nullptr);
    EXPECT_EQ(session_->shown()->find(NodeId{1})->watched, false);
}

TEST_F(SessionTest, AnEditIsHeardAndUndoneWhileItPlays) {
    begin(playing_graph());
    session_->play(false);
    session_->watch({2});
    const Graph before = session_->graph();
    ASSERT_TRUE(session_->edit({SetParam{2, "expression", "41 + 1"}}, "Set expression of Math"));
    EXPECT_TRUE(until([&](const Shown& shown) { return scalar(shown, {2, "value"}) == 42; }));
    ASSERT_TRUE(session_->edit({RemoveNode{1}}, "Delete LFO"));
    EXPECT_TRUE(until([](const Shown& shown) { return shown.find(NodeId{1}) == nullptr; }));
    session_->undo();
    session_->undo();
    EXPECT_EQ(session_->graph(), before);
    EXPECT_TRUE(until([](const Shown& shown) { return shown.find(NodeId{1}) != nullptr; }));
    session_->redo();
    EXPECT_TRUE(until([&](const Shown& shown) { return scalar(shown, {2, "value"}) == 42; }));
}

// An editor that is slower than the player has always a tick to look at; what it sees is not older than an
// edit for that.
TEST_F(SessionTest, ATickThatTookAnEditIsShownAlthoughTheOneBeforeWasNotLookedAt) {
    begin(playing_graph());
    session_->watch({2});
    ASSERT_TRUE(until([&](const Shown& shown) { return std::isfinite(scalar(shown, {2, "value"})); }));
    std::atomic<int> ticks = 0, ticks_since = 0;
    session_->live().listen([&](const Live::Moment& moment) {
        ++ticks;
        if (ticks_since > 0 || !moment.taken.empty()) ++ticks_since;
    });
    const auto wait_for = [](const std::atomic<int>& count, int least) {
        for (const auto end = Clock::now() + 20s; count < least && Clock::now() < end;)
            std::this_thread::sleep_for(1ms);
        return count >= least;
    };
    // The first of these is published, and nobody looks.
    ASSERT_TRUE(wait_for(ticks, 3));
    ASSERT_TRUE(session_->edit({SetParam{2, "expression", "41 + 1"}}, "Set expression of Math"));
    ASSERT_TRUE(wait_for(ticks_since, 2));
    session_->live().listen({});
    EXPECT_EQ(scalar(*session_->live().shown(), {2, "value"}), 42);
}

TEST_F(SessionTest, AnEditThatDoesNotFitIsANoteAndChangesNothing) {
    begin(playing_graph());
    const Graph before = session_->graph();
    EXPECT_FALSE(session_->edit({AddLink{{1, "value"}, {4, "image"}}}, "Connect"));
    EXPECT_EQ(session_->graph(), before);
    EXPECT_FALSE(session_->can_undo());
    ASSERT_FALSE(session_->notes().empty());
    EXPECT_EQ(session_->notes().back().kind, Note::Kind::Warning);
}

TEST_F(SessionTest, ADragIsOneStep) {
    begin(playing_graph());
    const uint64_t gesture = session_->new_gesture();
    for (int i = 0; i < 50; ++i)
        ASSERT_TRUE(session_->edit({SetParam{1, "period", 1 + i * 0.1}}, "Set period of LFO", gesture));
    EXPECT_EQ(session_->document().past(), std::vector<std::string>{"Set period of LFO"});
    session_->undo();
    EXPECT_FALSE(session_->graph().nodes.at(1).params.contains("period"));
}

TEST_F(SessionTest, SeeksStepsAndStands) {
    begin(playing_graph());
    session_->play(false);
    session_->seek(100);
    ASSERT_TRUE(until([](const Shown& shown) { return !shown.playing && shown.tick == 100; }));
    session_->step(-3);
    ASSERT_TRUE(until([](const Shown& shown) { return shown.tick == 97; }));
    ASSERT_TRUE(until([](const Shown& shown) { return shown.still; }));
}

// Ticks of a patch that stands still would keep a core awake for nothing.
TEST_F(SessionTest, NoTickIsPlayedWhileNothingCanChange) {
    begin(playing_graph());
    session_->play(false);
    ASSERT_TRUE(until([](const Shown& shown) { return shown.still; }));
    const int64_t ticks = session_->shown()->ticks;
    for (int i = 0; i < 50; ++i) {
        session_->update();
        std::this_thread::sleep_for(4ms);
    }
    // What was asked for when the last tick began may be published by one more.
    EXPECT_LE(session_->shown()->ticks, ticks + 2);
    session_->play(true);
    EXPECT_TRUE(until([&](const Shown& shown) { return shown.ticks > ticks + 10; }));
}

TEST_F(SessionTest, AnotherTickRateTakesEffectAtOnce) {
    begin(playing_graph());
    ASSERT_TRUE(until([](const Shown& shown) { return shown.tick > 2; }));
    ASSERT_TRUE(session_->edit({SetSetting{"tick_rate", nlohmann::json{5, 1}}}, "Set the tick rate"));
    ASSERT_TRUE(until([](const Shown& shown) { return shown.settings.tick_rate == Rational{5}; }));
    const int64_t tick = session_->shown()->tick;
    const auto start = Clock::now();
    ASSERT_TRUE(until([&](const Shown& shown) { return shown.tick >= tick + 2; }));
    // Two ticks of a fifth of a second; a busy machine makes them longer, never shorter.
    EXPECT_GT(Clock::now() - start, 190ms);
}

TEST_F(SessionTest, GivesEachPictureANumberToThoseWhoWait) {
    begin(playing_graph());
    const auto first = session_->live().next_picture(0, Clock::now() + 20s);
    ASSERT_NE(first.image, nullptr);
    EXPECT_GE(first.number, 1u);
    // Noise does not move: no other picture comes.
    const auto none = session_->live().next_picture(first.number, Clock::now() + 50ms);
    EXPECT_EQ(none.number, first.number);
}

// Nobody but an output window may be drawing then.
TEST_F(SessionTest, MakesThePictureAgainWhenTheGpuIsLostWhileNothingMoves) {
    begin(playing_graph());
    session_->play(false);
    ASSERT_TRUE(until([](const Shown& shown) { return shown.still && shown.picture != nullptr; }));
    const ImageRef before = session_->shown()->picture;
    const auto first = session_->live().next_picture(0, Clock::now());
    const auto device = gpu_.device();
    device->inject({.submission = 1});
    const ImageInfo info{.width = 1, .height = 1, .channels = 3};
    const std::vector<float> pixel(3);
    EXPECT_THROW(
        {
            upload(*device, info, pixel);
            device->flush();
        },
        DeviceLost);
    EXPECT_TRUE(
        until([&](const Shown& shown) { return shown.picture != nullptr && shown.picture != before; }));
    EXPECT_GT(session_->live().next_picture(first.number, Clock::now()).number, first.number);
    EXPECT_FALSE(gpu_.lost());
}

// A driver may present for as long as the screen takes; the queue is its alone meanwhile.
TEST_F(SessionTest, ASlowPresentDoesNotHoldThePlayer) {
    Graph graph = playing_graph();
    graph.links[{3, "evolution"}] = {1, "value"};  // a new picture with each tick
    graph.settings["tick_rate"] = {10, 1};
    begin(std::move(graph));
    ASSERT_TRUE(until([](const Shown& shown) { return shown.picture != nullptr; }));
    const Live& live = session_->live();
    uint64_t before = 0;
    uint64_t after = 0;
    while_presenting = [&] {
        before = live.next_picture(0, Clock::now()).number;
        after = live.next_picture(before + 2, Clock::now() + 10s).number;
    };
    const auto drivers = std::exchange(vkQueuePresentKHR, present_slowly);
    gpu_.device()->present({});
    vkQueuePresentKHR = drivers;
    EXPECT_GE(after, before + 3) << "pictures made while it presents";
    EXPECT_GT(live.next_picture(after + 2, Clock::now() + 10s).number, after + 2) << "it goes on afterwards";
}

TEST_F(SessionTest, RecordsATakeThatPlaysTheSame) {
    const TemporaryFolder folder;
    Graph graph = playing_graph();
    graph.links[{3, "seed"}] = {2, "value"};  // else no sink asks for it
    begin(std::move(graph));
    session_->watch({2});
    ASSERT_TRUE(until([](const Shown& shown) { return shown.tick > 5; }));
    const std::string path = (folder.path() / "a.take").string();
    {
        Recorder recorder(*session_, {.take = path});
        ASSERT_TRUE(until([&](const Shown&) { return recorder.status().frames > 10; }));
        ASSERT_TRUE(session_->edit({SetParam{2, "expression", "7"}}, "Set expression of Math"));
        ASSERT_TRUE(until([&](const Shown& shown) { return scalar(shown, {2, "value"}) == 7; }));
        recorder.stop();
        ASSERT_TRUE(until([&](const Shown&) { return recorder.status().done; }));
        EXPECT_EQ(recorder.status().problem, "");
    }
    const Take take = load_take(path, builtin_nodes());
    EXPECT_EQ(take.problems, std::vector<std::string>{});
    TakePlayer player(take, builtin_nodes(), "", &gpu_);
    player.show(take.length - 1);
    const Plan::Step* step = player.player().plan()->find(2);
    ASSERT_NE(step, nullptr);
    EXPECT_EQ(static_cast<const Output<double>*>(step->instance->node->output("value"))->value(), 7);
}

TEST_F(SessionTest, RecordsAVideoWhileItPlaysAndSaysWhatWasLost) {
    const TemporaryFolder folder;
    begin(playing_graph());
    const std::string path = (folder.path() / "a.mkv").string();
    ASSERT_TRUE(until([](const Shown& shown) { return shown.picture != nullptr; }));
    Recorder recorder(*session_, {.video = path});
    ASSERT_TRUE(until([&](const Shown&) { return recorder.status().frames >= 20; }));
    recorder.stop();
    ASSERT_TRUE(until([&](const Shown&) { return recorder.status().done; }));
    EXPECT_EQ(recorder.status().problem, "");
    EXPECT_LE(recorder.status().lost, recorder.status().frames);
    EXPECT_GT(std::filesystem::file_size(path), 100u);
}

TEST_F(SessionTest, ARecordingEndsWhereTheTickRateChangesAndIsKept) {
    const TemporaryFolder folder;
    begin(playing_graph());
    const std::string path = (folder.path() / "a.mkv").string();
    ASSERT_TRUE(until([](const Shown& shown) { return shown.picture != nullptr; }));
    Recorder recorder(*session_, {.video = path});
    ASSERT_TRUE(until([&](const Shown&) { return recorder.status().frames >= 5; }));
    ASSERT_TRUE(session_->edit({SetSetting{"tick_rate", nlohmann::json{30, 1}}}, "Set the tick rate"));
    ASSERT_TRUE(until([&](const Shown&) { return recorder.status().done; }));
    EXPECT_THAT(recorder.status().problem, testing::HasSubstr("tick rate"));
    EXPECT_GT(std::filesystem::file_size(path), 100u);
}

TEST_F(SessionTest, ARecordingThatCannotBeWrittenIsAProblemInWordsAndThePictureGoesOn) {
    begin(playing_graph());
    ASSERT_TRUE(until([](const Shown& shown) { return shown.picture != nullptr; }));
    Recorder recorder(*session_, {.video = "/no such folder/a.mkv"});
    ASSERT_TRUE(until([&](const Shown&) { return recorder.status().done; }));
    EXPECT_NE(recorder.status().problem, "");
    const int64_t ticks = session_->shown()->ticks;
    EXPECT_TRUE(until([&](const Shown& shown) { return shown.ticks > ticks + 5; }));
}

}  // namespace
}  // namespace gan
