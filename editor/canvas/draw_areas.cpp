#include "editor/canvas/state.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace gan {
namespace {

/// "#rrggbb", or the fallback.
ImU32 colour_from_text(std::string_view text, ImU32 fallback) {
    uint32_t rgb = 0;
    if (text.size() != 7 || text[0] != '#') return fallback;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 7, rgb, 16);
    if (error != std::errc() || end != text.data() + 7) return fallback;
    return IM_COL32((rgb >> 16) & 255, (rgb >> 8) & 255, rgb & 255, 255);
}

void draw_corner_marks(const Pen& pen, const Box& box, ImU32 colour) {
    for (const float size : {6.0f, 11.0f})
        pen.line({box.max.x - size, box.max.y - 2}, {box.max.x - 2, box.max.y - size}, colour, 1);
}

bool is_hovered(const CanvasState& state, NodeId node) {
    return state.hover.node == node && state.gesture.kind == GestureKind::None;
}

}  // namespace

void draw_grid(const Pen& pen) {
    const CanvasView& view = pen.view;
    float step = 32;
    while (view.length(step) < pen.ui.px(20)) step *= 4;
    const Box seen = view.seen();
    const ImU32 colour = pen.ui.theme.grid;
    for (float x = std::floor(seen.min.x / step) * step; x < seen.max.x; x += step) {
        const float at = std::round(view.to_screen({x, 0}).x);
        pen.list.AddLine({at, view.area().min.y}, {at, view.area().max.y}, colour);
    }
    for (float y = std::floor(seen.min.y / step) * step; y < seen.max.y; y += step) {
        const float at = std::round(view.to_screen({0, y}).y);
        pen.list.AddLine({view.area().min.x, at}, {view.area().max.x, at}, colour);
    }
}

void draw_frames(const Pen& pen, const CanvasState& state) {
    const Theme& theme = pen.ui.theme;
    for (uint32_t index : state.sight.areas) {
        const NodeShape& shape = state.scene.nodes[index];
        const Box box = shape.box();
        const ImU32 colour = colour_from_text(shape.colour, theme.dim);
        const bool selected = pen.ui.selection.nodes.contains(shape.id);
        pen.fill(box, faded(colour, 0.10f), 4);
        const Box header{box.min, {box.max.x, box.min.y + header_height}};
        pen.fill(header, faded(colour, is_hovered(state, shape.id) ? 0.28f : 0.18f), 4,
                 ImDrawFlags_RoundCornersTop);
        pen.outline(box, selected ? theme.accent : faded(colour, 0.5f), selected ? 2.0f : 1.0f, 4);
        // Its title stays legible from afar, where frames are the map.
        const float px = std::max(13.0f, pen.view.units(pen.ui.px(12)));
        const Box room{{box.min.x + 8, box.min.y + std::max(0.0f, (header_height - px * 1.2f) / 2)},
                       {box.max.x - 8, box.min.y + std::max(header_height, px * 1.3f)}};
        if (state.field.what() != InlineField::What::Title || state.field.node() != shape.id) {
            pen.list.PushClipRect(pen.at(room.min), pen.at(room.max), true);
            pen.text({room.min.x, box.min.y + std::max(header_height, px * 1.2f) / 2}, shape.title, px,
                     theme.text);
            pen.list.PopClipRect();
        }
        draw_corner_marks(pen, box, faded(colour, 0.8f));
    }
}

void draw_notes(const Pen& pen, const CanvasState& state) {
    const Theme& theme = pen.ui.theme;
    const bool words = detail_at(pen.view.zoom()) != Detail::Blocks;
    for (uint32_t index : state.sight.notes) {
        const NodeShape& shape = state.scene.nodes[index];
        const Box box = shape.box();
        const ImU32 colour = colour_from_text(shape.colour, theme.warning);
        const bool selected = pen.ui.selection.nodes.contains(shape.id);
        pen.fill(box, mixed(theme.raised, colour, 0.10f), 3);
        pen.fill({box.min, {box.min.x + 3, box.max.y}}, faded(colour, 0.8f));
        pen.outline(box, selected ? theme.accent : theme.line, selected ? 2.0f : 1.0f, 3);
        if (!words) continue;
        const auto found = pen.ui.session.graph().nodes.find(shape.id);
        if (found == pen.ui.session.graph().nodes.end()) continue;
        const auto text = found->second.fields.find("text");
        const bool has = text != found->second.fields.end() && text->is_string();
        const std::string_view written =
            has ? std::string_view(text->get_ref<const std::string&>()) : std::string_view();
        const bool empty = written.empty();
        pen.paragraph({{box.min.x + 10, box.min.y + 7}, {box.max.x - 8, box.max.y - 6}},
                      empty ? "Double click to write" : written, 13, empty ? theme.dim : theme.text);
        if (is_hovered(state, shape.id) || selected) draw_corner_marks(pen, box, theme.dim);
    }
}

}  // namespace gan
