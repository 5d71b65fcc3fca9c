#pragma once

#include "editor/canvas/geometry.h"
#include "editor/ui.h"

#include <string>
#include <vector>

namespace gan {

enum class ShapeKind { Node, Group, Reroute, Note, Frame };

struct PortShape {
    std::string name;
    std::string_view description;  // empty: none is known
    PortType type = PortType::Scalar;
    bool typed = true;  // else its type is not known
    bool output = false;
    bool optional = false;
    bool hidden = false;               // it has no row now, and no link
    const ParamBase* param = nullptr;  // whose value a link here replaces
    Spot at;                           // from the node's top left corner
    std::string exposed;               // the name that the group around gives it; or empty
};

/// A line of a node: an input on its left and an output on its right, or a parameter, or what shows more of
/// them.
struct RowShape {
    float top = 0;
    int input = -1;  // index of a port
    int output = -1;
    const ParamBase* param = nullptr;
    bool more = false;
    std::string left, right;  // as written: cut where they do not fit
};

/// What a node shows of its first output.
enum class Visual { None, Picture, Sparkline, Bars, Classes, Words };

/// Where everything of a node is, px at zoom 1. Of the graph alone: values of parameters change nothing.
struct NodeShape {
    NodeId id = 0;
    ShapeKind kind = ShapeKind::Node;
    const NodeType* type = nullptr;  // null: not installed, or none of its own
    const Node* sample = nullptr;
    bool known = true;  // false: hatched
    Spot at;
    float width = 0;
    float height = 0;
    std::string title;
    std::string title_cut;  // as written
    PortType tint = PortType::Scalar;
    std::string colour;  // of a frame or note: "#rrggbb"; or empty
    std::vector<PortShape> ports;
    std::vector<RowShape> rows;
    Visual visual = Visual::None;
    Box visual_box;  // from the top left corner
    PortRef source;  // what the visual shows
    uint64_t print = 0;

    Box box() const { return {at, {at.x + width, at.y + height}}; }
    Spot port(size_t index) const { return at + ports[index].at; }
    /// Index of a port, or -1.
    int find(std::string_view name, bool output) const;
};

constexpr float header_height = 24;
constexpr float row_height = 20;
constexpr float port_size = 9;
constexpr size_t most_classes = 3;  // that are listed
constexpr float class_height = 16;  // of each

/// What measures text: the size of fonts on screen is `scale` times theirs.
struct TextMeasure {
    const Fonts& fonts;
    float scale;
    float width(std::string_view text, float px) const;
    /// The text, or its beginning with an ellipsis.
    std::string cut(const std::string& text, float px, float width) const;
};

/// The colour of a type's family, the part of its id before the dot.
PortType tint_of(std::string_view type_id);

/// Of one node. `links`: names of inputs with a link, and for types that are not known of all ports that
/// links name.
struct PortsLinked {
    std::vector<std::string> inputs, outputs;
};
/// What else than the graph decides a node's shape.
struct ShapeWish {
    const PortsLinked& links;
    bool open = false;   // shows all its parameters
    size_t classes = 1;  // that it lists, where it lists any
};
NodeShape shape_of_node(const Graph& graph, const NodeTypes& types, NodeId id, const NodeRecord& record,
                        const ShapeWish& wish, const TextMeasure& measure);

/// A number that changes when the shape may: of a node's record, without its links.
uint64_t print_of(const NodeTypes& types, const NodeRecord& record);

/// A field that holds a number or text; else the fallback.
float field_number(const NodeRecord& record, const char* field, float fallback);
std::string field_text(const NodeRecord& record, const char* field);

}  // namespace gan
