#include "nodes/hosts/label.h"

#include <stb/stb_easy_font.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace gan {
namespace {

constexpr unsigned line_height = 12;  // of the font, in pixels
constexpr unsigned border = 4;
constexpr size_t most_letters = 400;

constexpr size_t quad_bytes = 4 * 16;  // of the font: four corners of x, y, z and a colour
constexpr size_t quads_a_letter = 16;  // more than any has

/// Lines that fit; the font knows ASCII alone.
std::string wrapped(const std::string& text, int width) {
    std::string lines;
    size_t begin = 0;  // of the line
    size_t space = std::string::npos;
    for (const char letter : text.substr(0, most_letters)) {
        lines += letter >= ' ' && letter <= '~' ? letter : '?';
        if (letter == ' ') space = lines.size() - 1;
        if (stb_easy_font_width(&lines[begin]) <= width) continue;
        if (space == std::string::npos) {
            space = lines.size() - 1;
            lines.insert(space, 1, '\n');
        }
        lines[space] = '\n';
        begin = space + 1;
        space = std::string::npos;
    }
    return lines;
}

uint32_t darkened(uint32_t pixel) {
    uint8_t c[4];
    std::memcpy(c, &pixel, sizeof(c));
    for (int i = 0; i < 3; ++i) c[i] = static_cast<uint8_t>(c[i] / 4);
    c[3] = 255;
    std::memcpy(&pixel, c, sizeof(c));
    return pixel;
}

}  // namespace

void draw_label(uint32_t* pixels, unsigned width, unsigned height, const std::string& text) {
    constexpr unsigned usual = 360;  // pixels: of larger pictures, letters are larger
    const unsigned scale = std::max(1u, std::min(width, height) / usual);
    const unsigned across = width / scale;
    if (across <= 2 * border) return;
    std::string lines = wrapped(text, static_cast<int>(across - 2 * border));
    const auto count = static_cast<unsigned>(1 + std::count(lines.begin(), lines.end(), '\n'));
    const unsigned tall = std::min(height, scale * (count * line_height + 2 * border));
    uint32_t* const top = pixels + size_t{height - tall} * width;
    std::transform(top, top + size_t{tall} * width, top, darkened);

    std::vector<float> corners(lines.size() * quads_a_letter * quad_bytes / sizeof(float));
    const int quads = stb_easy_font_print(border, border, lines.data(), nullptr, corners.data(),
                                          static_cast<int>(corners.size() * sizeof(float)));
    for (int quad = 0; quad < quads; ++quad) {
        const float* first = &corners[static_cast<size_t>(quad) * quad_bytes / sizeof(float)];
        const float* third = first + 2 * 4;  // the opposite corner
        const auto at = [&](float place, unsigned limit) {
            return std::min(static_cast<unsigned>(place) * scale, limit);
        };
        for (unsigned y = at(first[1], tall); y < at(third[1], tall); ++y)
            for (unsigned x = at(first[0], width); x < at(third[0], width); ++x)
                top[size_t{y} * width + x] = 0xffffffff;
    }
}

}  // namespace gan
