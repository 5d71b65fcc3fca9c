#pragma once

#include "runtime/picture/picture.h"

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

/// 8-bit pixels from (v + 1) / 2, resampled when the options say so.
Picture8 to_picture(const Tile& tile, const SheetOptions& options);

/// All tiles in rows, on a dark ground, with captions if asked for. Without the font (package
/// fonts-dejavu-core) captions are left out and `font_missing` is set.
Picture8 contact_sheet(std::span<const Tile> tiles, const SheetOptions& options, bool& font_missing);

}  // namespace gan
