#pragma once

#include "runtime/picture/picture.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gan {

using Bytes = std::vector<std::byte>;

struct JpegOptions {
    int quality = 95;
    int orientation = 0;  // in an EXIF marker; 0: without
    bool big_endian = false;
    bool progressive = false;
};
/// Grey, RGB, or CMYK (4 channels, with Adobe's marker, as they are stored: 255 is no ink).
Bytes encode_jpeg(const Picture8& picture, const JpegOptions& options = {});

struct PngOptions {
    int depth = 8;        // bits; 16: two bytes in `rows`, the high one first
    int colour_type = 2;  // as in the file: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA
    bool interlaced = false;
    std::vector<uint8_t> palette;  // (colours, 3)
    std::vector<uint8_t> alpha;    // of colours
};
Bytes encode_png(int width, int height, std::vector<uint8_t> rows, const PngOptions& options = {});

/// Without loss: RGB or RGBA.
Bytes encode_webp(const Picture8& picture);

Bytes bytes_of(std::string_view text);
void write_file(const std::filesystem::path& path, const Bytes& bytes);
/// Files by name, in their order.
void write_tar(const std::filesystem::path& path, const std::vector<std::pair<std::string, Bytes>>& files,
               bool compressed = false);

/// A picture that is smooth, so that JPEG keeps it, and another for every seed.
Picture8 smooth_picture(int width, int height, int channels = 3, int seed = 0);

}  // namespace gan
