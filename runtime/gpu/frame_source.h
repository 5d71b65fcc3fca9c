#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace gan {

/// The producer's side of memory that Vulkan exported: CUDA's, or what stands in for it in tests. Called by
/// the producer's thread but for the constructor's callers. Functions throw Error.
///
/// A source serves one bridge at a time, since it has one pair of timelines: those of a second bridge would
/// take their place, and whoever shows the first one's frames would wait for ever. Two bridges have a source
/// each, which may share a stream.
class FrameSource {
public:
    virtual ~FrameSource() = default;
    virtual std::string name() const = 0;
    virtual std::array<uint8_t, 16> uuid() const = 0;  // of its device, as GpuInfo::uuid

    /// Where the producer writes what Vulkan exported: `bytes` of an allocation of `allocation` bytes. Takes
    /// the descriptor over, also when it throws. Every mapping is released before the bridge ends.
    virtual void* import_memory(int descriptor, size_t allocation, size_t bytes) = 0;
    virtual void release_memory(void* memory) = 0;  // throws nothing

    /// The two timelines: `written`, which the producer signals, and `shown`, which Vulkan does. Takes both
    /// descriptors over, and lets those of an earlier bridge go. Called where Vulkan exports timelines;
    /// elsewhere the processor waits for both sides.
    virtual void import_timelines(int written, int shown) = 0;
    /// What is asked of the producer's device from now on happens after this moment of `shown`.
    virtual void wait_shown(uint64_t moment) = 0;
    /// Signals this moment of `written` once all that was asked of the producer's device is done.
    virtual void signal_written(uint64_t moment) = 0;
    /// Waits until all that was asked of the producer's device is done.
    virtual void finish() = 0;
};

}  // namespace gan
