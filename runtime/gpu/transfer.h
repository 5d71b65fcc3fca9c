#pragma once

#include "runtime/base/image_info.h"
#include "runtime/gpu/device.h"

#include <span>
#include <vector>

namespace gan {

/// How a picture is kept on a GPU: Linear16f for colours, Data32f for data.
inline PixelFormat format_of(const ImageInfo& info) {
    return is_data(info) ? PixelFormat::Rgba32f : PixelFormat::Rgba16f;
}

/// A picture of the host on the GPU. `pixels`: (height, width, channels); colours sRGB-encoded with straight
/// alpha, data as they are. Returns at once; the pixels were read. Throws Error. [any thread]
TextureRef upload(Device& device, const ImageInfo& info, std::span<const float> pixels);

/// The way back; colours are cut to [0, 1]. Waits for the GPU. Throws Error. [any thread]
std::vector<float> download(const TextureRef& texture, const ImageInfo& info);

}  // namespace gan
