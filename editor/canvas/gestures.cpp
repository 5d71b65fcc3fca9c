#include "editor/canvas/gestures.h"

#include "editor/canvas/number_text.h"
#include "editor/canvas/state.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

constexpr float drag_threshold = 4;  // px before a press becomes a drag

bool space_held() {
    return ImGui::IsKeyDown(ImGui::GetKeyIndex(ImGuiKey_Space));
}

/// A press on a node selects it, as the keys say.
void select_pressed(Ui& ui, NodeId node) {
    Selection& selection = ui.selection;
    const ImGuiIO& io = ImGui::GetIO();
    if (io.KeyCtrl) {
        if (selection.nodes.erase(node) == 0) {
            selection.nodes.insert(node);
            selection.active = node;
        } else if (selection.active == node) {
            selection.active = selection.nodes.empty() ? 0 : *selection.nodes.rbegin();
        }
    } else if (io.KeyShift || selection.nodes.contains(node)) {
        selection.nodes.insert(node);
        selection.active = node;
    } else {
        selection.only(node);
    }
}

/// Returns whether the double click meant something.
bool double_clicked(Ui& ui, CanvasState& state, const Hit& hit, Spot at) {
    const NodeShape* shape = state.scene.shape(hit.node);
    switch (hit.kind) {
        case Hit::Kind::Nothing:
            open_add_list(ui, state, state.mouse, {.place = at});
            return true;
        case Hit::Kind::Wire:
            add_reroute_at(ui, state, hit.wire, at);
            return true;
        case Hit::Kind::Value:
            if (const ParamBase* param =
                    shape == nullptr ? nullptr : shape->rows[static_cast<size_t>(hit.row)].param)
                edit_value_in_place(ui, state, hit.node, *param);
            return true;
        case Hit::Kind::FrameEdge:
            rename_in_place(ui, state, hit.node);
            return true;
        case Hit::Kind::Note:
            edit_note_in_place(ui, state, hit.node);
            return true;
        case Hit::Kind::Title:
            if (detail_at(state.view.zoom()) == Detail::Blocks) return false;
            if (shape != nullptr && shape->kind == ShapeKind::Group &&
                at.x > shape->at.x + shape->width - 24) {
                show_group(ui, state, hit.node);
                return true;
            }
            rename_in_place(ui, state, hit.node);
            return true;
        case Hit::Kind::Node:
        case Hit::Kind::Picture:
            if (shape == nullptr || shape->kind != ShapeKind::Group) return false;
            show_group(ui, state, hit.node);
            return true;
        default:
            return false;
    }
}

void press_left(Ui& ui, CanvasState& state) {
    Gesture& gesture = state.gesture;
    const Hit& hit = gesture.hit;
    if (const auto map = minimap_place(ui, state); map && map->contains(state.mouse)) {
        gesture.map = *minimap_box(ui, state);
        gesture.kind = GestureKind::Minimap;
        return;
    }
    if (space_held()) {
        gesture.kind = GestureKind::Pan;
        return;
    }
    const ImGuiIO& io = ImGui::GetIO();
    if (ImGui::IsMouseDoubleClicked(0) && !io.KeyCtrl && !io.KeyShift && !io.KeyAlt &&
        double_clicked(ui, state, hit, gesture.from)) {
        gesture.kind = GestureKind::None;
        return;
    }
    gesture.kind = GestureKind::Press;
    if (hit.kind == Hit::Kind::Port) {
        begin_link(ui, state);
        return;
    }
    if (hit.kind == Hit::Kind::Value && begin_value(ui, state)) return;
    if (hit.kind == Hit::Kind::More) {
        if (state.open.erase(hit.node) == 0) state.open.insert(hit.node);
        gesture.kind = GestureKind::None;
        return;
    }
    if (hit.on_node() || hit.kind == Hit::Kind::FrameEdge || hit.kind == Hit::Kind::Corner)
        select_pressed(ui, hit.node);
}

void press(Ui& ui, CanvasState& state, int button) {
    Gesture& gesture = state.gesture;
    gesture = {};
    gesture.button = button;
    gesture.selected = ui.selection.nodes;
    gesture.active = ui.selection.active;
    gesture.pressed_at = state.mouse;
    gesture.from = gesture.at = state.view.to_canvas(state.mouse);
    gesture.hit = hit_at(state.scene, state.view, state.sight, gesture.from, ui.scale);
    if (button == ImGuiMouseButton_Middle)
        gesture.kind = GestureKind::Pan;
    else if (button == ImGuiMouseButton_Right)
        gesture.kind = GestureKind::Press;
    else
        press_left(ui, state);
}

