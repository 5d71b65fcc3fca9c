#include "editor/canvas/canvas.h"

#include "editor/canvas/state.h"
#include "editor/edit/patch_path.h"
#include "editor/panels/panels.h"
#include "runtime/graph/wires.h"

#include <imgui_internal.h>

#include <algorithm>

namespace gan {
namespace {

/// The wheel is the canvas's, and scrolls no window round it.
void take_wheel() {
#if IMGUI_VERSION_NUM < 18900
    ImGui::SetItemUsingMouseWheel();
#else
    ImGui::SetItemKeyOwner(ImGuiKey_MouseWheelY);
#endif
}

void choose_view(Ui& ui, CanvasState& state, const Rect& area) {
    if (state.view.begin(area, ui.scale, ui.seconds)) ui.moving = true;
    if (state.placed) return;
    state.placed = true;
    if (const auto bounds = state.scene.bounds()) state.view.fit(*bounds, 1, true);
}

std::string text_of_payload(const ImGuiPayload& payload) {
    const auto* text = static_cast<const char*>(payload.Data);
    return {text, strnlen(text, static_cast<size_t>(payload.DataSize))};
}

void take_drops(Ui& ui, Canvas& canvas) {
    if (!ImGui::BeginDragDropTarget()) return;
    const ImVec2 at = ImGui::GetMousePos();
    if (const ImGuiPayload* payload = ImGui::AcceptDragDropPayload(drag_node_type))
        canvas.add_at(ui, text_of_payload(*payload), nlohmann::json::object(), at);
    if (const ImGuiPayload* payload = ImGui::AcceptDragDropPayload(drag_model))
        canvas.add_at(ui, "model.load",
                      {{"path", path_in_patch(ui.session.workspace().path(), text_of_payload(*payload))}},
                      at);
    if (const ImGuiPayload* payload = ImGui::AcceptDragDropPayload(drag_patch))
        canvas.on_patch(text_of_payload(*payload));
    ImGui::EndDragDropTarget();
}

void find_hover(Ui& ui, CanvasState& state, bool hovered) {
    Hit hover;
    const auto map = minimap_place(ui, state);
    if (hovered && !(map && map->contains(state.mouse)))
        hover = hit_at(state.scene, state.view, state.sight, state.view.to_canvas(state.mouse), ui.scale);
    const bool moved = state.mouse.x != state.hover_at.x || state.mouse.y != state.hover_at.y;
    // While a tooltip is up it stays as long as the mouse is on the same thing.
    if (hover != state.hover || (moved && ui.seconds - state.hover_since < 0.5))
        state.hover_since = ui.seconds;
    if (hover.kind == Hit::Kind::Nothing && moved) state.hover_since = ui.seconds;
    state.hover = hover;
    state.hover_at = state.mouse;
}

void draw_scene(Ui& ui, ImDrawList& list, CanvasState& state) {
    Pen pen{list, state.view, ui};
    const Rect& area = state.view.area();
    list.AddRectFilled(area.min, area.max, ui.theme.canvas);
    if (detail_at(state.view.zoom()) != Detail::Blocks) draw_grid(pen);
    draw_frames(pen, state);
    draw_wires(pen, state);
    draw_notes(pen, state);
    draw_nodes(pen, state);
    draw_gesture(pen, state);
    if (state.scene.nodes.empty()) {
        const ImVec2 middle{(area.min.x + area.max.x) / 2, (area.min.y + area.max.y) / 2};
        const char* words = "Double click to add a node";
        const float width = ImGui::CalcTextSize(words).x;
        list.AddText({middle.x - width / 2, middle.y}, ui.theme.dim, words);
    }
}

/// Backspace over a value gives it its default.
void reset_hovered(Ui& ui, const CanvasState& state) {
    const auto is_backspace = [](const Chord& chord) { return chord == Chord{.key = Key::Backspace}; };
    const NodeShape* shape = state.scene.shape(state.hover.node);
    const auto row = static_cast<size_t>(state.hover.row);
    if (shape == nullptr || row >= shape->rows.size() || shape->rows[row].param == nullptr ||
        ImGui::GetIO().WantTextInput ||
        std::none_of(ui.events.presses.begin(), ui.events.presses.end(), is_backspace))
        return;
    reset_value(ui, *shape, *shape->rows[row].param);
}

void take_from_list(Ui& ui, Canvas& canvas, CanvasState& state) {
    const auto entry = state.search.draw(ui);
    if (!entry) return;
    switch (state.search.purpose()) {
        case SearchList::Purpose::Add:
            if (const NodeType* type = ui.session.types().find(entry->text.id))
                add_of_type(ui, state, *type, nlohmann::json::object(), state.search.context());
            break;
        case SearchList::Purpose::Find:
            canvas.go_to(ui, entry->node);
            break;
        case SearchList::Purpose::Connect:
            connect_to_node(ui, state, entry->node);
            break;
        case SearchList::Purpose::Ports:
            connect_ports(ui, state, entry->from, entry->to);
            break;
        case SearchList::Purpose::Value:
            choose_value(ui, state, entry->node, entry->text.id);
            break;
        case SearchList::Purpose::Word:
            if (const auto& param = state.search.context().port) take_word(ui, *param, entry->text.name);
            break;
    }
}

}  // namespace

Canvas::Canvas() : state_(std::make_unique<State>()) {}
Canvas::~Canvas() = default;

void Canvas::draw(Ui& ui, const Rect& area) {
    State& state = *state_;
    if (area.width() < 1 || area.height() < 1) {
        // Nobody could answer them.
        state.field.close();
        state.search.close();
        return;
    }
    state.update(ui);
    choose_view(ui, state, area);
    state.mouse = ImGui::GetMousePos();
    ImGui::SetCursorScreenPos(area.min);
    ImGui::InvisibleButton("canvas", {area.width(), area.height()},
                           ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight |
                               ImGuiButtonFlags_MouseButtonMiddle);
    const bool hovered = ImGui::IsItemHovered();
    state.mouse_inside = hovered;
    if (hovered) take_wheel();
    take_drops(ui, *this);

    if (takes_backspace()) reset_hovered(ui, state);
    state.look(ui);
    run_gestures(ui, state, hovered);
    // What was done may have changed the graph, the view, and the group that is shown.
    state.update(ui);
    choose_view(ui, state, area);
    state.look(ui);
    find_hover(ui, state, hovered && state.gesture.kind == GestureKind::None);

    state.visible.clear();
    state.marks.begin(ui);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.PushClipRect(area.min, area.max, true);
    draw_scene(ui, list, state);
    draw_minimap(ui, list, state);
    list.PopClipRect();
    state.visible.erase(0);
    if (state.marks.moving()) ui.moving = true;

    draw_breadcrumb(ui, state);
    draw_field(ui, state);
    draw_menus(ui, state);
    take_from_list(ui, *this, state);
    draw_tooltip(ui, state);
}

bool Canvas::busy() const {
    return state_->gesture.kind != GestureKind::None;
}

bool Canvas::takes_backspace() const {
    return state_->hover.kind == Hit::Kind::Value && !busy() && !searching();
}

double Canvas::zoom() const {
    return state_->view.zoom();
}

bool Canvas::lists() const {
    return state_->search.is_open();
}

bool Canvas::searching() const {
    return lists() || state_->field.what() != InlineField::What::Nothing;
}

const std::set<NodeId>& Canvas::visible() const {
    return state_->visible;
}

void draw_breadcrumb(Ui& ui, CanvasState& state) {
    if (ui.selection.inside == 0) return;
    const Graph& graph = ui.session.graph();
    std::vector<NodeId> path;
    for (NodeId group = ui.selection.inside; group != 0 && path.size() < max_group_depth;
         group = group_of(graph, group))
        path.insert(path.begin(), group);
    const Rect& area = state.view.area();
    ImGui::SetCursorScreenPos({area.min.x + ui.px(10), area.min.y + ui.px(8)});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {ui.px(6), ui.px(4)});
    ImGui::PushStyleColor(ImGuiCol_ChildBg, faded(ui.theme.panel, 0.9f));
    float width = ui.px(12);
    const auto wide = [&](const std::string& label) {
        return ImGui::CalcTextSize(label.c_str()).x + 2 * ImGui::GetStyle().FramePadding.x +
               ImGui::GetStyle().ItemSpacing.x;
    };
    width += wide("Patch");
    for (NodeId group : path) width += wide(graph.label(group, ui.session.types())) + wide(">");
    ImGui::BeginChild("breadcrumb",
                      {std::min(width, area.width() - ui.px(20)), ImGui::GetFrameHeight() + ui.px(8)}, false,
                      ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_AlwaysUseWindowPadding);
    std::optional<NodeId> chosen;
    if (ImGui::Button("Patch")) chosen = 0;
    for (NodeId group : path) {
        ImGui::SameLine();
        ImGui::AlignTextToFramePadding();
        ImGui::TextDisabled(">");
        ImGui::SameLine();
        ImGui::PushID(static_cast<int>(group));
        if (group == path.back()) {
            ImGui::AlignTextToFramePadding();
            ImGui::TextUnformatted(graph.label(group, ui.session.types()).c_str());
        } else if (ImGui::Button(graph.label(group, ui.session.types()).c_str())) {
            chosen = group;
        }
        ImGui::PopID();
    }
    ImGui::EndChild();
    ImGui::PopStyleColor();
    ImGui::PopStyleVar();
    if (chosen) show_group(ui, state, *chosen);
}

std::optional<ImVec2> Canvas::screen_of(const PortRef& port) const {
    const NodeShape* shape = state_->scene.shape(port.node);
    if (shape == nullptr) return std::nullopt;
    const CanvasView& view = state_->view;
    if (port.port.empty()) return view.to_screen(shape->at + Spot{shape->width / 2, header_height / 2});
    for (const bool output : {false, true})
        if (const int index = shape->find(port.port, output); index >= 0)
            return view.to_screen(shape->port(static_cast<size_t>(index)));
    return std::nullopt;
}

}  // namespace gan
