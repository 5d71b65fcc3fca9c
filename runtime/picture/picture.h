#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gan {

/// An 8-bit picture, sRGB-encoded, rows from the top, channels interleaved (1 grey, 3 RGB, 4 RGBA).
struct Picture8 {
    int width = 0;
    int height = 0;
    int channels = 3;
    std::vector<uint8_t> pixels;  // (height, width, channels)

    uint8_t* row(int y) { return &pixels[static_cast<size_t>(y) * width * channels]; }
    const uint8_t* row(int y) const { return &pixels[static_cast<size_t>(y) * width * channels]; }
};

struct FloatPicture {
    int width = 0;
    int height = 0;
    int channels = 3;
    std::vector<float> pixels;  // (height, width, channels), sRGB-encoded, in [0, 1]
};

/// The size of a result. Wrapping keeps what tiles tiling.
struct Size {
    int width = 0;
    int height = 0;
    bool wrap_x = false;
    bool wrap_y = false;
};

/// The same picture at another size, resampled in linear light. Throws Error when memory runs out.
/// [any thread]
FloatPicture resized(FloatPicture picture, const Size& size);

/// Resized, and rounded to nearest in 8 bits. [any thread]
Picture8 to_picture(FloatPicture picture, const Size& size);

}  // namespace gan
