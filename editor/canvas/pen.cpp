#include "editor/canvas/pen.h"

#include <algorithm>
#include <cmath>

namespace gan {

void Pen::fill(const Box& box, ImU32 colour, float rounding, ImDrawFlags corners) const {
    list.AddRectFilled(at(box.min), at(box.max), ink(colour), length(rounding),
                       rounding > 0 ? corners : ImDrawFlags_RoundCornersNone);
}

void Pen::outline(const Box& box, ImU32 colour, float pixels, float rounding) const {
    list.AddRect(at(box.min), at(box.max), ink(colour), length(rounding), 0, ui.px(pixels));
}

void Pen::line(Spot from, Spot to, ImU32 colour, float pixels) const {
    list.AddLine(at(from), at(to), ink(colour), ui.px(pixels));
}

void Pen::curve(const Cubic& cubic, ImU32 colour, float pixels) const {
    const ImVec2 a = at(cubic.a), d = at(cubic.d);
    const float across = std::abs(a.x - d.x) + std::abs(a.y - d.y);
    // A chord each 12 px looks round; far out few are enough.
    const int steps = std::clamp(static_cast<int>(across / ui.px(12)), 4, 48);
    list.AddBezierCubic(a, at(cubic.b), at(cubic.c), d, ink(colour), ui.px(pixels), steps);
}

void Pen::part_of(const Cubic& cubic, float from, float to, ImU32 colour, float pixels) const {
    constexpr int steps = 10;
    for (int i = 0; i <= steps; ++i)
        list.PathLineTo(at(cubic.at(from + (to - from) * static_cast<float>(i) / steps)));
    list.PathStroke(ink(colour), ImDrawFlags_None, ui.px(pixels));
}

void Pen::dashed(Spot from, Spot to, ImU32 colour, float pixels) const {
    const float whole = distance(from, to);
    constexpr float dash = 6;
    for (float begin = 0; begin < whole; begin += 2 * dash) {
        const Spot along = (to - from) * (1 / whole);
        line(from + along * begin, from + along * std::min(begin + dash, whole), colour, pixels);
    }
}

void Pen::hatch(const Box& box, ImU32 colour) const {
    const ImVec2 min = at(box.min), max = at(box.max);
    const float step = std::max(ui.px(6), length(10));
    const float height = max.y - min.y;
    list.PushClipRect(min, max, true);
    for (float x = min.x - height; x < max.x; x += step)
        list.AddLine({x, max.y}, {x + height, min.y}, ink(colour), ui.px(1));
    list.PopClipRect();
}

void Pen::text(Spot place, std::string_view words, float px, ImU32 colour, float align, bool mono) const {
    const float size = length(px);
    if (words.empty() || size < 4) return;
    const ImFont* font = mono ? ui.fonts.mono_at(size) : ui.fonts.sans_at(size);
    const char* end = words.data() + words.size();
    ImVec2 screen = at(place);
    if (align > 0) screen.x -= align * font->CalcTextSizeA(size, 1e9f, 0, words.data(), end).x;
    // Glyphs are sharp where they fall on whole pixels.
    screen = {std::round(screen.x), std::round(screen.y - size / 2)};
    list.AddText(font, size, screen, ink(colour), words.data(), end);
}

void Pen::paragraph(const Box& box, std::string_view words, float px, ImU32 colour) const {
    const float size = length(px);
    if (words.empty() || size < 4) return;
    const ImVec2 min = at(box.min), max = at(box.max);
    const ImVec4 clip{min.x, min.y, max.x, max.y};
    list.AddText(ui.fonts.sans_at(size), size, {std::round(min.x), std::round(min.y)}, ink(colour),
                 words.data(), words.data() + words.size(), max.x - min.x, &clip);
}

float Pen::paragraph_height(std::string_view words, float px, float width) const {
    const float size = length(px);
    const ImVec2 extent = ui.fonts.sans_at(size)->CalcTextSizeA(size, 1e9f, length(width), words.data(),
                                                                words.data() + words.size());
    return view.units(extent.y);
}

void Pen::port(Spot centre, PortType type, bool typed, bool filled, float size, ImU32 colour) const {
    const ImVec2 c = at(centre);
    const float r = length(size) / 2;
    const auto polygon = [&](std::initializer_list<ImVec2> corners) {
        for (const ImVec2& corner : corners) list.PathLineTo({c.x + corner.x * r, c.y + corner.y * r});
        const ImU32 inside = filled ? colour : ui.theme.raised;
        list.PathFillConvex(ink(inside));
        for (const ImVec2& corner : corners) list.PathLineTo({c.x + corner.x * r, c.y + corner.y * r});
        list.PathStroke(ink(colour), ImDrawFlags_Closed, ui.px(1.5f));
    };
    if (!typed) {
        list.AddCircle(c, r, ink(ui.theme.dim), 12, ui.px(1.5f));
        return;
    }
    switch (type) {
        case PortType::Latent:
            return polygon({{0, -1.2f}, {1.2f, 0}, {0, 1.2f}, {-1.2f, 0}});
        case PortType::Image:
            return polygon({{-0.95f, -0.95f}, {0.95f, -0.95f}, {0.95f, 0.95f}, {-0.95f, 0.95f}});
        case PortType::Model:
            return polygon({{-0.55f, -1}, {0.55f, -1}, {1.1f, 0}, {0.55f, 1}, {-0.55f, 1}, {-1.1f, 0}});
        case PortType::Conditioning:
            return polygon({{-0.9f, -1.05f}, {1.1f, 0}, {-0.9f, 1.05f}});
        default:
            list.AddCircleFilled(c, r, ink(filled ? colour : ui.theme.raised), 12);
            list.AddCircle(c, r, ink(colour), 12, ui.px(1.5f));
    }
}

}  // namespace gan
