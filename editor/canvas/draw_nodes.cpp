#include "editor/canvas/number_text.h"
#include "editor/canvas/state.h"

#include <algorithm>

namespace gan {
namespace {

/// What takes only a moment reads as news, not as trouble.
bool only_takes_a_moment(std::string_view error) {
    return error.ends_with("…") || error.ends_with("...") ||
           error.find(" waits for ") != std::string_view::npos ||
           error.find(" is being ") != std::string_view::npos;
}

ImU32 block_colour(const Theme& theme, const NodeShape& shape) {
    return mixed(theme.raised, theme.of(shape.tint), 0.55f);
}

void draw_blocks(const Pen& pen, const CanvasState& state) {
    const Theme& theme = pen.ui.theme;
    for (uint32_t index : state.sight.nodes) {
        const NodeShape& shape = state.scene.nodes[index];
        const bool selected = pen.ui.selection.nodes.contains(shape.id);
        const Box& box = state.scene.boxes[index];
        pen.list.PrimReserve(6, 4);
        pen.list.PrimRect(pen.at(box.min), pen.at(box.max),
                          selected ? theme.accent : block_colour(theme, shape));
    }
}

void draw_body(const Pen& pen, const CanvasState& state, const NodeShape& shape) {
    const Theme& theme = pen.ui.theme;
    const Box box = shape.box();
    const bool selected = pen.ui.selection.nodes.contains(shape.id);
    const bool hovered = state.hover.node == shape.id && state.gesture.kind == GestureKind::None;
    if (pen.opacity >= 1)
        pen.fill(box.moved({0, 3}).grown(1), faded(theme.canvas, 0.55f), 5);  // a soft shadow
    pen.fill(box, theme.raised, 4);
    const Box header{box.min, {box.max.x, box.min.y + header_height}};
    pen.fill(header, mixed(theme.raised, theme.of(shape.tint), hovered ? 0.20f : 0.12f), 4,
             ImDrawFlags_RoundCornersTop);
    if (!shape.known) pen.hatch({{box.min.x, header.max.y}, box.max}, faded(theme.dim, 0.35f));
    pen.outline(box, theme.line, 1, 4);
    if (selected)
        pen.outline(box.grown(1.5f), theme.accent, 2, 5);
    else if (pen.ui.selection.viewed == shape.id)
        pen.outline(box.grown(1), faded(theme.of(PortType::Image), 0.7f), 1, 5);
}

void draw_title(const Pen& pen, const CanvasState& state, const NodeShape& shape, Detail detail) {
    const Theme& theme = pen.ui.theme;
    if (detail == Detail::Titles) {
        // Larger than the header, as far as the node is wide: what cannot be read is no title.
        const float px = std::clamp(pen.view.units(pen.ui.px(10)), 13.0f, 40.0f);
        const Box box = shape.box();
        pen.list.PushClipRect(pen.at(box.min), pen.at(box.max), true);
        pen.text({box.min.x + 6, box.min.y + std::max(header_height, px * 1.2f) / 2}, shape.title, px,
                 theme.text);
        pen.list.PopClipRect();
        return;
    }
    const float middle = shape.at.y + header_height / 2;
    if (state.field.what() == InlineField::What::Title && state.field.node() == shape.id) return;
    pen.text({shape.at.x + 9, middle}, shape.title_cut, 13, theme.text);
}

/// On the right of the header: state, cost, or on hover the id.
void draw_header_end(const Pen& pen, const CanvasState& state, const NodeShape& shape,
                     const NodeRecord& record) {
    const Theme& theme = pen.ui.theme;
    const float middle = shape.at.y + header_height / 2;
    float right = shape.at.x + shape.width - 8;
    if (shape.kind == ShapeKind::Group) {
        // Two squares: there is more inside, and here is the way in.
        pen.outline({{right - 9, middle - 5}, {right - 2, middle + 2}}, theme.dim);
        pen.outline({{right - 6, middle - 2}, {right + 1, middle + 5}}, theme.dim);
        right -= 16;
    }
    if (record.flag("mute") || record.flag("bypass")) {
        pen.text({right, middle}, record.flag("mute") ? "muted" : "bypassed", 11, theme.text, 1);
        return;
    }
    if (state.hover.node == shape.id && state.gesture.kind == GestureKind::None) {
        pen.text({right, middle}, fmt::format("#{}", shape.id), 11, theme.dim, 1, true);
        return;
    }
    const LiveMarks::Cost cost = state.marks.cost(shape.id);
    if (cost.milliseconds < 0.05 || pen.ui.seconds - cost.seen > 1) return;
    char text[32];
    std::snprintf(text, sizeof text, cost.milliseconds < 99.95 ? "%.1f ms" : "%.0f ms", cost.milliseconds);
    const ShownRef& shown = pen.ui.session.shown();
    const double tick = shown ? 1000 / shown->settings.tick_rate.value() : 1000.0 / 60;
    const ImU32 colour = cost.milliseconds > tick / 4 ? theme.warning
                         : cost.milliseconds < 1      ? theme.dim
                                                      : theme.text;
    pen.text({right, middle}, text, 11, colour, 1, true);
}

void draw_row_value(const Pen& pen, const CanvasState& state, const NodeShape& shape, const RowShape& row,
                    const NodeRecord& record, const Shown* shown) {
    const Theme& theme = pen.ui.theme;
    const ParamInfo& info = row.param->info;
    const Spot right{shape.at.x + shape.width - 10, shape.at.y + row.top + row_height / 2};
    const int wire = state.scene.wire_into({shape.id, shape.ports[static_cast<size_t>(row.input)].name});
    if (wire >= 0) {
        const OutputShown* output =
            shown == nullptr ? nullptr : shown->find(state.scene.wires[static_cast<size_t>(wire)].source);
        const double* value = output == nullptr ? nullptr : std::get_if<double>(&output->value);
        if (value != nullptr) pen.text(right, short_number(*value, info.whole), 12, theme.dim, 1, true);
        return;
    }
    if (state.field.what() == InlineField::What::Value && state.field.node() == shape.id &&
        state.field.param() == row.param->name)
        return;
    const bool dragged = state.gesture.kind == GestureKind::Value && state.gesture.hit.node == shape.id &&
                         state.gesture.value.param == row.param->name;
    const bool hovered = state.gesture.kind == GestureKind::None && state.hover.kind == Hit::Kind::Value &&
                         state.hover.node == shape.id && state.hover.port == row.input;
    const double value = number_of(record, *row.param);
    const Box field{{shape.at.x + 8, shape.at.y + row.top + 1},
                    {shape.at.x + shape.width - 6, shape.at.y + row.top + row_height - 1}};
    if (dragged || hovered) {
        pen.fill(field, dragged ? theme.pressed : theme.hovered, 3);
        // Where the value stands in its range, while that is what matters.
        const double range = info.max - info.min;
        if (range > 0 && range <= 1000) {
            const auto share = static_cast<float>(std::clamp((value - info.min) / range, 0.0, 1.0));
            pen.fill({{field.min.x, field.max.y - 2}, {field.min.x + field.width() * share, field.max.y}},
                     theme.accent);
        }
    }
    const bool changed = record.params.contains(row.param->name);
    pen.text(right, short_number(value, info.whole), 12, changed || dragged ? theme.text : theme.dim, 1,
             true);
}

void draw_rows(const Pen& pen, const CanvasState& state, const NodeShape& shape, const NodeRecord& record,
               const Shown* shown) {
    const Theme& theme = pen.ui.theme;
    for (const RowShape& row : shape.rows) {
        const float middle = shape.at.y + row.top + row_height / 2;
        if (row.more) {
            const bool hovered = state.hover.kind == Hit::Kind::More && state.hover.node == shape.id;
            pen.text({shape.at.x + 12, middle}, row.left, 12, hovered ? theme.text : theme.dim);
            continue;
        }
        if (row.param != nullptr) draw_row_value(pen, state, shape, row, record, shown);
        if (row.input >= 0) {
            const PortShape& port = shape.ports[static_cast<size_t>(row.input)];
            pen.text({shape.at.x + 12, middle}, row.left, 12, port.optional ? theme.dim : theme.text);
        }
        if (row.output >= 0) pen.text({shape.at.x + shape.width - 12, middle}, row.right, 12, theme.text, 1);
    }
}

void draw_ports(Pen& pen, const CanvasState& state, const NodeShape& shape) {
    const Theme& theme = pen.ui.theme;
    const float opacity = pen.opacity;
    for (size_t i = 0; i < shape.ports.size(); ++i) {
        const PortShape& port = shape.ports[i];
        if (port.hidden) continue;
        const PortMark mark = mark_of(state, shape, port);
        const bool hovered = state.gesture.kind == GestureKind::None && state.hover.kind == Hit::Kind::Port &&
                             state.hover.node == shape.id && state.hover.port == static_cast<int>(i);
        float size = shape.kind == ShapeKind::Reroute ? 5 : port_size;
        if (mark == PortMark::Fits || hovered) size *= 1.3f;
        if (mark == PortMark::Snapped) size *= 1.7f;
        pen.opacity = opacity * (mark == PortMark::Faded ? 0.3f : 1.0f);
        const bool linked = port.output || state.scene.wire_into({shape.id, port.name}) >= 0;
        pen.port(shape.port(i), port.type, port.typed, linked, size, theme.of(port.type));
    }
    pen.opacity = opacity;
}

/// Through a bypassed node what comes in passes: the first input that the output's type has.
void draw_bypass(const Pen& pen, const NodeShape& shape) {
    for (size_t out = 0; out < shape.ports.size(); ++out) {
        if (!shape.ports[out].output || !shape.ports[out].typed) continue;
        for (size_t in = 0; in < shape.ports.size(); ++in) {
            const PortShape& port = shape.ports[in];
            if (port.output || port.param != nullptr || port.type != shape.ports[out].type) continue;
            pen.dashed(shape.port(in), shape.port(out), pen.ui.theme.of(port.type), 2);
            break;
        }
    }
}

/// Below the node, so that it grows for nobody.
void draw_node_words(const Pen& pen, const NodeShape& shape) {
    const NodeWords words = words_of(pen.ui, shape);
    if (words.text.empty()) return;
    const Theme& theme = pen.ui.theme;
    const Box body = shape.box();
    const float inner = body.width() - 16;
    const float height =
        std::min(pen.paragraph_height(words.text, 11, inner), pen.paragraph_height("x\nx\nx", 11, inner));
    const Box box{{body.min.x, body.max.y + 2}, {body.max.x, body.max.y + height + 10}};
    const ImU32 colour = words.trouble ? theme.error : theme.dim;
    pen.fill(box, mixed(theme.raised, colour, words.trouble ? 0.12f : 0.04f), 4);
    if (words.trouble) pen.fill({box.min, {box.min.x + 3, box.max.y}}, theme.error, 0);
    pen.paragraph({{box.min.x + 8, box.min.y + 4}, {box.max.x - 8, box.min.y + 4 + height}}, words.text, 11,
                  words.trouble ? mixed(theme.error, theme.text, 0.25f) : theme.dim);
}

void draw_reroute(Pen& pen, const CanvasState& state, const NodeShape& shape) {
    const Theme& theme = pen.ui.theme;
    const bool selected = pen.ui.selection.nodes.contains(shape.id);
    const bool hovered = state.hover.node == shape.id && state.gesture.kind == GestureKind::None;
    const ImU32 colour = theme.of(shape.tint);
    const ImVec2 centre = pen.at(shape.box().centre());
    const float radius = pen.length(shape.width / 2);
    pen.list.AddCircleFilled(centre, radius * (hovered ? 1.2f : 1.0f), colour, 16);
    if (selected) pen.list.AddCircle(centre, radius + pen.ui.px(3), theme.accent, 20, pen.ui.px(2));
    if (hovered || state.gesture.kind == GestureKind::Link) draw_ports(pen, state, shape);
}

void list_classes_of(CanvasState& state, const NodeShape& shape, const Shown* shown) {
    const OutputShown* output = shown == nullptr ? nullptr : shown->find(shape.source);
    const auto* mix = output == nullptr ? nullptr : std::get_if<ClassMix>(&output->value);
    if (mix != nullptr && state.scene.list_classes(shape.id, mix->classes.size())) state.marks.set_moving();
}

void draw_node(Pen& pen, CanvasState& state, const NodeShape& shape, Detail detail) {
    const auto found = pen.ui.session.graph().nodes.find(shape.id);
    if (found == pen.ui.session.graph().nodes.end()) return;
    if (shape.kind == ShapeKind::Reroute) return draw_reroute(pen, state, shape);
    const Shown* shown = pen.ui.session.shown().get();
    const NodeRecord& record = found->second;
    const bool bypassed = record.flag("bypass"), muted = record.flag("mute");
    pen.opacity = bypassed || muted ? 0.4f : 1.0f;
    draw_body(pen, state, shape);
    draw_title(pen, state, shape, detail);
    if (detail == Detail::Titles) {
        if (shape.visual == Visual::Picture) {
            state.visible.insert(shape.source.node);
            draw_visual(pen, state, shape, shown);
        }
        pen.opacity = 1;
        return;
    }
    if (shape.kind != ShapeKind::Group) state.visible.insert(shape.id);
    if (shape.source.node != 0) state.visible.insert(shape.source.node);
    state.marks.node(shape);
    if (shape.visual == Visual::Classes) list_classes_of(state, shape, shown);
    draw_header_end(pen, state, shape, record);
    draw_rows(pen, state, shape, record, shown);
    draw_visual(pen, state, shape, shown);
    draw_ports(pen, state, shape);
    pen.opacity = 1;
    if (bypassed) draw_bypass(pen, shape);
    draw_node_words(pen, shape);
}

}  // namespace

NodeWords words_of(const Ui& ui, const NodeShape& shape) {
    if (shape.kind == ShapeKind::Node && !shape.known) {
        const auto found = ui.session.graph().nodes.find(shape.id);
        if (found == ui.session.graph().nodes.end()) return {};
        return {fmt::format("'{}' {}; its values and links are kept", found->second.type,
                            ui.session.types().why_missing(found->second.type)),
                true};
    }
    const Shown* shown = ui.session.shown().get();
    // A group is as well as what it gives.
    const NodeId who = shape.kind == ShapeKind::Group ? shape.source.node : shape.id;
    const NodeShown* node = shown == nullptr ? nullptr : shown->find(who);
    if (node == nullptr || node->error.empty()) return {};
    if (node->reason == Reason::Muted || node->reason == Reason::NotAsked) return {};
    return {node->error, !only_takes_a_moment(node->error)};
}

void draw_nodes(Pen& pen, CanvasState& state) {
    const Detail detail = detail_at(state.view.zoom());
    if (detail == Detail::Blocks) return draw_blocks(pen, state);
    for (uint32_t index : state.sight.nodes) draw_node(pen, state, state.scene.nodes[index], detail);
}

}  // namespace gan
