#pragma once

#include "editor/canvas/node_shape.h"

#include <optional>
#include <set>
#include <unordered_map>

namespace gan {

/// A link between two nodes of the scene.
struct WireShape {
    PortRef from, to;  // output, input
    PortRef source;    // the output whose value it carries, whatever groups it is in; node 0: none
    uint32_t from_node = 0, to_node = 0;  // indices
    int from_port = -1, to_port = -1;
    PortType type = PortType::Scalar;
    bool typed = true;
    Cubic curve;
    Box bounds;
};

/// Everything that stands in the group that is shown, placed and measured. What the graph's changes do not
/// concern is kept; a frame without a change costs nothing.
class Scene {
public:
    std::vector<NodeShape> nodes;  // sorted by id
    std::vector<Box> boxes;        // of each: scanned once a frame, 0.1 ms for 10 000
    std::vector<WireShape> wires;  // sorted by input

    /// `open`: nodes that show all their parameters. Returns whether anything changed.
    bool update(Ui& ui, const std::set<NodeId>& open);
    /// Makes shapes of these nodes anew with the next update().
    void forget(NodeId node);
    void forget_all();
    /// After places in `nodes` were changed: what follows from them.
    void moved();

    /// Index of a node, or -1.
    int find(NodeId id) const;
    const NodeShape* shape(NodeId id) const;
    NodeShape* shape(NodeId id);
    /// Index of the wire into an input, or -1.
    int wire_into(const PortRef& to) const;
    /// Of all; nothing when there is nothing.
    const std::optional<Box>& bounds() const { return bounds_; }
    NodeId inside() const { return inside_; }
    /// Rises when anything here changes: what was computed from the scene is out of date then.
    int64_t version() const { return version_; }
    /// A node has this many classes to list. It grows to hold them and does not shrink again, so that it
    /// stands still while classes come and go. Returns whether it will.
    bool list_classes(NodeId node, size_t count);

private:
    void add_wires(const Graph& graph);
    void mark_exposed(const Graph& graph);

    int64_t session_ = 0;  // its number
    int64_t shapes_ = -1;  // of the session
    int64_t version_ = 0;
    NodeId inside_ = 0;
    float scale_ = 0;
    std::set<NodeId> open_;
    std::optional<Box> bounds_;
    std::unordered_map<NodeId, uint32_t> index_;
    std::unordered_map<NodeId, size_t> classes_;  // that nodes list, where more than one
};

}  // namespace gan
