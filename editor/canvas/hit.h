#pragma once

#include "editor/canvas/scene.h"
#include "editor/canvas/view.h"

#include <vector>

namespace gan {

/// How much of nodes is drawn at a zoom.
enum class Detail { Blocks, Titles, Full };
Detail detail_at(float zoom);

/// What is in sight, found once a frame.
struct InSight {
    std::vector<uint32_t> areas;  // frames
    std::vector<uint32_t> notes;
    std::vector<uint32_t> nodes;  // others, those selected last
    std::vector<uint32_t> wires;
};
/// Of a scene, a view and a selection.
InSight in_sight(const Scene& scene, const CanvasView& view, const std::set<NodeId>& selected);

/// What the mouse is on.
struct Hit {
    enum class Kind { Nothing, Port, Value, More, Picture, Title, Node, Wire, FrameEdge, Corner, Note };
    Kind kind = Kind::Nothing;
    NodeId node = 0;
    int port = -1;  // index in its shape; of Value, that of the row's input
    int row = -1;
    PortRef wire{};  // the input that it leads to
    int corner = 0;  // bit 0: right, bit 1: bottom

    bool on_node() const {
        return kind == Kind::Value || kind == Kind::More || kind == Kind::Picture || kind == Kind::Title ||
               kind == Kind::Node || kind == Kind::Note;
    }
    bool operator==(const Hit&) const = default;
};
Hit hit_at(const Scene& scene, const CanvasView& view, const InSight& sight, Spot spot, float screen_scale);
/// Index of the nearest wire in sight within so many units, or -1; those of one node are passed over.
int wire_near(const Scene& scene, const InSight& sight, Spot spot, float within, NodeId but_of = 0);

}  // namespace gan
