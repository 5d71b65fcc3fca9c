#pragma once

#include "runtime/base/image_info.h"
#include "runtime/gpu/device.h"
#include "runtime/gpu/frame_ring.h"
#include "runtime/gpu/frame_source.h"

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gan {

struct BridgeOptions {
    ImageInfo info;  // of every frame
    FramePolicy policy = FramePolicy::Latest;
    size_t readers = 1;  // frames that the consumer reads at once
    bool shared = true;  // where it can be
};

/// Carries frames from an engine to textures: planar numbers, (channels, height, width), in [-1, 1] as
/// networks give them. Staged: the engine writes host memory that the GPU reads, one copy over the bus. (It
/// is the driver's own, handed to the engine by begin(): importing the engine's would save no copy.) Shared:
/// the engine writes the GPU's own memory, and nothing passes through the host.
class FrameBridge {
public:
    /// `source`: the producer's API, which must outlive the bridge and serve no other meanwhile; null when it
    /// writes host memory.
    FrameBridge(std::shared_ptr<Device> device, const BridgeOptions& options, FrameSource* source = nullptr);
    ~FrameBridge();
    FrameBridge(const FrameBridge&) = delete;
    FrameBridge& operator=(const FrameBridge&) = delete;

    bool shared() const { return source_ != nullptr; }
    /// "shared", "shared, timed by the processor: ...", or "staged: CUDA's device and Vulkan's differ".
    const std::string& path() const { return path_; }

    /// Where to write the next frame: host memory, or the producer's device's. Nothing: as
    /// FrameRing::begin().
    struct Target {
        size_t slot = 0;
        std::span<float> values;
    };
    std::optional<Target> begin();       // [producer]
    void publish(const Target& target);  // [producer]
    void abandon(const Target& target);  // [producer]

    /// The next frame as a texture, linear16f; nothing when there is none. Returns at once. [consumer]
    struct Frame {
        TextureRef texture;
        uint64_t number = 0;
    };
    std::optional<Frame> take();
    /// The same; waits for one. Nothing when the bridge was closed. [consumer]
    std::optional<Frame> wait();
    void close() { ring_.close(); }

    struct Counters : FrameRing::Counters {
        explicit Counters(const FrameRing::Counters& frames) : FrameRing::Counters(frames) {}
        uint64_t host_bytes = 0;  // that went through host memory
    };
    Counters counters() const;

private:
    struct Slot {
        std::unique_ptr<Buffer> buffer;
        float* values = nullptr;  // the producer's address
    };
    std::string why_staged(FrameSource* source) const;
    void release_memory();
    Frame to_texture(const FrameRing::Frame& frame);

    const std::shared_ptr<Device> device_;
    const BridgeOptions options_;
    FrameSource* source_ = nullptr;  // shared: the producer's side
    std::string path_;
    Semaphore written_;  // where timelines are shared
    FrameRing ring_;
    std::vector<Slot> slots_;
    std::atomic<uint64_t> host_bytes_ = 0;
};

}  // namespace gan
