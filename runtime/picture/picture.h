#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

namespace gan {

/// A picture in whole numbers, sRGB-encoded, rows from the top, channels interleaved (1 grey, 3 RGB, 4 RGBA).
template <class Sample>
struct PictureOf {
    int width = 0;
    int height = 0;
    int channels = 3;
    std::vector<Sample> pixels;  // (height, width, channels)

    Sample* row(int y) { return &pixels[static_cast<size_t>(y) * width * channels]; }
    const Sample* row(int y) const { return &pixels[static_cast<size_t>(y) * width * channels]; }
    bool operator==(const PictureOf&) const = default;
};
using Picture8 = PictureOf<uint8_t>;
using Picture16 = PictureOf<uint16_t>;
using AnyPicture = std::variant<Picture8, Picture16>;

struct FloatPicture {
    int width = 0;
    int height = 0;
    int channels = 3;
    std::vector<float> pixels;  // (height, width, channels), sRGB-encoded, in [0, 1]
    bool data = false;          // no colours: plain numbers
};

/// The size of a result. Wrapping keeps what tiles tiling.
struct Size {
    int width = 0;
    int height = 0;
    bool wrap_x = false;
    bool wrap_y = false;
};

/// The same picture at another size, resampled in linear light; data as they are. Throws Error when memory
/// runs out. [any thread]
FloatPicture resized(FloatPicture picture, const Size& size);

/// Resized, and rounded to nearest in 8 bits. [any thread]
Picture8 to_picture(FloatPicture picture, const Size& size);

/// The whole numbers that a picture is rounded to.
struct Depth {
    int bits = 8;         // or 16
    bool dither = false;  // 8 bits: colours are rounded up or down by a fixed pattern, so that no bands show
};

/// Resized and rounded. [any thread]
AnyPicture to_picture(FloatPicture picture, const Size& size, const Depth& depth);

}  // namespace gan
