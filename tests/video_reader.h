#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gan {

/// A video as any player would see it: decoded by FFmpeg, not by what wrote it.
struct Video {
    std::string codec;  // FFmpeg's name
    int width = 0;
    int height = 0;
    int fps_num = 0;
    int fps_den = 1;
    std::string primaries, transfer, matrix, range;  // as stored in the stream
    std::string pixel_format;
    std::vector<std::vector<uint8_t>> frames;  // RGB: (height, width, 3)
};

/// Throws Error when it cannot be opened, or a frame cannot be decoded.
Video read_video(const std::string& path);

}  // namespace gan
