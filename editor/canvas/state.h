#pragma once

#include "editor/canvas/canvas.h"
#include "editor/canvas/gestures.h"
#include "editor/canvas/inline_field.h"
#include "editor/canvas/live_marks.h"
#include "editor/canvas/pen.h"
#include "editor/canvas/search_list.h"
#include "editor/panels/class_names.h"

#include <map>
#include <optional>

namespace gan {

/// What a menu was opened on.
struct MenuTarget {
    enum class Kind { Nothing, Canvas, Node, Wire, Port };
    Kind kind = Kind::Nothing;
    Hit hit;
    Spot place;
    bool opening = false;
    std::optional<ImVec2> by_key{};  // where it appears, when no mouse says it
};

/// Everything that the canvas keeps from one frame to the next.
struct CanvasState {
    int64_t session = 0;  // number of the one that is shown: another has views of its own
    Scene scene;
    CanvasView view;                     // of the group that is shown
    std::map<NodeId, CanvasView> views;  // of the others, as they were left
    bool placed = false;                 // the view has been chosen
    LiveMarks marks;
    ClassModels class_models;
    InSight sight;
    int64_t sight_version = -1;  // of the scene that it is of, and the rest of what it was found with
    Box sight_box;
    std::set<NodeId> sight_selected;
    std::set<NodeId> open;  // nodes that show all their parameters
    std::set<NodeId> visible;
    Gesture gesture;
    SearchList search;
    InlineField field;
    MenuTarget menu;

    ImVec2 mouse{};
    bool mouse_inside = false;
    Hit hover;
    double hover_since = 0;
    ImVec2 hover_at{};

    /// What the minimap draws of nodes, and what that was made of.
    struct Map {
        struct Mark {
            ImVec2 min, max;
            ImU32 colour;
        };
        std::vector<Mark> marks;
        int64_t version = -1;
        Rect place;
        Box box;
        std::set<NodeId> selected;
        const Theme* theme = nullptr;
    };
    Map map;

    uint64_t nudge = 0;  // gesture of the last nudge
    double nudged = -1e9;
    std::set<NodeId> nudged_nodes;

    /// Brings all into line with the graph and the selection.
    void update(Ui& ui);
    /// Finds what is in sight, when that may have changed.
    void look(const Ui& ui);
    /// The same between frames, for what commands ask of the view.
    void refresh(Ui& ui);
    /// The place for what is added by a key: under the mouse, or else beside the active node or in the
    /// middle.
    Spot place_for_new(const Ui& ui) const;
    std::string title(const Ui& ui, NodeId node) const;
    /// The selection without what stands in other groups.
    std::set<NodeId> selected(const Ui& ui) const;
};

struct Canvas::State : CanvasState {};

/// Runs an edit that may throw; what it says becomes a note.
template <class Make>
bool edit_or_note(Ui& ui, const std::string& name, uint64_t gesture, const Make& make) {
    try {
        return ui.session.edit(make(), name, gesture);
    } catch (const std::exception& failure) {
        ui.session.note(Note::Kind::Warning, failure.what());
        return false;
    }
}
/// An id for a new node; nothing, with a note of why, when there is none.
std::optional<NodeId> id_or_note(Ui& ui);

// Edits that several ways lead to.
void open_add_list(Ui& ui, CanvasState& state, const ImVec2& screen, SearchList::Context context);
/// Adds a node of a type, linked when there is a port; selects it.
void add_of_type(Ui& ui, CanvasState& state, const NodeType& type, const nlohmann::json& params,
                 const SearchList::Context& context);
/// Adds a note or a frame and selects it; false: it was not added.
bool add_record(Ui& ui, CanvasState& state, NodeRecord record, const std::string& name);
void add_reroute_at(Ui& ui, CanvasState& state, const PortRef& to, Spot place);
void rename_in_place(Ui& ui, CanvasState& state, NodeId node);
void edit_note_in_place(Ui& ui, CanvasState& state, NodeId node);
/// Nothing where a link feeds the parameter.
void edit_value_in_place(Ui& ui, CanvasState& state, NodeId node, const ParamBase& param);
/// Opens a field in its place, and brings that in sight.
void open_field(CanvasState& state, InlineField::What what, NodeId node, const std::string& param,
                const std::string& text);
/// Sets a parameter to what it has as made, when the patch holds a value of it.
void reset_value(Ui& ui, const NodeShape& shape, const ParamBase& param);
void show_group(Ui& ui, CanvasState& state, NodeId group);
/// Links the active node to another; asks which ports where several fit.
void connect_to_node(Ui& ui, CanvasState& state, NodeId to);
void connect_ports(Ui& ui, const CanvasState& state, const PortRef& from, const PortRef& to);
/// Offers the words that a parameter may have, or opens the field for its value.
void choose_value(Ui& ui, CanvasState& state, NodeId node, const std::string& param);
void take_word(Ui& ui, const PortRef& param, const std::string& word);
/// Where lists that keys open appear.
ImVec2 list_place(const Ui& ui, const CanvasState& state);
/// The value that a parameter has in the patch.
double number_of(const NodeRecord& record, const ParamBase& param);

// Parts of a frame, in the order of drawing.
void draw_grid(const Pen& pen);
void draw_frames(const Pen& pen, const CanvasState& state);
void draw_wires(Pen& pen, CanvasState& state);
void draw_notes(const Pen& pen, const CanvasState& state);
void draw_nodes(Pen& pen, CanvasState& state);
void draw_visual(const Pen& pen, CanvasState& state, const NodeShape& shape, const Shown* shown);
void draw_gesture(const Pen& pen, const CanvasState& state);
/// Returns whether the mouse is on it.
bool draw_minimap(Ui& ui, ImDrawList& list, CanvasState& state);
std::optional<Rect> minimap_place(const Ui& ui, const CanvasState& state);
/// The part of the canvas that it shows; nothing: it is not shown.
std::optional<Box> minimap_box(const Ui& ui, const CanvasState& state);
/// Moves the view to what is under the mouse.
void drag_minimap(const Ui& ui, CanvasState& state);
void draw_breadcrumb(Ui& ui, CanvasState& state);
void draw_field(Ui& ui, CanvasState& state);
void draw_menus(Ui& ui, CanvasState& state);
void draw_tooltip(Ui& ui, CanvasState& state);
/// Why a node shows no value, and whether that is trouble or only takes a moment; empty: nothing.
struct NodeWords {
    std::string text;
    bool trouble = false;
};
NodeWords words_of(const Ui& ui, const NodeShape& shape);

}  // namespace gan
