#include "runtime/picture/picture.h"

#include "runtime/base/error.h"
#include "runtime/base/pixel.h"

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstdint>
#include <utility>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wcast-align"
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#include <stb/stb_image_resize.h>
#pragma GCC diagnostic pop

namespace gan {
namespace {

template <class Sample>
PictureOf<Sample> quantised_picture(const FloatPicture& picture) {
    PictureOf<Sample> result{picture.width, picture.height, picture.channels, {}};
    result.pixels.resize(picture.pixels.size());
    std::transform(picture.pixels.begin(), picture.pixels.end(), result.pixels.begin(), quantised<Sample>);
    return result;
}

/// Interleaved gradient noise (Jimenez, "Next Generation Post Processing in Call of Duty: Advanced Warfare",
/// SIGGRAPH 2014), but for 1/512 at its ends: what is a level already stays one.
float gradient_noise(int x, int y) {
    const auto part = [](double value) { return value - std::floor(value); };
    const double noise = part(52.9829189 * part(0.06711056 * x + 0.00583715 * y));
    return static_cast<float>((noise * 255 + 0.5) / 256);
}

Picture8 dithered_picture(const FloatPicture& picture) {
    Picture8 result{picture.width, picture.height, picture.channels, {}};
    result.pixels.reserve(picture.pixels.size());
    const float* value = picture.pixels.data();
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x) {
            const float noise = gradient_noise(x, y);
            for (int c = 0; c < picture.channels; ++c, ++value)
                result.pixels.push_back(
                    *value > 0 ? static_cast<uint8_t>(std::min(*value, 1.0f) * 255 + noise) : uint8_t{0});
        }
    return result;
}

}  // namespace

FloatPicture resized(FloatPicture picture, const Size& size) {
    if (size.width == picture.width && size.height == picture.height) return picture;
    // The library counts bytes in int.
    for (const auto& [width, height] : {std::pair{size.width, size.height}, {picture.width, picture.height}})
        if (int64_t{width} * height * picture.channels * int64_t{sizeof(float)} > INT_MAX)
            throw Error("a picture of {}x{} is too large to be resized from {}x{}", size.width, size.height,
                        picture.width, picture.height);
    FloatPicture result{size.width, size.height, picture.channels, {}, picture.data};
    result.pixels.resize(static_cast<size_t>(size.width) * size.height * picture.channels);
    // In linear light, by Mitchell-Netravali down and Catmull-Rom up.
    const bool up = size.width > picture.width;
    const int alpha = picture.channels == 4 && !picture.data ? 3 : STBIR_ALPHA_CHANNEL_NONE;
    const auto edge = [](bool wrap) { return wrap ? STBIR_EDGE_WRAP : STBIR_EDGE_CLAMP; };
    const auto filter = up ? STBIR_FILTER_CATMULLROM : STBIR_FILTER_MITCHELL;
    if (stbir_resize(picture.pixels.data(), picture.width, picture.height, 0, result.pixels.data(),
                     size.width, size.height, 0, STBIR_TYPE_FLOAT, picture.channels, alpha, 0,
                     edge(size.wrap_x), edge(size.wrap_y), filter, filter,
                     picture.data ? STBIR_COLORSPACE_LINEAR : STBIR_COLORSPACE_SRGB, nullptr) == 0)
        throw Error("there is not enough memory to resize a picture to {}x{}", size.width, size.height);
    return result;
}

Picture8 to_picture(FloatPicture picture, const Size& size) {
    return quantised_picture<uint8_t>(resized(std::move(picture), size));
}

AnyPicture to_picture(FloatPicture picture, const Size& size, const Depth& depth) {
    picture = resized(std::move(picture), size);
    if (depth.bits == 16) return quantised_picture<uint16_t>(picture);
    if (depth.dither && !picture.data) return dithered_picture(picture);
    return quantised_picture<uint8_t>(picture);
}

}  // namespace gan