/// A press has become a drag.
void begin_drag(Ui& ui, CanvasState& state) {
    Gesture& gesture = state.gesture;
    const ImGuiIO& io = ImGui::GetIO();
    // Without Ctrl it stays a press, whose release opens the menu.
    if (gesture.button == ImGuiMouseButton_Right && !io.KeyCtrl) return;
    gesture.id = ui.session.new_gesture();
    if (gesture.button == ImGuiMouseButton_Right) {
        gesture.kind = GestureKind::Cut;
        return;
    }
    if (gesture.hit.kind == Hit::Kind::Corner)
        begin_resize(state);
    else if (gesture.hit.on_node() || gesture.hit.kind == Hit::Kind::FrameEdge)
        begin_move(ui, state, io.KeyAlt);
    else
        begin_select(ui, state, io.KeyAlt ? GestureKind::Lasso : GestureKind::Box);
}

/// A press that ended where it began.
void click(Ui& ui, CanvasState& state) {
    const Gesture& gesture = state.gesture;
    const ImGuiIO& io = ImGui::GetIO();
    const Hit& hit = gesture.hit;
    if (gesture.button == ImGuiMouseButton_Right) {
        const bool node = hit.on_node() || hit.kind == Hit::Kind::FrameEdge || hit.kind == Hit::Kind::Corner;
        const auto kind = hit.kind == Hit::Kind::Wire   ? MenuTarget::Kind::Wire
                          : hit.kind == Hit::Kind::Port ? MenuTarget::Kind::Port
                          : node                        ? MenuTarget::Kind::Node
                                                        : MenuTarget::Kind::Canvas;
        if (node && !ui.selection.nodes.contains(hit.node)) ui.selection.only(hit.node);
        if (node) ui.selection.active = hit.node;
        state.menu = {.kind = kind, .hit = hit, .place = gesture.from, .opening = true};
        return;
    }
    const bool plain = !io.KeyCtrl && !io.KeyShift;
    if (hit.on_node() || hit.kind == Hit::Kind::FrameEdge) {
        if (plain) ui.selection.only(hit.node);
        if (hit.kind == Hit::Kind::Picture && plain) {
            const NodeShape* shape = state.scene.shape(hit.node);
            ui.selection.viewed = shape != nullptr && shape->source.node != 0 ? shape->source.node : hit.node;
        }
    } else if (plain && hit.kind != Hit::Kind::Corner) {
        ui.selection.clear();
    }
}

/// Beyond the edges the view follows the mouse.
void pan_at_edges(Ui& ui, CanvasState& state) {
    const Rect& area = state.view.area();
    const float edge = ui.px(16);
    const auto beyond = [&](float at, float low, float high) {
        if (at < low + edge) return std::max(-ui.px(60), at - low - edge);
        if (at > high - edge) return std::min(ui.px(60), at - high + edge);
        return 0.0f;
    };
    const float x = beyond(state.mouse.x, area.min.x, area.max.x);
    const float y = beyond(state.mouse.y, area.min.y, area.max.y);
    if (x == 0 && y == 0) return;
    const float speed = 12 * std::min(ImGui::GetIO().DeltaTime, 0.05f);
    state.view.pan({-x * speed, -y * speed});
    ui.moving = true;
}

void update_gesture(Ui& ui, CanvasState& state) {
    Gesture& gesture = state.gesture;
    const ImVec2 by = ImGui::GetIO().MouseDelta;
    const float away = std::hypot(state.mouse.x - gesture.pressed_at.x, state.mouse.y - gesture.pressed_at.y);
    if (gesture.kind == GestureKind::Press && away > ui.px(drag_threshold)) begin_drag(ui, state);
    switch (gesture.kind) {
        case GestureKind::Pan:
            state.view.pan(by);
            break;
        case GestureKind::Minimap:
            drag_minimap(ui, state);
            break;
        case GestureKind::Move:
        case GestureKind::Box:
        case GestureKind::Lasso:
        case GestureKind::Link:
        case GestureKind::Cut:
        case GestureKind::Resize:
            pan_at_edges(ui, state);
            break;
        default:
            break;
    }
    gesture.at = state.view.to_canvas(state.mouse);
    switch (gesture.kind) {
        case GestureKind::Move:
            update_move(ui, state);
            break;
        case GestureKind::Box:
        case GestureKind::Lasso:
            update_select(ui, state);
            break;
        case GestureKind::Link:
            update_link(ui, state);
            break;
        case GestureKind::Cut:
            update_cut(state);
            break;
        case GestureKind::Value:
            update_value(ui, state, by);
            break;
        case GestureKind::Resize:
            update_resize(state);
            break;
        default:
            break;
    }
}

