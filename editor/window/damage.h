#pragma once

#include "editor/pictures.h"
#include "editor/window/draw_parts.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace gan {

/// What a target shows, by sums over all that was drawn into each of its tiles. Kept by who keeps the target.
struct DrawnTiles {
    std::vector<uint64_t> sums;      // (rows, columns); empty: unknown
    std::vector<ImageRef> pictures;  // that are in the sums by their addresses, which no other may get
};

/// Sums up a frame, tile by tile: where the processor draws, only tiles whose sum is another than the
/// target's are drawn again. Two contents have one sum by chance once in 2^64.
class Damage {
public:
    /// Pixels of the target; `beneath`: what the parts' triangles do not say (the background, the atlas).
    Damage(int width, int height, uint64_t beneath);

    /// A part's triangles, in the order of drawing. `look`: what fills them, beside their corners.
    ///   corners, indices    of all lists, put one after another
    void add(const DrawPart& part, std::span<const ImDrawVert> corners, std::span<const ImDrawIdx> indices,
             const ImVec2& origin, const ImVec2& scale, uint64_t look);

    /// What has to be drawn again on a target that shows `drawn`; everything, as one, where that is unknown
    /// or nearly all is.
    std::vector<PixelBox> changed(const DrawnTiles& drawn) const;
    std::vector<uint64_t> take_sums() { return std::move(sums_); }

private:
    const int width_, height_;
    const int columns_, rows_;
    std::vector<uint64_t> sums_;
};

}  // namespace gan
