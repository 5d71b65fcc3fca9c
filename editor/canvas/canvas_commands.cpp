#include "editor/canvas/state.h"
#include "editor/edit/auto_layout.h"
#include "editor/edit/model_nodes.h"
#include "runtime/graph/group.h"
#include "runtime/graph/wires.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

/// The nodes that a command is for; says so when there are none.
std::set<NodeId> selected_or_note(Ui& ui, const CanvasState& state, const char* to_do) {
    std::set<NodeId> nodes = state.selected(ui);
    if (nodes.empty())
        ui.session.note(Note::Kind::Info,
                        fmt::format("Nothing is selected; select nodes to {} them.", to_do));
    return nodes;
}

std::optional<Box> bounds_of(const Scene& scene, const std::set<NodeId>& nodes) {
    std::optional<Box> bounds;
    for (NodeId node : nodes)
        if (const NodeShape* shape = scene.shape(node))
            bounds = bounds ? bounds->with(shape->box()) : shape->box();
    return bounds;
}

/// Nodes that a layout places: not what is only drawn.
bool is_wired(const NodeShape& shape) {
    return shape.kind != ShapeKind::Frame && shape.kind != ShapeKind::Note;
}

}  // namespace

void Canvas::fit(Ui& ui, bool selection_only) {
    state_->refresh(ui);
    auto bounds = selection_only ? bounds_of(state_->scene, state_->selected(ui)) : std::nullopt;
    if (!bounds) bounds = state_->scene.bounds();
    if (bounds) state_->view.fit(*bounds);
    ui.moving = true;
}

void Canvas::go_to(Ui& ui, NodeId node) {
    if (!ui.session.graph().nodes.contains(node)) return;
    show_group(ui, *state_, group_of(ui.session.graph(), node));
    ui.selection.only(node);
    state_->refresh(ui);
    const NodeShape* shape = state_->scene.shape(node);
    if (shape == nullptr) return;
    state_->placed = true;
    if (state_->view.zoom() < 0.6f)
        state_->view.fit(shape->box());
    else
        state_->view.centre_on(shape->box().centre());
    ui.moving = true;
}

void Canvas::enter(Ui& ui, NodeId group) {
    const auto found = ui.session.graph().nodes.find(group);
    if (found == ui.session.graph().nodes.end() || found->second.type != group_type) return;
    show_group(ui, *state_, group);
}

void Canvas::leave(Ui& ui) {
    if (ui.selection.inside != 0) show_group(ui, *state_, group_of(ui.session.graph(), ui.selection.inside));
}

void Canvas::add(Ui& ui, const std::string& type) {
    const Rect& area = state_->view.area();
    add_at(ui, type, nlohmann::json::object(),
           {(area.min.x + area.max.x) / 2 - ui.px(80), (area.min.y + area.max.y) / 2 - ui.px(60)});
}

void Canvas::add_at(Ui& ui, const std::string& type, const nlohmann::json& params, const ImVec2& screen) {
    const NodeType* found = ui.session.types().find(type);
    if (found == nullptr) {
        ui.session.note(Note::Kind::Warning, fmt::format("There is no kind of node '{}' here.", type));
        return;
    }
    state_->refresh(ui);
    const Spot place = state_->view.to_canvas(screen);
    if (type == "model.load" && params.contains("path")) {
        NodeId model = 0;
        const bool added = edit_or_note(ui, "Add a model", 0, [&] {
            ModelNodes made =
                add_model(ui.session.graph(), ui.session.types(), params.at("path").get<std::string>(),
                          {std::round(place.x), std::round(place.y)}, ui.selection.inside,
                          [&] { return ui.session.fresh_id(); });
            model = made.model;
            return made.edit;
        });
        if (added) ui.selection.only(model);
        return;
    }
    add_of_type(ui, *state_, *found, params, {.place = place});
}

void Canvas::remove_selected(Ui& ui, bool heal) {
    state_->refresh(ui);
    const auto nodes = selected_or_note(ui, *state_, "delete");
    if (nodes.empty()) return;
    const std::string name = counted("Delete", ui.session.graph(), ui.session.types(), nodes);
    if (edit_or_note(ui, name, 0,
                     [&] { return remove_nodes(ui.session.graph(), ui.session.types(), nodes, heal); }))
        ui.selection.clear();
}

void Canvas::copy(Ui& ui) {
    state_->refresh(ui);
    const auto nodes = selected_or_note(ui, *state_, "copy");
    if (!nodes.empty()) ImGui::SetClipboardText(copy_text(ui.session.graph(), nodes).c_str());
}

void Canvas::cut(Ui& ui) {
    state_->refresh(ui);
    const auto nodes = selected_or_note(ui, *state_, "cut");
    if (nodes.empty()) return;
    ImGui::SetClipboardText(copy_text(ui.session.graph(), nodes).c_str());
    const std::string name = counted("Cut", ui.session.graph(), ui.session.types(), nodes);
    if (edit_or_note(ui, name, 0,
                     [&] { return remove_nodes(ui.session.graph(), ui.session.types(), nodes, false); }))
        ui.selection.clear();
}

