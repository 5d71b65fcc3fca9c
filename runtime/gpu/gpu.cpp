#include "runtime/gpu/gpu.h"

namespace gan {

std::shared_ptr<Device> Gpu::device() {
    const std::lock_guard lock(mutex_);
    if (device_ != nullptr && device_->lost()) {
        device_.reset();
        lost_ = true;
    }
    if (device_ == nullptr) {
        auto instance = VulkanInstance::get(validate_);
        const GpuInfo& gpu = instance->find(choice_);
        device_ = Device::open(instance, gpu);
    }
    return device_;
}

bool Gpu::take_loss() {
    const std::lock_guard lock(mutex_);
    if (device_ != nullptr && device_->lost()) {
        device_.reset();
        lost_ = true;
    }
    return std::exchange(lost_, false);
}

bool Gpu::lost() const {
    const std::lock_guard lock(mutex_);
    return lost_ || (device_ != nullptr && device_->lost());
}

}  // namespace gan
