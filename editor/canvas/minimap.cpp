#include "editor/canvas/state.h"

#include <algorithm>

namespace gan {
namespace {

/// How the canvas lies in the minimap.
struct MapScale {
    Rect place;
    Box all;
    float factor = 1;
    ImVec2 at(Spot spot) const {
        return {place.min.x + (spot.x - all.min.x) * factor, place.min.y + (spot.y - all.min.y) * factor};
    }
    Spot back(const ImVec2& screen) const {
        return {all.min.x + (screen.x - place.min.x) / factor, all.min.y + (screen.y - place.min.y) / factor};
    }
};

std::optional<MapScale> map_scale(const Ui& ui, const CanvasState& state) {
    const auto box = minimap_box(ui, state);
    if (!box) return std::nullopt;
    const Rect& area = state.view.area();
    MapScale map{.all = *box};
    const float margin = ui.px(10);
    map.factor = std::min(ui.px(180) / map.all.width(), ui.px(120) / map.all.height());
    const ImVec2 size{map.all.width() * map.factor, map.all.height() * map.factor};
    map.place.max = {area.max.x - margin, area.max.y - margin};
    map.place.min = {map.place.max.x - size.x, map.place.max.y - size.y};
    return map;
}

/// Frames first, then what stands on them. Of thousands that share a place of 2 px one is drawn.
void place_marks(const Ui& ui, CanvasState& state, const MapScale& map) {
    CanvasState::Map& kept = state.map;
    if (kept.version == state.scene.version() && kept.box == map.all && kept.theme == &ui.theme &&
        kept.place.min.x == map.place.min.x && kept.place.min.y == map.place.min.y &&
        kept.selected == ui.selection.nodes)
        return;
    kept = {.version = state.scene.version(),
            .place = map.place,
            .box = map.all,
            .selected = ui.selection.nodes,
            .theme = &ui.theme};
    const Theme& theme = ui.theme;
    const auto across = static_cast<size_t>(map.place.width() / 2) + 2;
    std::vector<bool> taken(across * (static_cast<size_t>(map.place.height() / 2) + 2));
    for (const bool frames : {true, false})
        for (size_t i = 0; i < state.scene.nodes.size(); ++i) {
            const NodeShape& shape = state.scene.nodes[i];
            // While the map is dragged it stands still, and nodes may have come beside it.
            if ((shape.kind == ShapeKind::Frame) != frames || !map.all.contains(state.scene.boxes[i]))
                continue;
            const ImVec2 min = map.at(state.scene.boxes[i].min);
            const ImVec2 max = map.at(state.scene.boxes[i].max);
            const bool selected = ui.selection.nodes.contains(shape.id);
            if (max.x - min.x < 3 && !selected) {
                const size_t cell = static_cast<size_t>((min.y - map.place.min.y) / 2) * across +
                                    static_cast<size_t>((min.x - map.place.min.x) / 2);
                if (taken[cell]) continue;
                taken[cell] = true;
            }
            const ImU32 colour = selected ? theme.accent
                                 : frames ? faded(theme.dim, 0.2f)
                                          : faded(theme.of(shape.tint), 0.7f);
            kept.marks.push_back(
                {min, {std::max(max.x, min.x + 1.5f), std::max(max.y, min.y + 1.5f)}, colour});
        }
}

}  // namespace

std::optional<Box> minimap_box(const Ui& ui, const CanvasState& state) {
    if (state.gesture.kind == GestureKind::Minimap) return state.gesture.map;
    const auto& bounds = state.scene.bounds();
    const Box seen = state.view.seen();
    const Rect& area = state.view.area();
    if (!ui.preferences.minimap || !bounds || seen.contains(*bounds) || area.width() < ui.px(360) ||
        area.height() < ui.px(240))
        return std::nullopt;
    return bounds->with(seen).grown(40);
}

std::optional<Rect> minimap_place(const Ui& ui, const CanvasState& state) {
    const auto map = map_scale(ui, state);
    return map ? std::optional(map->place) : std::nullopt;
}

bool draw_minimap(Ui& ui, ImDrawList& list, CanvasState& state) {
    const auto map = map_scale(ui, state);
    if (!map) return false;
    const Theme& theme = ui.theme;
    list.AddRectFilled(map->place.min, map->place.max, faded(theme.panel, 0.9f), ui.px(3));
    list.PushClipRect(map->place.min, map->place.max, true);
    place_marks(ui, state, *map);
    for (const auto& [min, max, colour] : state.map.marks) {
        list.PrimReserve(6, 4);
        list.PrimRect(min, max, colour);
    }
    const Box seen = state.view.seen();
    list.AddRect(map->at(seen.min), map->at(seen.max), theme.text, 0, 0, ui.px(1));
    list.PopClipRect();
    list.AddRect(map->place.min, map->place.max, theme.line, ui.px(3));
    return map->place.contains(state.mouse);
}

void drag_minimap(const Ui& ui, CanvasState& state) {
    if (const auto map = map_scale(ui, state)) state.view.centre_on(map->back(state.mouse), true);
}

}  // namespace gan
