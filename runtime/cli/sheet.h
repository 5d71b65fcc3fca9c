#pragma once

#include "runtime/cli/png.h"

#include <span>
#include <string>
#include <vector>

namespace gan {

/// One picture as the network gave it, with what stands under it.
struct Tile {
    std::vector<float> planar;  // (channels, height, width) in [-1, 1]
    std::string caption;
};

struct SheetOptions {
    int channels = 3;
    int width = 0;  // of a tile, pixels
    int height = 0;
    int out_width = 0;  // the tile's size in the sheet: resampled when it differs
    int out_height = 0;
    bool wrap_x = false;  // resampling wraps at the edges, so that tiling pictures still tile
    bool wrap_y = false;
    int columns = 0;        // 0: as square as it gets
    bool captions = false;  // under each tile, and the title above
    std::string title;
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
FloatPicture resized(FloatPicture picture, const Size& size);

/// Resized, and rounded to nearest in 8 bits.
Picture8 to_picture(FloatPicture picture, const Size& size);

/// The same from (v + 1) / 2.
Picture8 to_picture(const Tile& tile, const SheetOptions& options);

/// All tiles in rows, on a dark ground, with captions if asked for. Without the font (package
/// fonts-dejavu-core) captions are left out and `font_missing` is set.
Picture8 contact_sheet(std::span<const Tile> tiles, const SheetOptions& options, bool& font_missing);

}  // namespace gan
