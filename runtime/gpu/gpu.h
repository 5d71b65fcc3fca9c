#pragma once

#include "runtime/gpu/device.h"

#include <memory>
#include <mutex>
#include <string>

namespace gan {

/// Where a player's pictures are worked on: a device that is opened when a picture first needs it, and again
/// when it was lost.
class Gpu {
public:
    /// `choice`: as VulkanInstance::find(). `validate`: with Vulkan's validation layers.
    explicit Gpu(std::string choice = {}, bool validate = false)
        : choice_(std::move(choice)), validate_(validate) {}

    /// Throws Error that says why there is none, and what to install. [any thread]
    std::shared_ptr<Device> device();
    /// Whether the device was lost since this was last asked: what was on it has to be made again.
    bool take_loss();
    /// Whether take_loss() would say so. Waits while another opens the device. [any thread]
    bool lost() const;

private:
    const std::string choice_;
    const bool validate_;
    mutable std::mutex mutex_;
    std::shared_ptr<Device> device_;
    bool lost_ = false;
};

}  // namespace gan
