#include "editor/canvas/state.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

constexpr ImDrawIdx quad_corners[] = {0, 1, 2, 0, 2, 3};

/// A straight line as one quad without soft edges: for thousands of wires that are hardly seen.
void plain_line(ImDrawList& list, const ImVec2& from, const ImVec2& to, float width, ImU32 colour) {
    const float x = to.x - from.x, y = to.y - from.y;
    const float length = std::sqrt(x * x + y * y);
    if (length < 1) return;
    const float across = width / (2 * length);
    const ImVec2 side{-y * across, x * across};
    const ImVec2 uv = ImGui::GetFontTexUvWhitePixel();
    list.PrimReserve(6, 4);
    const auto first = static_cast<ImDrawIdx>(list._VtxCurrentIdx);
    for (ImDrawIdx corner : quad_corners) list.PrimWriteIdx(static_cast<ImDrawIdx>(first + corner));
    list.PrimWriteVtx({from.x + side.x, from.y + side.y}, uv, colour);
    list.PrimWriteVtx({to.x + side.x, to.y + side.y}, uv, colour);
    list.PrimWriteVtx({to.x - side.x, to.y - side.y}, uv, colour);
    list.PrimWriteVtx({from.x - side.x, from.y - side.y}, uv, colour);
}

void draw_flow(Pen& pen, const WireShape& wire, const LiveMarks::Flow& flow, ImU32 colour) {
    if (flow.place < 0) return;
    // Long wires have short pulses: about 60 px.
    const float size = std::clamp(60 / std::max(1.0f, distance(wire.curve.a, wire.curve.d)), 0.08f, 0.4f);
    const float head = flow.place * (1 + size);
    const float begin = std::clamp(head - size, 0.0f, 1.0f), end = std::min(head, 1.0f);
    if (end <= begin) return;
    const ImU32 bright = mixed(colour, pen.ui.theme.text, flow.steady ? 0.35f : 0.7f);
    pen.part_of(wire.curve, begin, end, bright, flow.steady ? 2.0f : 3.0f);
}

void draw_stubs(const Pen& pen, const NodeShape& shape) {
    for (size_t i = 0; i < shape.ports.size(); ++i) {
        const PortShape& port = shape.ports[i];
        if (port.exposed.empty()) continue;
        const float way = port.output ? 1.0f : -1.0f;
        const Spot at = shape.port(i);
        const Spot end{at.x + way * 28, at.y};
        pen.line(at, end, pen.ui.theme.of(port.type), 2);
        pen.text({end.x + way * 4, end.y}, port.exposed, 11, pen.ui.theme.dim, port.output ? 0.0f : 1.0f);
    }
}

}  // namespace

void draw_wires(Pen& pen, CanvasState& state) {
    const Theme& theme = pen.ui.theme;
    const Detail detail = detail_at(state.view.zoom());
    const Gesture& gesture = state.gesture;
    const bool linking = gesture.kind == GestureKind::Link;
    bool flows = false;
    for (uint32_t index : state.sight.wires) {
        const WireShape& wire = state.scene.wires[index];
        const ImU32 colour = wire.typed ? theme.of(wire.type) : theme.dim;
        if (detail == Detail::Blocks) {
            plain_line(pen.list, pen.at(wire.curve.a), pen.at(wire.curve.d), pen.ui.px(1),
                       faded(colour, 0.6f));
            continue;
        }
        if (linking && gesture.link.taken && *gesture.link.taken == wire.to) continue;
        const bool hovered = gesture.kind == GestureKind::None && state.hover.kind == Hit::Kind::Wire &&
                             state.hover.wire == wire.to;
        const bool cut = gesture.kind == GestureKind::Cut && gesture.cut.wires.contains(wire.to);
        const bool insert =
            gesture.kind == GestureKind::Move && gesture.move.insert && gesture.move.asked == wire.to;
        const bool replaced = linking && gesture.link.snapped && gesture.link.anchor_is_output &&
                              *gesture.link.snapped == wire.to;
        pen.opacity = linking || replaced ? 0.3f : 1.0f;
        if (detail == Detail::Titles) {
            pen.curve(wire.curve, cut ? theme.error : colour, cut || insert ? 3.0f : 1.5f);
            continue;
        }
        if (cut) {
            pen.curve(wire.curve, theme.error, 3);
            continue;
        }
        if (insert) pen.curve(wire.curve, faded(theme.accent, 0.5f), 8);
        pen.curve(wire.curve, colour, hovered || insert ? 3.0f : 2.0f);
        const LiveMarks::Flow flow = state.marks.wire(wire);
        flows = flows || flow.place >= 0;
        draw_flow(pen, wire, flow, colour);
        if (wire.source.node != 0) state.visible.insert(wire.source.node);
    }
    pen.opacity = 1;
    if (flows) state.marks.set_moving();
    if (detail != Detail::Full || state.scene.inside() == 0) return;
    for (uint32_t index : state.sight.nodes) draw_stubs(pen, state.scene.nodes[index]);
}

void draw_gesture(const Pen& pen, const CanvasState& state) {
    const Theme& theme = pen.ui.theme;
    const Gesture& gesture = state.gesture;
    switch (gesture.kind) {
        case GestureKind::Link: {
            const LinkDrag& link = gesture.link;
            const NodeShape* anchor = state.scene.shape(link.anchor.node);
            const int port = anchor == nullptr ? -1 : anchor->find(link.anchor.port, link.anchor_is_output);
            if (port < 0) return;
            const Spot fixed = anchor->port(static_cast<size_t>(port));
            Spot loose = gesture.at;
            if (link.snapped)
                if (const NodeShape* shape = state.scene.shape(link.snapped->node))
                    if (const int to = shape->find(link.snapped->port, !link.anchor_is_output); to >= 0)
                        loose = shape->port(static_cast<size_t>(to));
            const ImU32 colour = link.typed ? theme.of(link.type) : theme.dim;
            pen.curve(link.anchor_is_output ? wire_curve(fixed, loose) : wire_curve(loose, fixed), colour,
                      link.snapped ? 3.0f : 2.0f);
            if (!link.snapped) pen.port(loose, link.type, link.typed, true, port_size, colour);
            return;
        }
        case GestureKind::Box: {
            const Box box = box_between(gesture.from, gesture.at);
            pen.fill(box, faded(theme.accent, 0.12f));
            pen.outline(box, theme.accent);
            return;
        }
        case GestureKind::Lasso: {
            for (const Spot& spot : gesture.select.path) pen.list.PathLineTo(pen.at(spot));
            pen.list.PathStroke(theme.accent, ImDrawFlags_Closed, pen.ui.px(1.5f));
            return;
        }
        case GestureKind::Cut:
            pen.line(gesture.from, gesture.at, theme.error, 2);
            return;
        default:
            return;
    }
}

}  // namespace gan
