#include "runtime/gpu/frame_bridge.h"

#include "shaders/shaders.h"

namespace gan {
namespace {

/// As shaders/planar.comp has them.
struct PlanarConstants {
    PassHeader header;
    int32_t channels = 0;
};

size_t numbers_of(const ImageInfo& info) {
    return static_cast<size_t>(info.width) * static_cast<size_t>(info.height) *
           static_cast<size_t>(info.channels);
}

}  // namespace

std::string FrameBridge::why_staged(FrameSource* source) const {
    if (source == nullptr) return "the engine writes host memory";
    if (!options_.shared) return "asked for";
    if (!device_->info().shares_memory)
        return fmt::format("the driver of {} exports no memory", device_->info().name);
    if (source->uuid() != device_->info().uuid)
        return fmt::format("{}'s device and {} differ", source->name(), device_->info().name);
    return {};
}

FrameBridge::FrameBridge(std::shared_ptr<Device> device, const BridgeOptions& options, FrameSource* source)
    : device_(std::move(device)), options_(options), ring_(options.readers + 2, options.policy) {
    slots_.resize(options.readers + 2);
    const size_t bytes = numbers_of(options.info) * sizeof(float);
    std::string reason = why_staged(source);
    if (reason.empty()) {
        try {
            source_ = source;
            for (Slot& slot : slots_) {
                slot.buffer = device_->shared_buffer(bytes);
                slot.values = static_cast<float*>(source->import_memory(device_->descriptor_of(*slot.buffer),
                                                                        slot.buffer->allocated, bytes));
            }
            path_ = "shared";
            if (device_->info().shares_semaphores) {
                written_ = device_->shared_timeline();
                source->import_timelines(device_->descriptor_of(written_),
                                         device_->descriptor_of_own_timeline());
            } else {
                path_ += ", timed by the processor: the driver exports no timelines";
            }
            return;
        } catch (const Error& failure) {
            release_memory();
            source_ = nullptr;
            reason = failure.what();
        }
    }
    path_ = "staged: " + reason;
    for (Slot& slot : slots_) {
        slot.buffer = device_->host_buffer(bytes);
        slot.values = reinterpret_cast<float*>(slot.buffer->data);
    }
}

void FrameBridge::release_memory() {
    for (Slot& slot : slots_)
        if (slot.values != nullptr) source_->release_memory(std::exchange(slot.values, nullptr));
}

FrameBridge::~FrameBridge() {
    ring_.close();
    try {
        if (source_ != nullptr) source_->finish();
        device_->wait(device_->flush());
    } catch (const Error&) {
        // A device that is gone uses nothing any more.
    }
    if (source_ != nullptr) release_memory();
    for (Slot& slot : slots_)
        if (source_ == nullptr && slot.buffer != nullptr) device_->release(std::move(slot.buffer));
}

std::optional<FrameBridge::Target> FrameBridge::begin() {
    const auto place = ring_.begin(device_->reached());
    if (!place) return std::nullopt;
    try {
        if (place->after > 0 && written_.get() != VK_NULL_HANDLE)
            source_->wait_shown(place->after);
        else if (place->after > 0)
            device_->wait(place->after);
    } catch (...) {
        ring_.abandon(place->slot);
        throw;
    }
    return Target{place->slot, {slots_[place->slot].values, numbers_of(options_.info)}};
}

void FrameBridge::publish(const Target& target) {
    if (source_ == nullptr) {
        host_bytes_ += target.values.size_bytes();
        ring_.publish(target.slot);
    } else if (written_.get() == VK_NULL_HANDLE) {
        source_->finish();
        ring_.publish(target.slot);
    } else {
        // One thread publishes: the next number is known before the ring gives it.
        source_->signal_written(ring_.counters().published + 1);
        ring_.publish(target.slot);
    }
}

void FrameBridge::abandon(const Target& target) {
    ring_.abandon(target.slot);
}

FrameBridge::Frame FrameBridge::to_texture(const FrameRing::Frame& frame) try {
    const ImageInfo& info = options_.info;
    const PlanarConstants constants{.header = {.width = info.width, .height = info.height},
                                    .channels = info.channels};
    Frame result{device_->texture(info.width, info.height, PixelFormat::Rgba16f), frame.number};
    if (written_.get() != VK_NULL_HANDLE) device_->run_after(written_, frame.number);
    device_->run({.shader = shaders::planar,
                  .output = result.texture,
                  .buffer = slots_[frame.slot].buffer.get(),
                  .constants = std::as_bytes(std::span(&constants, 1)),
                  .width = info.width,
                  .height = info.height});
    ring_.release(frame.slot, device_->flush());
    return result;
} catch (...) {
    ring_.release(frame.slot);
    throw;
}

std::optional<FrameBridge::Frame> FrameBridge::take() {
    const auto frame = ring_.take();
    return frame ? std::optional(to_texture(*frame)) : std::nullopt;
}

std::optional<FrameBridge::Frame> FrameBridge::wait() {
    const auto frame = ring_.wait();
    return frame ? std::optional(to_texture(*frame)) : std::nullopt;
}

FrameBridge::Counters FrameBridge::counters() const {
    Counters counters{ring_.counters()};
    counters.host_bytes = host_bytes_;
    return counters;
}

}  // namespace gan
