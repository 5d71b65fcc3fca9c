#pragma once

#include "runtime/gpu/frame_bridge.h"
#include "runtime/graph/value.h"

#include <functional>
#include <memory>
#include <span>
#include <string>

namespace gan {

/// Pictures that an engine writes on the GPU that shows them: what it writes is a texture there, and nothing
/// passes through the host. Used by one thread at a time; throws Error.
class EnginePictures {
public:
    /// `info`: of every picture. `source`: the engine's device and stream; `engine` is what has them, which
    /// is kept as long as this.
    EnginePictures(std::shared_ptr<Device> device, const ImageInfo& info, std::unique_ptr<FrameSource> source,
                   std::shared_ptr<const void> engine);

    const std::shared_ptr<Device>& device() const { return device_; }
    /// False: the engine's device and this one differ, or the driver cannot; path() says what.
    bool shared() const { return bridge_.shared(); }
    const std::string& path() const { return bridge_.path(); }

    /// The next picture, linear16f. `write` is told where: (channels, height, width), in [-1, 1], memory of
    /// the engine's device, to be written in the order of the source's stream. Returns before it is written.
    ImageRef make(const std::function<void(std::span<float>)>& write);

private:
    const std::shared_ptr<Device> device_;
    const ImageInfo info_;
    const std::shared_ptr<const void> engine_;  // ends after what uses its stream
    const std::unique_ptr<FrameSource> source_;
    FrameBridge bridge_;
};

}  // namespace gan