void Canvas::paste(Ui& ui) {
    state_->refresh(ui);
    const char* text = ImGui::GetClipboardText();
    if (text == nullptr || *text == 0) {
        ui.session.note(Note::Kind::Info, "The clipboard is empty; copy nodes first.");
        return;
    }
    const Spot at = on_grid(state_->place_for_new(ui));
    std::set<NodeId> nodes;
    const bool done = edit_or_note(ui, "Paste", 0, [&] {
        Pasted pasted = gan::paste(ui.session.graph(), ui.session.types(), text, {at.x, at.y},
                                   ui.selection.inside, false, [&] { return ui.session.fresh_id(); });
        nodes = std::move(pasted.nodes);
        return std::move(pasted.edit);
    });
    if (!done || nodes.empty()) return;
    ui.selection.nodes = nodes;
    ui.selection.active = *nodes.begin();
}

void Canvas::duplicate(Ui& ui) {
    state_->refresh(ui);
    const auto nodes = selected_or_note(ui, *state_, "duplicate");
    const auto bounds = bounds_of(state_->scene, nodes);
    if (!bounds) return;
    const Graph& graph = ui.session.graph();
    std::set<NodeId> made;
    const std::string name = counted("Duplicate", graph, ui.session.types(), nodes);
    const bool done = edit_or_note(ui, name, 0, [&] {
        Pasted pasted = gan::paste(graph, ui.session.types(), copy_text(graph, nodes),
                                   {bounds->min.x + 32.0, bounds->min.y + 32.0}, ui.selection.inside, true,
                                   [&] { return ui.session.fresh_id(); });
        made = std::move(pasted.nodes);
        return std::move(pasted.edit);
    });
    if (!done || made.empty()) return;
    ui.selection.nodes = made;
    ui.selection.active = *made.begin();
}

void Canvas::select_all(Ui& ui) {
    state_->refresh(ui);
    for (const NodeShape& shape : state_->scene.nodes) ui.selection.nodes.insert(shape.id);
    if (ui.selection.active == 0 && !ui.selection.nodes.empty())
        ui.selection.active = *ui.selection.nodes.begin();
}

void Canvas::toggle(Ui& ui, const char* field) {
    state_->refresh(ui);
    const bool mute = std::string_view(field) == "mute";
    auto nodes = selected_or_note(ui, *state_, mute ? "mute" : "bypass");
    std::erase_if(nodes, [&](NodeId node) { return !is_wired(*state_->scene.shape(node)); });
    if (nodes.empty()) return;
    const Graph& graph = ui.session.graph();
    const bool all = std::all_of(nodes.begin(), nodes.end(),
                                 [&](NodeId node) { return graph.nodes.at(node).flag(field); });
    const char* verb = mute ? (all ? "Unmute" : "Mute") : (all ? "Use" : "Bypass");
    ui.session.edit(toggle_field(graph, nodes, field), counted(verb, graph, ui.session.types(), nodes));
}

void Canvas::group(Ui& ui) {
    state_->refresh(ui);
    const auto nodes = selected_or_note(ui, *state_, "group");
    const auto bounds = bounds_of(state_->scene, nodes);
    if (!bounds) return;
    const auto id = id_or_note(ui);
    if (!id) return;
    const Spot at = on_grid({bounds->centre().x - 80, bounds->centre().y - 40});
    const bool done =
        edit_or_note(ui, counted("Group", ui.session.graph(), ui.session.types(), nodes), 0, [&] {
            std::vector<Edit> edits{make_group(ui.session.graph(), nodes, *id, "Group")};
            edits.push_back({SetField{*id, "x", std::lround(at.x)}});
            edits.push_back({SetField{*id, "y", std::lround(at.y)}});
            return Edit{std::move(edits)};
        });
    if (!done) return;
    ui.selection.only(*id);
    rename(ui);
}

void Canvas::ungroup(Ui& ui) {
    state_->refresh(ui);
    std::set<NodeId> groups = state_->selected(ui);
    std::erase_if(groups, [&](NodeId node) { return state_->scene.shape(node)->kind != ShapeKind::Group; });
    if (groups.empty()) {
        ui.session.note(Note::Kind::Info, "No group is selected; select one to take it apart.");
        return;
    }
    const std::string name = counted("Ungroup", ui.session.graph(), ui.session.types(), groups);
    const uint64_t gesture = ui.session.new_gesture();
    std::set<NodeId> members;
    for (NodeId group : groups) {
        std::set<NodeId> direct = members_of(ui.session.graph(), group);
        std::erase_if(direct, [&](NodeId node) { return group_of(ui.session.graph(), node) != group; });
        // One after another, since links may lead from one of them to the next.
        if (edit_or_note(ui, name, gesture, [&] { return dissolve_group(ui.session.graph(), group); }))
            members.merge(direct);
    }
    ui.selection.nodes = members;
    ui.selection.active = members.empty() ? 0 : *members.begin();
}

