#include "runtime/cli/sheet.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/base/pixel.h"

#include <algorithm>
#include <cmath>
#include <optional>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wcast-align"
#define STB_TRUETYPE_IMPLEMENTATION
#define STBTT_STATIC
#include <stb/stb_truetype.h>
#pragma GCC diagnostic pop

namespace gan {
namespace {

constexpr const char* font_path = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
constexpr uint8_t ground = 0x16;  // the editor's canvas colour, near enough in grey
constexpr uint8_t title_ink = 0xe4;
constexpr uint8_t caption_ink = 0xa0;
constexpr int gap = 8;            // pixels between tiles
constexpr float title_size = 18;  // pixels
constexpr float caption_size = 12;

class Font {
public:
    static std::optional<Font> open() {
        try {
            Font font(read_text(font_path, 16 << 20));
            const auto* data = reinterpret_cast<const unsigned char*>(font.file_.data());
            if (stbtt_InitFont(&font.info_, data, stbtt_GetFontOffsetForIndex(data, 0)) != 0) return font;
        } catch (const Error&) {
        }
        return std::nullopt;
    }

    /// Draws UTF-8 text with its top at y, cut with an ellipsis to `max_width` pixels.
    void draw(Picture8& picture, int x, int y, const std::string& text, float size, uint8_t ink,
              int max_width) const {
        const float scale = stbtt_ScaleForPixelHeight(&info_, size);
        int ascent = 0;
        stbtt_GetFontVMetrics(&info_, &ascent, nullptr, nullptr);
        const float baseline = std::round(static_cast<float>(y) + static_cast<float>(ascent) * scale);
        std::vector<int> letters = codepoints(text);
        if (width(letters, scale) > static_cast<float>(max_width)) {
            while (!letters.empty() &&
                   width(letters, scale) + advance(0x2026, scale) > static_cast<float>(max_width))
                letters.pop_back();
            letters.push_back(0x2026);
        }
        float pen = static_cast<float>(x);
        for (int letter : letters) {
            glyph(picture, letter, scale, pen, baseline, ink);
            pen += advance(letter, scale);
        }
    }

private:
    explicit Font(std::string file) : file_(std::move(file)) {}

    float advance(int letter, float scale) const {
        int width = 0;
        stbtt_GetCodepointHMetrics(&info_, letter, &width, nullptr);
        return static_cast<float>(width) * scale;
    }
    float width(const std::vector<int>& letters, float scale) const {
        float sum = 0;
        for (int letter : letters) sum += advance(letter, scale);
        return sum;
    }

    static std::vector<int> codepoints(const std::string& text) {
        std::vector<int> result;
        for (size_t i = 0; i < text.size();) {
            const auto lead = static_cast<unsigned char>(text[i]);
            const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
            int code = length == 1 ? lead : lead & (0xff >> (length + 1));
            for (size_t k = 1; k < length && i + k < text.size(); ++k)
                code = code << 6 | (text[i + k] & 0x3f);
            result.push_back(code);
            i += length;
        }
        return result;
    }

    void glyph(Picture8& picture, int letter, float scale, float pen, float baseline, uint8_t ink) const {
        int w = 0, h = 0, left = 0, top = 0;
        const float whole = std::floor(pen);
        unsigned char* mask = stbtt_GetCodepointBitmapSubpixel(&info_, scale, scale, pen - whole, 0, letter,
                                                               &w, &h, &left, &top);
        for (int row = 0; row < h; ++row)
            for (int column = 0; column < w; ++column) {
                const int px = static_cast<int>(whole) + left + column;
                const int py = static_cast<int>(baseline) + top + row;
                if (px < 0 || py < 0 || px >= picture.width || py >= picture.height) continue;
                uint8_t* pixel = picture.row(py) + static_cast<size_t>(px) * picture.channels;
                const int cover = mask[row * w + column];
                for (int c = 0; c < std::min(picture.channels, 3); ++c)
                    pixel[c] = static_cast<uint8_t>((pixel[c] * (255 - cover) + ink * cover + 127) / 255);
            }
        stbtt_FreeBitmap(mask, nullptr);
    }

    std::string file_;  // stbtt_fontinfo points into it; short-string storage never holds a font
    stbtt_fontinfo info_{};
};

}  // namespace

Picture8 to_picture(const Tile& tile, const SheetOptions& options) {
    const auto channels = static_cast<size_t>(options.channels);
    const size_t pixels = static_cast<size_t>(options.width) * options.height;
    std::vector<float> interleaved(pixels * channels);
    for (size_t c = 0; c < channels; ++c)
        for (size_t i = 0; i < pixels; ++i)
            interleaved[i * channels + c] = (tile.planar[c * pixels + i] + 1) / 2;
    return to_picture({.width = options.width,
                       .height = options.height,
                       .channels = options.channels,
                       .pixels = std::move(interleaved)},
                      {.width = options.out_width,
                       .height = options.out_height,
                       .wrap_x = options.wrap_x,
                       .wrap_y = options.wrap_y});
}

Picture8 contact_sheet(std::span<const Tile> tiles, const SheetOptions& options, bool& font_missing) {
    font_missing = false;
    const int count = static_cast<int>(tiles.size());
    if (count == 1 && !options.captions) return to_picture(tiles[0], options);
    const auto font = options.captions ? Font::open() : std::nullopt;
    font_missing = options.captions && !font;
    const int columns = std::min(
        count, options.columns > 0 ? options.columns : static_cast<int>(std::ceil(std::sqrt(count))));
    const int rows = (count + columns - 1) / columns;
    const int header = font ? 2 * gap + static_cast<int>(title_size) : gap;
    const int footer = font ? static_cast<int>(caption_size) + 6 : 0;
    Picture8 sheet{gap + columns * (options.out_width + gap),
                   header + rows * (options.out_height + footer + gap),
                   options.channels,
                   {}};
    sheet.pixels.assign(static_cast<size_t>(sheet.width) * sheet.height * sheet.channels, ground);
    if (sheet.channels == 4)
        for (size_t i = 3; i < sheet.pixels.size(); i += 4) sheet.pixels[i] = 255;
    if (font) font->draw(sheet, gap, gap, options.title, title_size, title_ink, sheet.width - 2 * gap);
    for (int i = 0; i < count; ++i) {
        const int x = gap + i % columns * (options.out_width + gap);
        const int y = header + i / columns * (options.out_height + footer + gap);
        const Picture8 tile = to_picture(tiles[static_cast<size_t>(i)], options);
        for (int row = 0; row < tile.height; ++row)
            std::copy_n(tile.row(row), static_cast<size_t>(tile.width) * tile.channels,
                        sheet.row(y + row) + static_cast<size_t>(x) * sheet.channels);
        if (font)
            font->draw(sheet, x, y + tile.height + 3, tiles[static_cast<size_t>(i)].caption, caption_size,
                       caption_ink, tile.width);
    }
    return sheet;
}

}  // namespace gan
