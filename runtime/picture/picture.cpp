#include "runtime/picture/picture.h"

#include "runtime/base/error.h"
#include "runtime/base/pixel.h"

#include <algorithm>
#include <climits>
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

FloatPicture resized(FloatPicture picture, const Size& size) {
    if (size.width == picture.width && size.height == picture.height) return picture;
    // The library counts bytes in int.
    for (const auto& [width, height] : {std::pair{size.width, size.height}, {picture.width, picture.height}})
        if (int64_t{width} * height * picture.channels * int64_t{sizeof(float)} > INT_MAX)
            throw Error("a picture of {}x{} is too large to be resized from {}x{}", size.width, size.height,
                        picture.width, picture.height);
    FloatPicture result{size.width, size.height, picture.channels, {}};
    result.pixels.resize(static_cast<size_t>(size.width) * size.height * picture.channels);
    // In linear light, by Mitchell-Netravali down and Catmull-Rom up.
    const bool up = size.width > picture.width;
    const int alpha = picture.channels == 4 ? 3 : STBIR_ALPHA_CHANNEL_NONE;
    const auto edge = [](bool wrap) { return wrap ? STBIR_EDGE_WRAP : STBIR_EDGE_CLAMP; };
    const auto filter = up ? STBIR_FILTER_CATMULLROM : STBIR_FILTER_MITCHELL;
    if (stbir_resize(picture.pixels.data(), picture.width, picture.height, 0, result.pixels.data(),
                     size.width, size.height, 0, STBIR_TYPE_FLOAT, picture.channels, alpha, 0,
                     edge(size.wrap_x), edge(size.wrap_y), filter, filter, STBIR_COLORSPACE_SRGB,
                     nullptr) == 0)
        throw Error("there is not enough memory to resize a picture to {}x{}", size.width, size.height);
    return result;
}

Picture8 to_picture(FloatPicture picture, const Size& size) {
    picture = resized(std::move(picture), size);
    Picture8 result{size.width, size.height, picture.channels, {}};
    result.pixels.resize(picture.pixels.size());
    std::transform(picture.pixels.begin(), picture.pixels.end(), result.pixels.begin(), quantised<uint8_t>);
    return result;
}

}  // namespace gan
