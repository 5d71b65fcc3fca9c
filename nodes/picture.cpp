#include "nodes/picture.h"

#include "runtime/base/error.h"
#include "runtime/gpu/transfer.h"
#include "shaders/shaders.h"

#include <algorithm>
#include <array>
#include <vector>

namespace gan {
namespace {

class GpuImage final : public DeviceImage {
public:
    GpuImage(TextureRef texture, const ImageInfo& info) : texture_(std::move(texture)), info_(info) {}
    std::vector<float> read() const override { return download(texture_, info_); }
    const TextureRef& texture() const { return texture_; }

private:
    TextureRef texture_;
    ImageInfo info_;
};

std::shared_ptr<Device> device_of(const Tick& tick) {
    if (tick.gpu == nullptr) throw Error("there is no GPU here to work on pictures with");
    return tick.gpu->device();
}

}  // namespace

ImageInfo result_like(const Image& image) {
    ImageInfo info = image;
    if (!is_data(info)) info.encoding = Encoding::Linear16f;
    return info;
}

void prepare_shaders(Gpu& gpu, std::initializer_list<const ShaderCode*> own) {
    try {
        const std::shared_ptr<Device> device = gpu.device();
        for (const PixelFormat format : {PixelFormat::Rgba16f, PixelFormat::Rgba32f}) {
            for (const ShaderCode* shader : own) device->prepare(*shader, format);
            device->prepare(shaders::unpack, format);
        }
        device->prepare(shaders::pack, PixelFormat::Rgba16f);
    } catch (const Error&) {
        // There is no GPU, or it is lost.
    }
}

TextureRef texture_of(const Tick& tick, const Image& image) {
    const std::shared_ptr<Device> device = device_of(tick);
    const DeviceImageRef there = image.device();
    if (const auto* found = dynamic_cast<const GpuImage*>(there.get());
        found != nullptr && found->texture()->device == device)
        return found->texture();
    TextureRef texture = upload(*device, image, image.pixels());
    image.keep(std::make_shared<GpuImage>(texture, image));
    return texture;
}

ImageRef image_of(TextureRef texture, const ImageInfo& info) {
    return std::make_shared<Image>(info, std::make_shared<GpuImage>(std::move(texture), info));
}

ImageRef draw_bytes(const Tick& tick, const ShaderCode& shader, std::span<const ImageRef> inputs,
                    const ImageInfo& result, std::span<const std::byte> constants) {
    const std::shared_ptr<Device> device = device_of(tick);
    std::array<TextureRef, Device::max_inputs> textures;
    PassHeader common{.width = result.width, .height = result.height};
    for (size_t i = 0; i < inputs.size(); ++i) {
        textures[i] = texture_of(tick, *inputs[i]);
        common.wraps |= (inputs[i]->wrap_x ? 1u : 0u) << (2 * i) | (inputs[i]->wrap_y ? 2u : 0u) << (2 * i);
    }
    std::array<std::byte, Device::max_constants> bytes{};
    std::memcpy(bytes.data(), &common, sizeof(common));
    std::memcpy(bytes.data() + sizeof(common), constants.data(), constants.size());
    TextureRef output = device->texture(result.width, result.height, format_of(result));
    device->run({.shader = shader,
                 .inputs = {textures.data(), inputs.size()},
                 .output = output,
                 .constants = {bytes.data(), sizeof(common) + constants.size()},
                 .width = result.width,
                 .height = result.height});
    return image_of(std::move(output), result);
}

}  // namespace gan
