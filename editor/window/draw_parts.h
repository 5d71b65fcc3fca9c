#pragma once

#include <imgui.h>

#include <cstdint>
#include <vector>

namespace gan {

/// Pixels of a target, left and top of the first, right and bottom after the last.
struct PixelBox {
    int32_t left = 0, top = 0, right = 0, bottom = 0;
    bool empty() const { return right <= left || bottom <= top; }
};
PixelBox overlap(const PixelBox& a, const PixelBox& b);

/// Triangles of ImGui's draw data that are filled alike and lie together.
struct DrawPart {
    enum class Fill { Text, Blended, Opaque, Picture };  // letters and small areas; plain areas; a picture
    Fill fill = Fill::Text;
    size_t picture = 0;  // Picture: its number, from 1
    PixelBox clip;
    PixelBox box;  // that the triangles lie in, within the clip
    uint32_t first_index = 0;
    uint32_t indices = 0;
    int32_t first_corner = 0;
    ImDrawVert upper_left{}, lower_right{};  // Picture: of its first triangle
};

/// What the corners and indices of all lists, put one after another, are drawn as, from back to front; user
/// callbacks are left out. `cut`: plain areas apart from letters, and not many triangles in one, for who
/// draws a part of the target. Corners are in ImGui's px; boxes are pixels of a target of this size.
///   atlas    ImTextureID of the fonts' atlas, beside 0
std::vector<DrawPart> draw_parts(const ImDrawData& data, int width, int height, uintptr_t atlas, bool cut);

}  // namespace gan
