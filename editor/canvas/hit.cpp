#include "editor/canvas/hit.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

constexpr float port_reach = 9;  // half of the hit area's 18 px

int port_under(const NodeShape& shape, Spot spot, float reach) {
    int nearest = -1;
    for (size_t i = 0; i < shape.ports.size(); ++i) {
        if (shape.ports[i].hidden) continue;
        const float away = distance(spot, shape.port(i));
        if (away >= reach) continue;
        reach = away;
        nearest = static_cast<int>(i);
    }
    return nearest;
}

std::optional<Hit> hit_on_node(const NodeShape& shape, Spot spot, Detail detail, float reach) {
    const Box box = shape.box();
    if (!box.grown(reach).contains(spot)) return std::nullopt;
    Hit hit{.kind = Hit::Kind::Node, .node = shape.id};
    if (shape.kind == ShapeKind::Reroute) {
        // Its middle moves it; past that, its ports.
        const float away = distance(spot, box.centre());
        if (away > shape.width / 2 + reach / 2) return std::nullopt;
        if (away > shape.width / 3) {
            hit.port = port_under(shape, spot, reach);
            if (hit.port >= 0) hit.kind = Hit::Kind::Port;
        }
        return hit;
    }
    if (detail == Detail::Full) {
        hit.port = port_under(shape, spot, reach);
        if (hit.port >= 0) {
            hit.kind = Hit::Kind::Port;
            return hit;
        }
    }
    if (!box.contains(spot)) return std::nullopt;
    const Spot inner = spot - shape.at;
    if (shape.visual == Visual::Picture && shape.visual_box.contains(inner) && detail != Detail::Blocks)
        hit.kind = Hit::Kind::Picture;
    else if (inner.y < header_height)
        hit.kind = Hit::Kind::Title;
    if (detail != Detail::Full) return hit;
    for (size_t i = 0; i < shape.rows.size(); ++i) {
        const RowShape& row = shape.rows[i];
        if (inner.y < row.top || inner.y >= row.top + row_height) continue;
        if (row.param == nullptr && !row.more) break;
        hit.row = static_cast<int>(i);
        hit.port = row.input;
        hit.kind = row.more ? Hit::Kind::More : Hit::Kind::Value;
        break;
    }
    return hit;
}

std::optional<Hit> hit_corner(const NodeShape& shape, Spot spot, float reach) {
    const Box box = shape.box();
    for (int corner : {3, 2, 1, 0}) {
        const Spot at{corner & 1 ? box.max.x : box.min.x, corner & 2 ? box.max.y : box.min.y};
        if (std::abs(spot.x - at.x) < reach && std::abs(spot.y - at.y) < reach)
            return Hit{.kind = Hit::Kind::Corner, .node = shape.id, .corner = corner};
    }
    return std::nullopt;
}

}  // namespace

Detail detail_at(float zoom) {
    return zoom < 0.2f ? Detail::Blocks : zoom < 0.45f ? Detail::Titles : Detail::Full;
}

InSight in_sight(const Scene& scene, const CanvasView& view, const std::set<NodeId>& selected) {
    InSight sight;
    const Box seen = view.seen();
    const Box near = seen.grown(24);  // ports and what is below nodes reach out
    std::vector<uint32_t> on_top;
    for (uint32_t i = 0; i < scene.boxes.size(); ++i) {
        if (!scene.boxes[i].overlaps({{near.min.x, near.min.y - 72}, near.max})) continue;
        const NodeShape& shape = scene.nodes[i];
        if (shape.kind == ShapeKind::Frame)
            sight.areas.push_back(i);
        else if (shape.kind == ShapeKind::Note)
            sight.notes.push_back(i);
        else
            (selected.contains(shape.id) ? on_top : sight.nodes).push_back(i);
    }
    sight.nodes.insert(sight.nodes.end(), on_top.begin(), on_top.end());
    // A frame in a frame is drawn over it.
    std::stable_sort(sight.areas.begin(), sight.areas.end(), [&](uint32_t a, uint32_t b) {
        const Box &first = scene.boxes[a], &second = scene.boxes[b];
        return first.width() * first.height() > second.width() * second.height();
    });
    for (uint32_t i = 0; i < scene.wires.size(); ++i)
        if (scene.wires[i].bounds.overlaps(seen)) sight.wires.push_back(i);
    return sight;
}

int wire_near(const Scene& scene, const InSight& sight, Spot spot, float within, NodeId but_of) {
    int nearest = -1;
    for (uint32_t index : sight.wires) {
        const WireShape& wire = scene.wires[index];
        if (!wire.bounds.grown(within).contains(spot)) continue;
        if (but_of != 0 && (wire.from.node == but_of || wire.to.node == but_of)) continue;
        const float away = wire.curve.distance_to(spot);
        if (away >= within) continue;
        within = away;
        nearest = static_cast<int>(index);
    }
    return nearest;
}

Hit hit_at(const Scene& scene, const CanvasView& view, const InSight& sight, Spot spot, float screen_scale) {
    const Detail detail = detail_at(view.zoom());
    const float reach = std::max(port_reach, view.units(5 * screen_scale));
    for (auto index = sight.nodes.rbegin(); index != sight.nodes.rend(); ++index)
        if (const auto hit = hit_on_node(scene.nodes[*index], spot, detail, reach)) return *hit;
    const float edge = view.units(7 * screen_scale);
    for (auto index = sight.notes.rbegin(); index != sight.notes.rend(); ++index) {
        const NodeShape& shape = scene.nodes[*index];
        if (const auto hit = hit_corner(shape, spot, edge)) return *hit;
        if (shape.box().contains(spot)) return {.kind = Hit::Kind::Note, .node = shape.id};
    }
    const int wire =
        detail == Detail::Blocks ? -1 : wire_near(scene, sight, spot, view.units(6 * screen_scale));
    if (wire >= 0) return {.kind = Hit::Kind::Wire, .wire = scene.wires[static_cast<size_t>(wire)].to};
    for (auto index = sight.areas.rbegin(); index != sight.areas.rend(); ++index) {
        const NodeShape& shape = scene.nodes[*index];
        const Box box = shape.box();
        if (const auto hit = hit_corner(shape, spot, edge)) return *hit;
        if (!box.grown(edge / 2).contains(spot)) continue;
        const Box inner{{box.min.x + edge, box.min.y + std::max(header_height, edge)},
                        {box.max.x - edge, box.max.y - edge}};
        if (!inner.contains(spot)) return {.kind = Hit::Kind::FrameEdge, .node = shape.id};
    }
    return {};
}

}  // namespace gan
