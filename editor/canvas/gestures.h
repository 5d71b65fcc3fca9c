#pragma once

#include "editor/canvas/hit.h"
#include "editor/edit/edits.h"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace gan {

struct CanvasState;

/// What the mouse is doing while a button is held.
enum class GestureKind { None, Press, Pan, Move, Box, Lasso, Link, Cut, Value, Resize, Minimap };

struct MoveDrag {
    std::map<NodeId, Spot> from;  // where all that move stood
    NodeId grabbed = 0;
    bool take_out = false;       // of its wires, with Alt
    PortRef asked{};             // the wire's input that was asked about last; node 0: none
    std::optional<Edit> insert;  // that puts the node there; nothing: it does not fit
};

struct SelectDrag {
    std::set<NodeId> before;  // that stay selected, or of which those meant are taken out
    std::vector<Spot> path;   // of a lasso
    bool toggles = false;
};

struct LinkDrag {
    PortRef anchor;  // the end that stays
    bool anchor_is_output = true;
    PortType type = PortType::Scalar;
    bool typed = true;
    std::optional<PortRef> taken;  // the input whose link was taken off
    std::set<NodeId> closing;      // nodes that it cannot go to, since a cycle would close
    std::optional<PortRef> snapped;
    PortRef asked{};  // the port that `reason` is about
    std::string reason;
};

struct ValueDrag {
    std::string param;
    const ParamInfo* info = nullptr;
    double value = 0;                      // not rounded
    std::optional<nlohmann::json> stored;  // in the patch, before
    bool changed = false;
};

struct ResizeDrag {
    Box from;
    Box to;
};

struct CutDrag {
    std::set<PortRef> wires;  // inputs of those that are cut
};

/// From the press of a button to its release. Only the part of its kind means something.
struct Gesture {
    GestureKind kind = GestureKind::None;
    int button = 0;
    ImVec2 pressed_at{};  // screen
    Spot from;
    Spot at;                    // where the mouse is now
    Hit hit;                    // what was pressed
    uint64_t id = 0;            // of the history
    std::set<NodeId> selected;  // before
    NodeId active = 0;
    Box map;  // that the minimap showed at the press: it must not change under the mouse
    MoveDrag move;
    SelectDrag select;
    LinkDrag link;
    ValueDrag value;
    ResizeDrag resize;
    CutDrag cut;
};

/// Reads the mouse: begins, goes on with and ends gestures. `hovered`: the mouse is on the canvas and on no
/// window over it.
void run_gestures(Ui& ui, CanvasState& state, bool hovered);
/// Everything is as it was before it began.
void cancel_gesture(Ui& ui, CanvasState& state);

// Each kind in a file of its own.
void begin_move(Ui& ui, CanvasState& state, bool take_out);
void update_move(Ui& ui, CanvasState& state);
void end_move(Ui& ui, CanvasState& state);

void begin_select(Ui& ui, CanvasState& state, GestureKind kind);
void update_select(Ui& ui, CanvasState& state);

void begin_link(Ui& ui, CanvasState& state);
void begin_link_from(Ui& ui, CanvasState& state, const PortRef& anchor, bool anchor_is_output);
void update_link(Ui& ui, CanvasState& state);
void end_link(Ui& ui, CanvasState& state);
/// How a port looks while a link is dragged.
enum class PortMark { Plain, Fits, Faded, Snapped };
PortMark mark_of(const CanvasState& state, const NodeShape& shape, const PortShape& port);

void update_cut(CanvasState& state);
void end_cut(Ui& ui, CanvasState& state);

bool begin_value(Ui& ui, CanvasState& state);
void update_value(Ui& ui, CanvasState& state, const ImVec2& by);

void begin_resize(CanvasState& state);
void update_resize(CanvasState& state);
void end_resize(Ui& ui, CanvasState& state);

}  // namespace gan
