#include "editor/canvas/gestures.h"
#include "editor/canvas/state.h"

#include <algorithm>

namespace gan {
namespace {

/// Frames take along what stands on them.
void add_standing_on(const Scene& scene, const NodeShape& frame, std::map<NodeId, Spot>& moved) {
    const Box area = frame.box();
    for (size_t i = 0; i < scene.nodes.size(); ++i)
        if (scene.nodes[i].id != frame.id && area.contains(scene.boxes[i].centre()) &&
            scene.boxes[i].width() * scene.boxes[i].height() < area.width() * area.height())
            moved.emplace(scene.nodes[i].id, scene.nodes[i].at);
}

/// Looks for a wire under a single node that is moved, and whether the node can be put into it.
void look_for_wire(Ui& ui, CanvasState& state) {
    MoveDrag& move = state.gesture.move;
    const NodeShape* shape = state.scene.shape(move.grabbed);
    const bool suits = move.from.size() == 1 && shape != nullptr &&
                       (shape->kind == ShapeKind::Node || shape->kind == ShapeKind::Reroute ||
                        shape->kind == ShapeKind::Group);
    int wire = -1;
    if (suits) {
        const float reach = state.view.units(ui.px(14));
        wire = wire_near(state.scene, state.sight, state.gesture.at, reach, move.grabbed);
        if (wire < 0) wire = wire_near(state.scene, state.sight, shape->box().centre(), reach, move.grabbed);
    }
    const PortRef to = wire < 0 ? PortRef{} : state.scene.wires[static_cast<size_t>(wire)].to;
    if (to == move.asked) return;
    move.asked = to;
    move.insert.reset();
    if (wire >= 0) move.insert = insert_on_link(ui.session.graph(), ui.session.types(), move.grabbed, to);
}

/// By its middle, or wholly.
bool in_lasso(const std::vector<Spot>& path, const Box& place, bool wholly) {
    if (!wholly) return inside_polygon(path, place.centre());
    return inside_polygon(path, place.min) && inside_polygon(path, place.max) &&
           inside_polygon(path, {place.min.x, place.max.y}) &&
           inside_polygon(path, {place.max.x, place.min.y});
}

}  // namespace

void begin_move(Ui& ui, CanvasState& state, bool take_out) {
    Gesture& gesture = state.gesture;
    MoveDrag& move = gesture.move;
    move.grabbed = gesture.hit.node;
    if (!ui.selection.nodes.contains(move.grabbed)) ui.selection.only(move.grabbed);
    for (NodeId node : state.selected(ui))
        if (const NodeShape* shape = state.scene.shape(node)) {
            move.from.emplace(node, shape->at);
            if (shape->kind == ShapeKind::Frame) add_standing_on(state.scene, *shape, move.from);
        }
    if (!move.from.contains(move.grabbed)) {
        gesture.kind = GestureKind::None;
        return;
    }
    gesture.kind = GestureKind::Move;
    if (!take_out) return;
    const std::string name = "Take out " + state.title(ui, move.grabbed);
    if (const auto edit = extract_node(ui.session.graph(), ui.session.types(), move.grabbed))
        move.take_out = ui.session.edit(*edit, name, gesture.id);
}

void update_move(Ui& ui, CanvasState& state) {
    Gesture& gesture = state.gesture;
    const auto grabbed = gesture.move.from.find(gesture.move.grabbed);
    const Spot by = on_grid(grabbed->second + (gesture.at - gesture.from)) - grabbed->second;
    bool moved = false;
    for (const auto& [node, from] : gesture.move.from)
        if (NodeShape* shape = state.scene.shape(node)) {
            const Spot to = from + by;
            moved = moved || shape->at != to;
            shape->at = to;
        }
    if (moved) state.scene.moved();
    look_for_wire(ui, state);
}

void end_move(Ui& ui, CanvasState& state) {
    Gesture& gesture = state.gesture;
    std::map<NodeId, Place> places;
    for (const auto& [node, from] : gesture.move.from) {
        state.scene.forget(node);
        const NodeShape* shape = state.scene.shape(node);
        if (shape != nullptr && shape->at != from && ui.session.graph().nodes.contains(node))
            places[node] = {shape->at.x, shape->at.y};
    }
    if (places.empty() && !gesture.move.insert) return;
    std::vector<Edit> edits;
    if (!places.empty()) edits.push_back(move_nodes(places));
    if (gesture.move.insert) edits.push_back(*gesture.move.insert);
    const std::string title = state.title(ui, gesture.move.grabbed);
    const std::string name = gesture.move.take_out ? "Take out " + title
                             : gesture.move.insert ? "Insert " + title
                             : places.size() == 1  ? "Move " + title
                                                   : fmt::format("Move {} nodes", places.size());
    ui.session.edit({std::move(edits)}, name, gesture.id);
}

void begin_select(Ui& ui, CanvasState& state, GestureKind kind) {
    Gesture& gesture = state.gesture;
    const ImGuiIO& io = ImGui::GetIO();
    gesture.kind = kind;
    gesture.select.toggles = io.KeyCtrl;
    if (io.KeyCtrl || io.KeyShift)
        gesture.select.before = ui.selection.nodes;
    else
        ui.selection.clear();
    gesture.select.path = {gesture.from};
}

void update_select(Ui& ui, CanvasState& state) {
    Gesture& gesture = state.gesture;
    const bool lasso = gesture.kind == GestureKind::Lasso;
    if (lasso && distance(gesture.select.path.back(), gesture.at) > state.view.units(ui.px(3)))
        gesture.select.path.push_back(gesture.at);
    const Box box = box_between(gesture.from, gesture.at);
    std::set<NodeId> nodes = gesture.select.before;
    for (size_t i = 0; i < state.scene.nodes.size(); ++i) {
        const NodeShape& shape = state.scene.nodes[i];
        const Box& place = state.scene.boxes[i];
        // A frame is large: it is meant only when all of it is in the box.
        const bool frame = shape.kind == ShapeKind::Frame;
        const bool meant = lasso   ? in_lasso(gesture.select.path, place, frame)
                           : frame ? box.contains(place)
                                   : box.overlaps(place);
        if (!meant) continue;
        if (gesture.select.toggles && gesture.select.before.contains(shape.id))
            nodes.erase(shape.id);
        else
            nodes.insert(shape.id);
    }
    if (nodes == ui.selection.nodes) return;
    ui.selection.nodes = std::move(nodes);
    if (!ui.selection.nodes.contains(ui.selection.active))
        ui.selection.active = ui.selection.nodes.empty() ? 0 : *ui.selection.nodes.begin();
}

}  // namespace gan
