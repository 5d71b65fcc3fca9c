#include "nodes/engine_pictures.h"

#include "nodes/picture.h"
#include "runtime/base/error.h"
#include "shaders/shaders.h"

namespace gan {

EnginePictures::EnginePictures(std::shared_ptr<Device> device, const ImageInfo& info,
                               std::unique_ptr<FrameSource> source, std::shared_ptr<const void> engine)
    : device_(std::move(device)),
      info_(info),
      engine_(std::move(engine)),
      source_(std::move(source)),
      // Whoever makes a picture takes it: there is always a slot, which the GPU may still have to read.
      bridge_(device_, {.info = info, .policy = FramePolicy::Lock}, source_.get()) {
    device_->prepare(shaders::planar, PixelFormat::Rgba16f);
}

ImageRef EnginePictures::make(const std::function<void(std::span<float>)>& write) {
    const auto target = bridge_.begin();
    if (!target) throw Error("the way to the pictures was closed");
    try {
        write(target->values);
        bridge_.publish(*target);
    } catch (...) {
        bridge_.abandon(*target);
        throw;
    }
    const auto frame = bridge_.take();
    if (!frame) throw Error("the picture that was written is not there");
    ImageInfo info = info_;
    info.encoding = Encoding::Linear16f;
    return image_of(frame->texture, info);
}

}  // namespace gan
