#include "editor/window/window.h"

#include <gtest/gtest.h>

namespace gan {
namespace {

// Whatever Vulkan has for a screen, FIFO is there: the specification says so.
TEST(Swapchain, PresentsThroughMailboxOnlyWhereItIsWantedAndOffered) {
    const std::vector<VkPresentModeKHR> all{VK_PRESENT_MODE_IMMEDIATE_KHR, VK_PRESENT_MODE_MAILBOX_KHR,
                                            VK_PRESENT_MODE_FIFO_KHR, VK_PRESENT_MODE_FIFO_RELAXED_KHR};
    EXPECT_EQ(present_mode(true, all), VK_PRESENT_MODE_MAILBOX_KHR);
    EXPECT_EQ(present_mode(false, all), VK_PRESENT_MODE_FIFO_KHR);
    EXPECT_EQ(present_mode(true, {VK_PRESENT_MODE_FIFO_KHR}), VK_PRESENT_MODE_FIFO_KHR);
    EXPECT_EQ(present_mode(true, {VK_PRESENT_MODE_IMMEDIATE_KHR, VK_PRESENT_MODE_FIFO_KHR}),
              VK_PRESENT_MODE_FIFO_KHR)
        << "torn pictures are no stand-in";
    EXPECT_EQ(present_mode(true, {}), VK_PRESENT_MODE_FIFO_KHR) << "the driver says nothing";
}

}  // namespace
}  // namespace gan