void end_gesture(Ui& ui, CanvasState& state) {
    Gesture& gesture = state.gesture;
    switch (gesture.kind) {
        case GestureKind::Press:
            click(ui, state);
            break;
        case GestureKind::Move:
            end_move(ui, state);
            break;
        case GestureKind::Link:
            end_link(ui, state);
            break;
        case GestureKind::Cut:
            end_cut(ui, state);
            break;
        case GestureKind::Resize:
            end_resize(ui, state);
            break;
        case GestureKind::Value:
            if (!gesture.value.changed) {
                const float away =
                    std::hypot(state.mouse.x - gesture.pressed_at.x, state.mouse.y - gesture.pressed_at.y);
                if (away < ui.px(drag_threshold)) click(ui, state);
            }
            break;
        default:
            break;
    }
    gesture = {};
}

void show_cursor(const CanvasState& state) {
    const Gesture& gesture = state.gesture;
    const Hit& hit = gesture.kind == GestureKind::None ? state.hover : gesture.hit;
    if (gesture.kind == GestureKind::Pan || gesture.kind == GestureKind::Move)
        ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeAll);
    else if (hit.kind == Hit::Kind::Value)
        ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
    else if (hit.kind == Hit::Kind::Corner)
        ImGui::SetMouseCursor(hit.corner == 3 || hit.corner == 0 ? ImGuiMouseCursor_ResizeNWSE
                                                                 : ImGuiMouseCursor_ResizeNESW);
    else if (hit.kind == Hit::Kind::Port || hit.kind == Hit::Kind::More)
        ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
}

}  // namespace

void run_gestures(Ui& ui, CanvasState& state, bool hovered) {
    const ImGuiIO& io = ImGui::GetIO();
    Gesture& gesture = state.gesture;
    if (gesture.kind == GestureKind::None && hovered) {
        if (io.MouseWheel != 0) state.view.zoom_at(state.mouse, std::pow(1.18f, io.MouseWheel));
        if (io.MouseWheelH != 0) state.view.pan({ui.px(40) * io.MouseWheelH, 0});
        for (int button : {ImGuiMouseButton_Left, ImGuiMouseButton_Right, ImGuiMouseButton_Middle})
            if (ImGui::IsMouseClicked(button)) {
                press(ui, state, button);
                break;
            }
    } else if (gesture.kind != GestureKind::None) {
        const bool escape = std::any_of(ui.events.presses.begin(), ui.events.presses.end(),
                                        [](const Chord& chord) { return chord.key == Key::Escape; });
        update_gesture(ui, state);
        if (escape)
            cancel_gesture(ui, state);
        else if (!ImGui::IsMouseDown(gesture.button))
            end_gesture(ui, state);
    }
    if (hovered || gesture.kind != GestureKind::None) show_cursor(state);
}

void cancel_gesture(Ui& ui, CanvasState& state) {
    Gesture& gesture = state.gesture;
    if (gesture.kind == GestureKind::Move) {
        for (const auto& [node, from] : gesture.move.from) state.scene.forget(node);
    } else if (gesture.kind == GestureKind::Resize) {
        state.scene.forget(gesture.hit.node);
    }
    const auto& past = ui.session.document().history().past;
    const bool last = gesture.id != 0 && !past.empty() && past.back().gesture == gesture.id;
    if (last)
        ui.session.undo();
    else if (gesture.kind == GestureKind::Value && gesture.value.changed)
        // Something else was done since, which stays.
        ui.session.edit({SetParam{gesture.hit.node, gesture.value.param, gesture.value.stored}},
                        "Set " + gesture.value.param);
    ui.selection.nodes = std::move(gesture.selected);
    ui.selection.active = gesture.active;
    std::erase_if(ui.selection.nodes, [&](NodeId node) { return !ui.session.graph().nodes.contains(node); });
    if (!ui.session.graph().nodes.contains(ui.selection.active)) ui.selection.active = 0;
    gesture = {};
}

}  // namespace gan
