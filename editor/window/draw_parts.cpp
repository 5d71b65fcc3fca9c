#include "editor/window/draw_parts.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

using Fill = DrawPart::Fill;

constexpr uint32_t most_indices = 3 * 64;  // of a part that is cut
constexpr float large = 4000;              // px: takes longer to look up than a command does

int32_t pixel(float at, int most) {
    return at > 0 ? static_cast<int32_t>(std::min(at, static_cast<float>(most))) : 0;  // NaN, too
}

/// The lists' corners as pixels of the target.
struct PartPlace {
    ImVec2 origin;
    ImVec2 scale;
    int width = 0;
    int height = 0;

    PixelBox box(const ImVec2& min, const ImVec2& max) const {
        return {pixel(std::floor((min.x - origin.x) * scale.x), width),
                pixel(std::floor((min.y - origin.y) * scale.y), height),
                pixel(std::ceil((max.x - origin.x) * scale.x), width),
                pixel(std::ceil((max.y - origin.y) * scale.y), height)};
    }
};

PixelBox joined(const PixelBox& a, const PixelBox& b) {
    if (a.empty()) return b;
    if (b.empty()) return a;
    return {std::min(a.left, b.left), std::min(a.top, b.top), std::max(a.right, b.right),
            std::max(a.bottom, b.bottom)};
}

Fill fill_of(const ImDrawVert& a, const ImDrawVert& b, const ImDrawVert& c, float scale) {
    const bool one_place = a.uv.x == b.uv.x && a.uv.y == b.uv.y && a.uv.x == c.uv.x && a.uv.y == c.uv.y;
    const float doubled =
        (b.pos.x - a.pos.x) * (c.pos.y - a.pos.y) - (c.pos.x - a.pos.x) * (b.pos.y - a.pos.y);
    if (!one_place || std::abs(doubled) * scale < 2 * large) return Fill::Text;
    return ((a.col & b.col & c.col) >> IM_COL32_A_SHIFT & 0xff) == 0xff ? Fill::Opaque : Fill::Blended;
}

/// Puts the triangles of one command into parts.
class Cutter {
public:
    Cutter(const PartPlace& place, bool cut, std::vector<DrawPart>& parts)
        : place_(place), cut_(cut), parts_(parts) {}

    void add(const ImDrawList& list, const ImDrawCmd& command, DrawPart first) {
        const ImDrawIdx* index = list.IdxBuffer.begin() + command.IdxOffset;
        const ImDrawVert* corners = list.VtxBuffer.begin() + command.VtxOffset;
        const bool letters = first.fill != Fill::Picture;
        if (!letters && command.ElemCount >= 3) {
            first.upper_left = corners[index[0]];
            first.lower_right = corners[index[2]];
        }
        DrawPart part = first;
        part.indices = 0;
        for (uint32_t i = 0; i + 2 < command.ElemCount; i += 3) {
            const ImDrawVert &a = corners[index[i]], &b = corners[index[i + 1]], &c = corners[index[i + 2]];
            const Fill fill =
                letters && cut_ ? fill_of(a, b, c, place_.scale.x * place_.scale.y) : first.fill;
            if (fill != part.fill || (cut_ && part.indices >= most_indices)) {
                finish(part);
                part.first_index += part.indices;
                part.indices = 0;
                part.box = {};
                part.fill = fill;
            }
            part.indices += 3;
            const ImVec2 min{std::min({a.pos.x, b.pos.x, c.pos.x}), std::min({a.pos.y, b.pos.y, c.pos.y})};
            const ImVec2 max{std::max({a.pos.x, b.pos.x, c.pos.x}), std::max({a.pos.y, b.pos.y, c.pos.y})};
            part.box = joined(part.box, place_.box(min, max));
        }
        finish(part);
    }

private:
    void finish(DrawPart part) {
        part.box = overlap(part.box, part.clip);
        if (part.indices > 0 && !part.box.empty()) parts_.push_back(part);
    }

    const PartPlace place_;
    const bool cut_;
    std::vector<DrawPart>& parts_;
};

}  // namespace

PixelBox overlap(const PixelBox& a, const PixelBox& b) {
    return {std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right),
            std::min(a.bottom, b.bottom)};
}

std::vector<DrawPart> draw_parts(const ImDrawData& data, int width, int height, uintptr_t atlas, bool cut) {
    const PartPlace place{data.DisplayPos, data.FramebufferScale, width, height};
    std::vector<DrawPart> parts;
    Cutter cutter(place, cut, parts);
    uint32_t first_index = 0;
    int32_t first_corner = 0;
    for (int i = 0; i < data.CmdListsCount; ++i) {
        const ImDrawList& list = *data.CmdLists[i];
        for (const ImDrawCmd& command : list.CmdBuffer) {
            if (command.UserCallback != nullptr || command.ElemCount == 0) continue;
            const ImVec4& clip = command.ClipRect;
            const auto number = (uintptr_t)command.GetTexID();
            const bool letters = number == 0 || number == atlas;
            DrawPart part{.fill = letters ? Fill::Text : Fill::Picture,
                          .picture = letters ? 0 : number,
                          .clip = {pixel((clip.x - place.origin.x) * place.scale.x, width),
                                   pixel((clip.y - place.origin.y) * place.scale.y, height),
                                   pixel((clip.z - place.origin.x) * place.scale.x, width),
                                   pixel((clip.w - place.origin.y) * place.scale.y, height)},
                          .first_index = first_index + command.IdxOffset,
                          .first_corner = first_corner + static_cast<int32_t>(command.VtxOffset)};
            if (!part.clip.empty()) cutter.add(list, command, part);
        }
        first_index += static_cast<uint32_t>(list.IdxBuffer.Size);
        first_corner += list.VtxBuffer.Size;
    }
    return parts;
}

}  // namespace gan
