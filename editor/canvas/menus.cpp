#include "editor/canvas/number_text.h"
#include "editor/canvas/state.h"
#include "editor/keyboard.h"
#include "runtime/graph/wires.h"

#include <algorithm>

namespace gan {
namespace {

constexpr const char* canvas_menu = "menu of the canvas";

/// A command by its id, as the menus of the window show it; nothing when there is none.
void command_item(Ui& ui, const char* id) {
    const auto& all = ui.commands.all();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Command& command) { return command.id == id; });
    if (found == all.end()) return;
    const std::string key = text_of(ui.commands.key_of(id));
    const bool checked = found->checked && found->checked();
    // Running it may change the list.
    if (ImGui::MenuItem(found->name.c_str(), key.empty() ? nullptr : key.c_str(), checked, found->enabled()))
        ui.commands.run(id);
}

/// A name that the group's field does not have yet.
std::string free_port_name(const nlohmann::json& names, const std::string& wanted) {
    std::string name = wanted;
    for (int i = 2; names.contains(name); ++i) name = fmt::format("{} {}", wanted, i);
    return name;
}

void expose_item(Ui& ui, const CanvasState& state, const NodeShape& shape, const PortShape& port) {
    const NodeId group = state.scene.inside();
    const auto found = ui.session.graph().nodes.find(group);
    if (group == 0 || found == ui.session.graph().nodes.end()) return;
    const char* field = port.output ? "outputs" : "inputs";
    nlohmann::json names = nlohmann::json::object();
    if (const auto old = found->second.fields.find(field);
        old != found->second.fields.end() && old->is_object())
        names = *old;
    const std::string text = text_of({shape.id, port.name});
    if (port.exposed.empty()) {
        if (!ImGui::MenuItem("Show on the group")) return;
        names[free_port_name(names, port.name)] = text;
        ui.session.edit({SetField{group, field, names}}, fmt::format("Show {} on the group", port.name));
    } else {
        if (!ImGui::MenuItem("Hide from the group")) return;
        std::vector<Edit> edits;
        nlohmann::json& value = names[port.exposed];
        if (value.is_array())
            std::erase_if(value.get_ref<nlohmann::json::array_t&>(),
                          [&](const auto& one) { return one == text; });
        if (!value.is_array() || value.empty()) {
            names.erase(port.exposed);
            // Links to a port that is gone would be kept, and lead nowhere.
            for (const auto& [to, from] : ui.session.graph().links)
                if ((port.output && from == PortRef{group, port.exposed}) ||
                    (!port.output && to == PortRef{group, port.exposed}))
                    edits.push_back({RemoveLink{to}});
        }
        edits.push_back({SetField{group, field, names}});
        ui.session.edit({std::move(edits)}, fmt::format("Hide {} from the group", port.name));
    }
}

void port_items(Ui& ui, CanvasState& state, const NodeShape& shape, const PortShape& port) {
    const PortRef ref{shape.id, port.name};
    std::vector<Edit> edits;
    for (const auto& [to, from] : ui.session.graph().links)
        if (port.output ? from == ref : to == ref) edits.push_back({RemoveLink{to}});
    if (ImGui::MenuItem("Connect to new node", nullptr, false, port.typed))
        open_add_list(
            ui, state, state.menu.by_key.value_or(ImGui::GetMousePos()),
            {.place = on_grid(shape.at + Spot{port.output ? shape.width + 64 : -240, port.at.y - 24}),
             .port = ref,
             .port_is_output = port.output});
    const bool any = !edits.empty();
    if (!port.output && ImGui::MenuItem("Add reroute", nullptr, false, any))
        add_reroute_at(ui, state, ref, shape.at + port.at - Spot{48, 0});
    else if (ImGui::MenuItem(edits.size() > 1 ? "Remove links" : "Remove link", nullptr, false, any))
        ui.session.edit({std::move(edits)}, fmt::format("Disconnect {} of {}", port.name, shape.title));
    expose_item(ui, state, shape, port);
}

void port_menu(Ui& ui, CanvasState& state) {
    const NodeShape* shape = state.scene.shape(state.menu.hit.node);
    const auto index = static_cast<size_t>(state.menu.hit.port);
    if (shape != nullptr && index < shape->ports.size()) port_items(ui, state, *shape, shape->ports[index]);
}

/// What a right click on each port offers, for the keyboard.
void ports_menu(Ui& ui, CanvasState& state, const NodeShape& shape) {
    if (shape.ports.empty() || !ImGui::BeginMenu("Ports")) return;
    for (size_t i = 0; i < shape.ports.size(); ++i) {
        const PortShape& port = shape.ports[i];
        ImGui::PushID(static_cast<int>(i));
        if (ImGui::BeginMenu(fmt::format("{} {}", port.output ? ">" : "<", port.name).c_str())) {
            port_items(ui, state, shape, port);
            ImGui::EndMenu();
        }
        ImGui::PopID();
    }
    ImGui::EndMenu();
}

