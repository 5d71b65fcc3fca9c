#include "editor/canvas/state.h"

#include "runtime/graph/wires.h"

#include <algorithm>

namespace gan {
namespace {

constexpr size_t recent_types_kept = 12;

void remember_type(Ui& ui, const std::string& type) {
    auto& recent = ui.preferences.recent_nodes;
    std::erase(recent, type);
    recent.insert(recent.begin(), type);
    if (recent.size() > recent_types_kept) recent.resize(recent_types_kept);
}

/// A few px further down and right until no node begins there: what is added is seen.
Spot free_place(const Scene& scene, Spot place) {
    place = on_grid(place);
    const auto taken = [&] {
        return std::any_of(scene.nodes.begin(), scene.nodes.end(), [&](const NodeShape& shape) {
            return shape.kind != ShapeKind::Frame && distance(shape.at, place) < 12;
        });
    };
    for (int i = 0; i < 100 && taken(); ++i) place = place + Spot{24, 24};
    return place;
}

/// The next place from `at` downwards where a node of a usual size lies over no other.
Spot below_what_is_there(const Scene& scene, Spot at) {
    constexpr float side = 160, gap = 16;
    for (bool moved = true; moved;) {
        const Box room{at, {at.x + side, at.y + side}};
        for (size_t i = 0; i < scene.nodes.size(); ++i)
            if (scene.nodes[i].kind != ShapeKind::Frame && scene.boxes[i].overlaps(room))
                at.y = std::max(at.y, scene.boxes[i].max.y + gap);
        moved = at.y != room.min.y;
    }
    return at;
}

}  // namespace

void CanvasState::update(Ui& ui) {
    Selection& selection = ui.selection;
    if (session != ui.session.number()) {
        session = ui.session.number();
        views.clear();
        placed = false;
        gesture = {};
        field.close();
        open.clear();
        marks.clear();
    }
    const auto& nodes = ui.session.graph().nodes;
    if (selection.inside != 0) {
        const auto group = nodes.find(selection.inside);
        if (group == nodes.end() || group->second.type != group_type) show_group(ui, *this, 0);
    }
    if (scene.inside() != selection.inside) {
        // Somebody else showed another group.
        views[scene.inside()] = view;
        const auto known = views.find(selection.inside);
        placed = known != views.end();
        if (placed) view = known->second;
        gesture = {};
        field.close();
    }
    scene.update(ui, open);
}

void CanvasState::look(const Ui& ui) {
    const Box seen = view.seen();
    if (sight_version == scene.version() && sight_box == seen && sight_selected == ui.selection.nodes) return;
    sight_version = scene.version();
    sight_box = seen;
    sight_selected = ui.selection.nodes;
    sight = in_sight(scene, view, ui.selection.nodes);
}

void CanvasState::refresh(Ui& ui) {
    const Rect area = view.area();
    update(ui);
    view.begin(area, ui.scale, ui.seconds);
}

Spot CanvasState::place_for_new(const Ui& ui) const {
    if (mouse_inside) return view.to_canvas(mouse);
    if (const NodeShape* active = scene.shape(ui.selection.active))
        return below_what_is_there(scene, {active->at.x + active->width + 64, active->at.y});
    const Spot centre = view.seen().centre();
    return {centre.x - 80, centre.y - 60};
}

std::string CanvasState::title(const Ui& ui, NodeId node) const {
    if (const NodeShape* shape = scene.shape(node); shape != nullptr && !shape->title.empty())
        return shape->title;
    const auto found = ui.session.graph().nodes.find(node);
    if (found != ui.session.graph().nodes.end() && found->second.type == note_type) return "note";
    return ui.session.graph().label(node, ui.session.types());
}

std::set<NodeId> CanvasState::selected(const Ui& ui) const {
    std::set<NodeId> nodes;
    for (NodeId node : ui.selection.nodes)
        if (scene.find(node) >= 0) nodes.insert(node);
    return nodes;
}

std::optional<NodeId> id_or_note(Ui& ui) {
    try {
        return ui.session.fresh_id();
    } catch (const std::exception& failure) {
        ui.session.note(Note::Kind::Warning, failure.what());
        return std::nullopt;
    }
}

void open_add_list(Ui& ui, CanvasState& state, const ImVec2& screen, SearchList::Context context) {
    const NodeTypes& types = ui.session.types();
    std::optional<PortType> port;
    if (context.port)
        if (const NodeShape* shape = state.scene.shape(context.port->node))
            if (const int index = shape->find(context.port->port, context.port_is_output); index >= 0)
                port = shape->ports[static_cast<size_t>(index)].type;
    std::vector<SearchList::Entry> entries;
    for (const NodeType& type : types.all())
        if (!port || fits(types, type, *port, context.port_is_output))
            entries.push_back({.text = {type.name, type.id, type.description, type.aliases},
                               .colour = ui.theme.of(tint_of(type.id))});
    const std::string hint =
        !port ? "Add a node"
              : fmt::format("Add what {} a {}", context.port_is_output ? "takes" : "gives", name_of(*port));
    state.search.open(SearchList::Purpose::Add, hint, std::move(entries), screen, std::move(context));
}

void add_of_type(Ui& ui, CanvasState& state, const NodeType& type, const nlohmann::json& params,
                 const SearchList::Context& context) {
    const auto id = id_or_note(ui);
    if (!id) return;
    const NodeId inside = ui.selection.inside;
    Spot at = context.place;
    // The port that is wired comes under the mouse, not the node's corner.
    if (context.port) at = {at.x - (context.port_is_output ? 0.0f : 160.0f), at.y - header_height - 12};
    at = free_place(state.scene, at);
    const Place place{at.x, at.y};
    const bool done = edit_or_note(ui, "Add " + type.name, 0, [&] {
        std::vector<Edit> edits;
        edits.push_back(context.port ? add_node_linked(ui.session.graph(), ui.session.types(), *id, type,
                                                       place, inside, *context.port, context.port_is_output)
                                     : add_node(*id, type, place, inside));
        for (const auto& [name, value] : params.items()) edits.push_back({SetParam{*id, name, value}});
        return Edit{std::move(edits)};
    });
    if (!done) return;
    remember_type(ui, type.id);
    ui.selection.only(*id);
    if (!state.view.seen().contains(at)) state.view.centre_on(at);
}

bool add_record(Ui& ui, CanvasState& state, NodeRecord record, const std::string& name) {
    const auto id = id_or_note(ui);
    if (!id) return false;
    if (ui.selection.inside != 0) record.fields["group"] = ui.selection.inside;
    if (!ui.session.edit({AddNode{*id, std::move(record)}}, name)) return false;
    ui.selection.only(*id);
    state.scene.update(ui, state.open);
    return true;
}

void add_reroute_at(Ui& ui, CanvasState& state, const PortRef& to, Spot place) {
    const Spot at = on_grid({place.x - 6, place.y - 6});
    const auto id = id_or_note(ui);
    if (!id) return;
    const auto edit = add_reroute(ui.session.graph(), ui.session.types(), *id, to, {at.x, at.y});
    if (!edit) {
        ui.session.note(Note::Kind::Warning, fmt::format("No reroute can be put into the link to {} of {}.",
                                                         to.port, state.title(ui, to.node)));
        return;
    }
    if (ui.session.edit(*edit, "Add reroute")) ui.selection.only(*id);
}

void rename_in_place(Ui& ui, CanvasState& state, NodeId node) {
    const auto found = ui.session.graph().nodes.find(node);
    const NodeShape* shape = state.scene.shape(node);
    if (found == ui.session.graph().nodes.end() || shape == nullptr) return;
    if (shape->kind == ShapeKind::Note) return edit_note_in_place(ui, state, node);
    if (shape->kind == ShapeKind::Reroute) return;
    const std::string name = field_text(found->second, "name");
    open_field(state, InlineField::What::Title, node, "", name.empty() ? shape->title : name);
}

void show_group(Ui& ui, CanvasState& state, NodeId group) {
    if (group == ui.selection.inside) return;
    const NodeId left = ui.selection.inside;
    state.gesture = {};
    state.field.close();
    ui.selection.inside = group;
    // Leaving selects the group that was left, so that one sees where one was.
    const bool out = ui.session.graph().nodes.contains(left) && group_of(ui.session.graph(), left) == group;
    if (out && left != 0)
        ui.selection.only(left);
    else
        ui.selection.clear();
}

}  // namespace gan
