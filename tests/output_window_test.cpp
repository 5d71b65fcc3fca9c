// The output window as it is on a screen. Only where GAN_WINDOWS is set: tests/editor_window has a screen
// that nobody sees, others would have windows jump up.

#include "editor/window/output_window.h"
#include "editor/session.h"
#include "nodes/builtin.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

namespace gan {
namespace {

using namespace std::chrono_literals;

/// A picture that moves, 30 times a second.
Graph moving_picture() {
    Graph graph;
    graph.nodes[1] = {.type = "control.lfo"};
    graph.nodes[2] = {.type = "image.noise", .params = {{"width", 64}, {"height", 64}}};
    graph.nodes[3] = {.type = "image.output"};
    graph.links[{2, "evolution"}] = {1, "value"};
    graph.links[{3, "image"}] = {2, "image"};
    graph.settings["tick_rate"] = {30, 1};
    return graph;
}

/// The drivers' functions, which tests stand before.
PFN_vkQueuePresentKHR driver_presents = nullptr;
PFN_vkGetPhysicalDeviceSurfacePresentModesKHR driver_offers = nullptr;

VKAPI_ATTR VkResult VKAPI_CALL present_in_100_ms(VkQueue queue, const VkPresentInfoKHR* info) {
    std::this_thread::sleep_for(100ms);
    return driver_presents(queue, info);
}

VKAPI_ATTR VkResult VKAPI_CALL offer_fifo_alone(VkPhysicalDevice, VkSurfaceKHR, uint32_t* count,
                                                VkPresentModeKHR* modes) {
    if (modes != nullptr && *count > 0) modes[0] = VK_PRESENT_MODE_FIFO_KHR;
    *count = 1;
    return VK_SUCCESS;
}

class OutputWindowTest : public testing::Test {
protected:
    void SetUp() override {
        if (std::getenv("GAN_WINDOWS") == nullptr) GTEST_SKIP() << "no screen is there for tests";
        windows_ = std::make_unique<WindowSystem>();
        gpu_ = std::make_unique<Gpu>("software");
        gpu_->device();  // before which there are no functions of drivers
        driver_presents = vkQueuePresentKHR;
        driver_offers = vkGetPhysicalDeviceSurfacePresentModesKHR;
        session_ = std::make_unique<Session>(Workspace::create(moving_picture(), builtin_nodes()), *gpu_);
        output_ = std::make_unique<OutputWindow>(*gpu_, session_->live());
    }
    void TearDown() override {
        if (session_ == nullptr) return;
        output_.reset();  // whose thread calls what follows
        vkQueuePresentKHR = driver_presents;
        vkGetPhysicalDeviceSurfacePresentModesKHR = driver_offers;
        session_->workspace().discard();
    }
    bool until(const std::function<bool()>& holds) {
        for (const auto end = std::chrono::steady_clock::now() + 20s; !holds();) {
            if (std::chrono::steady_clock::now() > end) return false;
            windows_->wait(0.005);
            Events events;
            output_->update(events);
            session_->update();
        }
        return true;
    }
    bool shows_more(uint64_t pictures) {
        return until([&, from = output_->pace().shown] { return output_->pace().shown >= from + pictures; });
    }

    std::unique_ptr<WindowSystem> windows_;
    std::unique_ptr<Gpu> gpu_;
    std::unique_ptr<Session> session_;
    std::unique_ptr<OutputWindow> output_;
};

TEST_F(OutputWindowTest, KeepsItsPaceWhileTheEditorIsBusy) {
    output_->open(*windows_, 0, false);
    ASSERT_TRUE(shows_more(10)) << output_->pace().problem;
    const uint64_t before = output_->pace().shown;
    std::this_thread::sleep_for(2s);
    EXPECT_GE(output_->pace().shown, before + 30) << "of 60 pictures, beside whoever else is on this machine";
}

TEST_F(OutputWindowTest, GoesOnThroughMailboxAndBack) {
    output_->open(*windows_, 0, false);
    ASSERT_TRUE(shows_more(5)) << output_->pace().problem;
    EXPECT_FALSE(output_->pace().mailbox);
    output_->set_mailbox(true);
    EXPECT_TRUE(until([&] { return output_->pace().mailbox; })) << "Mesa's drivers have it on X11";
    EXPECT_TRUE(shows_more(10)) << output_->pace().problem;
    output_->set_mailbox(false);
    EXPECT_TRUE(until([&] { return !output_->pace().mailbox; }));
    EXPECT_TRUE(shows_more(10)) << output_->pace().problem;
}

TEST_F(OutputWindowTest, WithoutMailboxEachPictureIsShownAndThatIsTold) {
    vkGetPhysicalDeviceSurfacePresentModesKHR = offer_fifo_alone;
    output_->set_mailbox(true);
    output_->open(*windows_, 0, false);
    EXPECT_TRUE(shows_more(10)) << output_->pace().problem;
    EXPECT_FALSE(output_->pace().mailbox);
    EXPECT_EQ(output_->pace().problem, "");
}

TEST_F(OutputWindowTest, ASlowScreenIsToldTruthfully) {
    vkQueuePresentKHR = present_in_100_ms;
    output_->open(*windows_, 0, false);
    ASSERT_TRUE(shows_more(6)) << output_->pace().problem;
    EXPECT_GE(output_->pace().milliseconds, 100);
    EXPECT_GE(output_->pace().worst, output_->pace().milliseconds);
}

TEST_F(OutputWindowTest, OpenedWhereItIsOpenItGoesThereAndShowsOn) {
    output_->open(*windows_, 0, false);
    ASSERT_TRUE(shows_more(5)) << output_->pace().problem;
    const uint64_t before = output_->pace().shown;
    output_->open(*windows_, 0, true);
    EXPECT_TRUE(output_->fullscreen());
    EXPECT_GE(output_->pace().shown, before) << "it is the same window";
    EXPECT_TRUE(shows_more(5)) << output_->pace().problem;
    output_->open(*windows_, 7, false);
    EXPECT_FALSE(output_->fullscreen()) << "on the last screen, since there is no eighth";
    EXPECT_TRUE(shows_more(5)) << output_->pace().problem;
}

}  // namespace
}  // namespace gan