void node_menu(Ui& ui, CanvasState& state) {
    const NodeShape* shape = state.scene.shape(state.menu.hit.node);
    const auto found = ui.session.graph().nodes.find(state.menu.hit.node);
    if (shape == nullptr || found == ui.session.graph().nodes.end()) return;
    const bool area = shape->kind == ShapeKind::Frame || shape->kind == ShapeKind::Note;
    const Hit& hit = state.menu.hit;
    if (hit.kind == Hit::Kind::Value && hit.row >= 0 && hit.row < static_cast<int>(shape->rows.size())) {
        const ParamBase* param = shape->rows[static_cast<size_t>(hit.row)].param;
        if (param != nullptr) {
            const std::string name(param->name);
            const bool stored = found->second.params.contains(name);
            if (ImGui::MenuItem("Type a value", "double click", false,
                                state.scene.wire_into({shape->id, name}) < 0))
                edit_value_in_place(ui, state, shape->id, *param);
            if (ImGui::MenuItem(
                    fmt::format("Reset {} to {}", name, short_number(param->info.value, param->info.whole))
                        .c_str(),
                    text_of({.key = Key::Backspace}).c_str(), false, stored))
                reset_value(ui, *shape, *param);
            ImGui::Separator();
        }
    }
    if (shape->kind == ShapeKind::Group && ImGui::MenuItem("Open group")) show_group(ui, state, shape->id);
    if (shape->visual == Visual::Picture && ImGui::MenuItem("Show in preview"))
        ui.selection.viewed = shape->source.node;
    if (area) {
        constexpr std::pair<const char*, const char*> colours[] = {
            {"Grey", "#8b94a1"},   {"Blue", "#56b4e9"},   {"Green", "#1fb488"},
            {"Orange", "#e69f00"}, {"Purple", "#cc79a7"}, {"Yellow", "#f0e442"}};
        if (ImGui::BeginMenu("Colour")) {
            for (const auto& [name, colour] : colours)
                if (ImGui::MenuItem(name, nullptr, shape->colour == colour)) {
                    std::vector<Edit> edits;
                    for (NodeId node : state.selected(ui)) {
                        const NodeShape* one = state.scene.shape(node);
                        if (one == nullptr || (one->kind != ShapeKind::Frame && one->kind != ShapeKind::Note))
                            continue;
                        edits.push_back({SetField{node, "colour", colour}});
                    }
                    ui.session.edit({std::move(edits)}, fmt::format("Colour {}", state.title(ui, hit.node)));
                    break;
                }
            ImGui::EndMenu();
        }
    }
    if (shape->kind == ShapeKind::Note && ImGui::MenuItem("Edit text"))
        edit_note_in_place(ui, state, shape->id);
    if (shape->kind != ShapeKind::Note) command_item(ui, "edit.rename");
    command_item(ui, "edit.copy");
    command_item(ui, "edit.duplicate");
    command_item(ui, "edit.delete");
    if (area) return;
    ImGui::Separator();
    ports_menu(ui, state, *shape);
    command_item(ui, "edit.bypass");
    command_item(ui, "edit.mute");
    ImGui::Separator();
    command_item(ui, "edit.group");
    command_item(ui, "edit.ungroup");
    command_item(ui, "edit.frame");
    command_item(ui, "edit.arrange");
    ImGui::Separator();
    command_item(ui, "view.viewed");
}

void wire_menu(Ui& ui, CanvasState& state) {
    const PortRef to = state.menu.hit.wire;
    if (!ui.session.graph().links.contains(to)) return;
    if (ImGui::MenuItem("Add reroute", "double click")) add_reroute_at(ui, state, to, state.menu.place);
    if (ImGui::MenuItem("Remove link"))
        ui.session.edit({RemoveLink{to}},
                        fmt::format("Disconnect {} from {}", to.port, state.title(ui, to.node)));
}

void open_canvas_menu(Ui& ui, CanvasState& state) {
    if (ImGui::MenuItem("Add node", "double click"))
        open_add_list(ui, state, state.menu.by_key.value_or(ImGui::GetMousePos()),
                      {.place = state.menu.place});
    command_item(ui, "edit.paste");
    ImGui::Separator();
    command_item(ui, "edit.arrange");
    command_item(ui, "edit.frame");
    command_item(ui, "edit.note");
    if (state.scene.inside() != 0) {
        ImGui::Separator();
        if (ImGui::MenuItem("Leave group"))
            show_group(ui, state, group_of(ui.session.graph(), state.scene.inside()));
    }
}

}  // namespace

void Canvas::open_menu(Ui& ui) {
    CanvasState& state = *state_;
    state.refresh(ui);
    const NodeShape* shape = state.scene.shape(ui.selection.active);
    ImVec2 at = list_place(ui, state);
    if (shape != nullptr) {
        const ImVec2 below = state.view.to_screen(shape->at + Spot{shape->width / 2, header_height});
        if (state.view.area().contains(below)) at = below;
    }
    state.menu = {.kind = shape != nullptr ? MenuTarget::Kind::Node : MenuTarget::Kind::Canvas,
                  .place = state.place_for_new(ui),
                  .opening = true,
                  .by_key = at};
    if (shape != nullptr) state.menu.hit = {.kind = Hit::Kind::Title, .node = shape->id};
}

void draw_menus(Ui& ui, CanvasState& state) {
    MenuTarget& menu = state.menu;
    if (menu.kind == MenuTarget::Kind::Nothing) return;
    if (std::exchange(menu.opening, false)) {
        ImGui::OpenPopup(canvas_menu);
        if (menu.by_key) {
            ImGui::SetNextWindowPos(*menu.by_key, ImGuiCond_Appearing);
            show_ring();
        }
    }
    if (!ImGui::BeginPopup(canvas_menu)) {
        menu.kind = MenuTarget::Kind::Nothing;
        return;
    }
    switch (menu.kind) {
        case MenuTarget::Kind::Node:
            node_menu(ui, state);
            break;
        case MenuTarget::Kind::Wire:
            wire_menu(ui, state);
            break;
        case MenuTarget::Kind::Port:
            port_menu(ui, state);
            break;
        default:
            open_canvas_menu(ui, state);
            break;
    }
    ImGui::EndPopup();
}

}  // namespace gan
