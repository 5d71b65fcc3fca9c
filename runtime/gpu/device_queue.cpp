#include "runtime/gpu/device.h"

namespace gan {
namespace {

// Of what waits for another API, or for a window's image.
constexpr VkPipelineStageFlags passes_stages = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT |
                                               VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT |
                                               VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT;

}  // namespace

/// Counts a moment for it. mutex_ is held.
uint64_t Device::submit(Submission submission) {
    submissions_.push_back(std::move(submission));
    const uint64_t moment = ++submitted_;
    offer();
    return moment;
}

/// Hands over what there is unless another presents, who then offers again. mutex_ is held.
void Device::offer() {
    if (const std::unique_lock queue(queue_mutex_, std::try_to_lock); queue) hand_over();
}

/// Hands all submissions to the driver, in order. Both mutexes are held.
void Device::hand_over() {
    while (!submissions_.empty()) {
        const uint64_t moment = submitted_ + 1 - submissions_.size();
        const Submission one = std::move(submissions_.front());
        submissions_.pop_front();
        std::vector<VkSemaphore> awaited;
        std::vector<uint64_t> moments;
        for (const auto& [semaphore, value] : one.awaited) {
            awaited.push_back(semaphore);
            moments.push_back(value);
        }
        std::vector<VkPipelineStageFlags> stages(awaited.size(), passes_stages);
        if (one.ready != VK_NULL_HANDLE) {
            awaited.push_back(one.ready);
            moments.push_back(0);  // which binary semaphores ignore
            stages.push_back(VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT);
        }
        const VkSemaphore signalled[] = {timeline_.get(), one.done};
        const uint64_t values[] = {moment, 0};
        const uint32_t signals = one.done == VK_NULL_HANDLE ? 1 : 2;
        const VkTimelineSemaphoreSubmitInfo timeline{
            .sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO,
            .waitSemaphoreValueCount = static_cast<uint32_t>(moments.size()),
            .pWaitSemaphoreValues = moments.data(),
            .signalSemaphoreValueCount = signals,
            .pSignalSemaphoreValues = values};
        const VkSubmitInfo info{.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
                                .pNext = &timeline,
                                .waitSemaphoreCount = static_cast<uint32_t>(awaited.size()),
                                .pWaitSemaphores = awaited.data(),
                                .pWaitDstStageMask = stages.data(),
                                .commandBufferCount = 1,
                                .pCommandBuffers = &one.commands,
                                .signalSemaphoreCount = signals,
                                .pSignalSemaphores = signalled};
        const bool fails = faults_.submission > 0 && --faults_.submission == 0;
        check_alive(fails ? VK_ERROR_DEVICE_LOST : vkQueueSubmit(queue_, 1, &info, VK_NULL_HANDLE),
                    "run passes");
    }
}

uint64_t Device::submit(VkCommandBuffer commands, VkSemaphore ready, VkSemaphore done) {
    const std::lock_guard lock(mutex_);
    submit();
    return submit({.commands = commands, .ready = ready, .done = done});
}

bool Device::handed_over(uint64_t moment) {
    const std::lock_guard lock(mutex_);
    return moment + submissions_.size() <= submitted_;
}

/// The queue, with everything handed over to it. A software driver works while it presents, on what came
/// before: there it has nothing to do when this returns.
std::unique_lock<std::mutex> Device::idle_queue() {
    constexpr int tries = 4;  // a player that always has more to do must not starve the windows
    const bool software = info_.kind == GpuInfo::Kind::Software;
    for (int i = 0;; ++i) {
        std::unique_lock lock(mutex_);
        std::unique_lock queue(queue_mutex_, std::try_to_lock);
        if (!queue) {
            // Another presents. Those who have mutex_ must not wait for that.
            lock.unlock();
            queue.lock();
            queue.unlock();
            continue;
        }
        hand_over();
        if (!software || lost_ || i >= tries) return queue;
        const uint64_t all = submitted_;
        if (reached() >= all) return queue;
        queue.unlock();
        lock.unlock();
        wait(all);
    }
}

VkResult Device::present(const VkPresentInfoKHR& info) {
    VkResult result = VK_SUCCESS;
    {
        const auto queue = idle_queue();
        result = vkQueuePresentKHR(queue_, &info);
    }
    if (result == VK_ERROR_DEVICE_LOST) check_alive(result, "show a picture");
    const std::lock_guard lock(mutex_);
    offer();
    return result;
}

void Device::settle() {
    VkResult result = VK_SUCCESS;
    {
        // Of a lost device, not everything that was counted will have run.
        const auto queue = lost_ ? std::unique_lock(queue_mutex_) : idle_queue();
        result = vkQueueWaitIdle(queue_);
    }
    check_alive(result, "wait for the GPU");
    const std::lock_guard lock(mutex_);
    offer();
}

}  // namespace gan
