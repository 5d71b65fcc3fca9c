#pragma once

namespace gan {

/// What the numbers of a picture mean, and how they are kept on a GPU.
enum class Encoding {
    Srgb32f,    // colours as a screen shows them, [0, 1]: what networks make
    Srgb8,      // the same in 8 bits: what files hold
    Linear16f,  // light, not limited to 1: what colour nodes work in; premultiplied by its alpha
    Data32f,    // heights, normals, masks: never gamma-encoded
};

struct ImageInfo {
    int width = 0;
    int height = 0;
    int channels = 3;  // 1 grey, 3 RGB, 4 RGBA
    Encoding encoding = Encoding::Srgb32f;
    bool wrap_x = false;  // it tiles from left to right
    bool wrap_y = false;
};

inline bool is_data(const ImageInfo& info) {
    return info.encoding == Encoding::Data32f;
}

}  // namespace gan
