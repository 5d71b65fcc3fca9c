#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
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

/// Writes a PNG through AtomicFile; `texts` become text chunks. Throws Error.
void write_png(const std::filesystem::path& path, const Picture8& picture,
               const std::map<std::string, std::string>& texts);

struct TaggedPicture {
    Picture8 picture;
    std::map<std::string, std::string> texts;
};

/// A PNG as write_png makes them. Throws Error naming the file when it is another kind, or not whole.
TaggedPicture read_png(const std::filesystem::path& path);

/// The text chunks of a PNG, without decoding its pixels. Throws Error naming the file.
std::map<std::string, std::string> read_png_texts(const std::filesystem::path& path);

}  // namespace gan