void Canvas::rename(Ui& ui) {
    state_->refresh(ui);
    if (state_->scene.find(ui.selection.active) < 0) {
        selected_or_note(ui, *state_, "rename");
        return;
    }
    rename_in_place(ui, *state_, ui.selection.active);
}

void Canvas::arrange(Ui& ui) {
    state_->refresh(ui);
    std::set<NodeId> nodes = state_->selected(ui);
    std::erase_if(nodes, [&](NodeId node) { return !is_wired(*state_->scene.shape(node)); });
    if (nodes.size() < 2) {
        nodes.clear();
        for (const NodeShape& shape : state_->scene.nodes)
            if (is_wired(shape)) nodes.insert(shape.id);
    }
    if (nodes.empty()) return;
    std::map<NodeId, NodeSize> sizes;
    for (NodeId node : nodes) {
        const NodeShape& shape = *state_->scene.shape(node);
        sizes[node] = {shape.width, shape.height};
    }
    const auto places = auto_layout(ui.session.graph(), nodes, sizes);
    if (!places.empty())
        ui.session.edit(move_nodes(places),
                        counted("Arrange", ui.session.graph(), ui.session.types(), nodes));
}

void Canvas::add_frame(Ui& ui) {
    state_->refresh(ui);
    Box box;
    if (const auto bounds = bounds_of(state_->scene, state_->selected(ui))) {
        box = bounds->grown(24);
        box.min.y -= header_height;
    } else {
        box.min = state_->place_for_new(ui);
        box.max = box.min + Spot{320, 200};
    }
    box = {on_grid(box.min), on_grid(box.max)};
    NodeRecord record{.type = frame_type};
    record.fields = {{"name", "Frame"},
                     {"x", std::lround(box.min.x)},
                     {"y", std::lround(box.min.y)},
                     {"width", std::lround(box.width())},
                     {"height", std::lround(box.height())},
                     {"colour", "#8b94a1"}};
    if (add_record(ui, *state_, std::move(record), "Add frame"))
        rename_in_place(ui, *state_, ui.selection.active);
}

void Canvas::add_note(Ui& ui) {
    state_->refresh(ui);
    const Spot at = on_grid(state_->place_for_new(ui));
    NodeRecord record{.type = note_type};
    record.fields = {
        {"text", ""}, {"x", std::lround(at.x)}, {"y", std::lround(at.y)}, {"width", 200}, {"height", 96}};
    if (add_record(ui, *state_, std::move(record), "Add note"))
        edit_note_in_place(ui, *state_, ui.selection.active);
}

void Canvas::walk(Ui& ui, int dx, int dy) {
    state_->refresh(ui);
    const Scene& scene = state_->scene;
    const NodeShape* active = scene.shape(ui.selection.active);
    const Spot from = active != nullptr ? active->box().centre() : state_->view.seen().centre();
    const NodeShape* nearest = nullptr;
    float least = 1e9f;
    for (const NodeShape& shape : scene.nodes) {
        if (&shape == active || shape.kind == ShapeKind::Frame) continue;
        const Spot way = shape.box().centre() - from;
        const float along = way.x * static_cast<float>(dx) + way.y * static_cast<float>(dy);
        const float across =
            std::abs(way.x * static_cast<float>(dy)) + std::abs(way.y * static_cast<float>(dx));
        // With none selected the nearest of all; else what lies more that way than beside it.
        const float away = active == nullptr ? distance(from, shape.box().centre()) : along + 2 * across;
        if (active != nullptr && (along <= 0 || across > 2 * along)) continue;
        if (away >= least) continue;
        least = away;
        nearest = &shape;
    }
    if (nearest == nullptr) return;
    ui.selection.only(nearest->id);
    if (!state_->view.seen().contains(nearest->box())) state_->view.centre_on(nearest->box().centre());
    ui.moving = true;
}

void Canvas::nudge(Ui& ui, int dx, int dy) {
    state_->refresh(ui);
    const auto nodes = selected_or_note(ui, *state_, "move");
    if (nodes.empty()) return;
    if (ui.seconds - state_->nudged > 1 || state_->nudged_nodes != nodes)
        state_->nudge = ui.session.new_gesture();
    state_->nudged = ui.seconds;
    state_->nudged_nodes = nodes;
    std::map<NodeId, Place> places;
    for (NodeId node : nodes) {
        const Spot at = state_->scene.shape(node)->at;
        places[node] = {at.x + 8.0 * dx, at.y + 8.0 * dy};
    }
    ui.session.edit(move_nodes(places), counted("Move", ui.session.graph(), ui.session.types(), nodes),
                    state_->nudge);
}

}  // namespace gan
