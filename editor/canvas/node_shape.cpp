#include "editor/canvas/node_shape.h"

#include "runtime/graph/wires.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace gan {
namespace {

using nlohmann::json;

constexpr size_t most_rows = 8;   // number parameters, before only some are shown
constexpr size_t first_rows = 4;  // that are shown then, beside those linked
constexpr float label_px = 12;

float up_to_grid(float length) {
    return std::ceil(length / 8) * 8;
}

bool has_name(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Ports of a type that is installed, data first; parameters that take links have theirs.
void add_ports(NodeShape& shape, const Node& sample) {
    for (const InputBase* input : sample.inputs()) {
        const ParamBase* param = sample.param(input->name);
        shape.ports.push_back({.name = std::string(input->name),
                               .description = input->description,
                               .type = input->type,
                               .optional = input->optional || param != nullptr,
                               .param = param});
    }
    for (const OutputBase* output : sample.outputs())
        shape.ports.push_back({.name = std::string(output->name),
                               .description = output->description,
                               .type = output->type,
                               .output = true});
}

const Node* instance_of(const Graph& graph, const NodeTypes& types, NodeId id) {
    const auto found = graph.nodes.find(id);
    const NodeType* type = found == graph.nodes.end() ? nullptr : types.find(found->second.type);
    return type == nullptr ? nullptr : &types.sample(*type, found->second.params);
}

void add_group_ports(NodeShape& shape, const Graph& graph, const NodeTypes& types, const NodeRecord& record) {
    for (const bool output : {false, true}) {
        const auto names = record.fields.find(output ? "outputs" : "inputs");
        if (names == record.fields.end() || !names->is_object()) continue;
        for (const auto& [name, value] : names->items()) {
            PortShape port{.name = name, .typed = false, .output = output};
            if (output) {
                const auto inner = inner_output(graph, {shape.id, name});
                const Node* node = inner ? instance_of(graph, types, inner->node) : nullptr;
                if (const OutputBase* base = node == nullptr ? nullptr : node->output(inner->port)) {
                    port.type = base->type;
                    port.typed = true;
                    port.description = base->description;
                }
            } else {
                const auto inner = inner_inputs(graph, {shape.id, name});
                const Node* node = inner.empty() ? nullptr : instance_of(graph, types, inner.front().node);
                if (const InputBase* base = node == nullptr ? nullptr : node->input(inner.front().port)) {
                    port.type = base->type;
                    port.typed = true;
                    port.optional = base->optional;
                    port.description = base->description;
                }
            }
            shape.ports.push_back(std::move(port));
        }
    }
}

void add_linked_ports(NodeShape& shape, const PortsLinked& links) {
    for (const std::string& name : links.inputs)
        if (shape.find(name, false) < 0) shape.ports.push_back({.name = name, .typed = false});
    for (const std::string& name : links.outputs)
        if (shape.find(name, true) < 0) shape.ports.push_back({.name = name, .typed = false, .output = true});
}

void add_rows(NodeShape& shape, const PortsLinked& links, bool open) {
    std::vector<int> inputs, outputs;
    std::vector<int> numbers;
    for (size_t i = 0; i < shape.ports.size(); ++i) {
        const PortShape& port = shape.ports[i];
        (port.output ? outputs : port.param != nullptr ? numbers : inputs).push_back(static_cast<int>(i));
    }
    float top = header_height + 2;
    for (size_t i = 0; i < std::max(inputs.size(), outputs.size()); ++i, top += row_height) {
        RowShape row{.top = top};
        if (i < inputs.size()) row.input = inputs[i];
        if (i < outputs.size()) row.output = outputs[i];
        shape.rows.push_back(row);
    }
    size_t shown = 0;
    for (int index : numbers) {
        const PortShape& port = shape.ports[static_cast<size_t>(index)];
        const bool fits = numbers.size() <= most_rows || open || shown < first_rows;
        if (!fits && !has_name(links.inputs, port.name)) continue;
        ++shown;
        shape.rows.push_back({.top = top, .input = index, .param = port.param});
        top += row_height;
    }
    if (numbers.size() > most_rows) {
        shape.rows.push_back({.top = top, .more = true});
        shape.rows.back().left = open ? "less" : fmt::format("{} more", numbers.size() - shown);
        top += row_height;
    }
    shape.height = top + 4;
}

/// Those without a row have the header's place.
void place_ports(NodeShape& shape) {
    for (PortShape& port : shape.ports) {
        port.at = {port.output ? shape.width : 0, header_height / 2};
        port.hidden = true;
    }
    const auto place = [&](int index, float x, const RowShape& row) {
        if (index < 0) return;
        PortShape& port = shape.ports[static_cast<size_t>(index)];
        port.at = {x, row.top + row_height / 2};
        port.hidden = false;
    };
    for (const RowShape& row : shape.rows) {
        place(row.input, 0, row);
        place(row.output, shape.width, row);
    }
}

void write_labels(NodeShape& shape, const TextMeasure& measure) {
    float width = measure.width(shape.title, 13) + 76;  // beside it the cost
    for (const RowShape& row : shape.rows) {
        float both = 28;
        if (row.input >= 0) both += measure.width(shape.ports[static_cast<size_t>(row.input)].name, label_px);
        if (row.output >= 0)
            both += 12 + measure.width(shape.ports[static_cast<size_t>(row.output)].name, label_px);
        if (row.param != nullptr) both += 60;
        width = std::max(width, both);
    }
    const bool wide = shape.visual != Visual::None;
    shape.width = std::clamp(up_to_grid(width), wide ? 160.0f : 144.0f, 216.0f);
    shape.title_cut = measure.cut(shape.title, 13, shape.width - 72);
    for (RowShape& row : shape.rows) {
        if (row.more) continue;
        const float right =
            row.output < 0 ? 0 : measure.width(shape.ports[static_cast<size_t>(row.output)].name, label_px);
        const float room = shape.width - 28;
        if (row.output >= 0)
            row.right = measure.cut(shape.ports[static_cast<size_t>(row.output)].name, label_px,
                                    row.input < 0 ? room : std::max(room / 2, room - 100));
        if (row.input >= 0)
            row.left = measure.cut(shape.ports[static_cast<size_t>(row.input)].name, label_px,
                                   row.param != nullptr ? room - 56 : room - std::min(right, room / 2) - 8);
    }
}

void choose_visual(NodeShape& shape, const Graph& graph) {
    const PortShape* first = nullptr;
    for (const PortShape& port : shape.ports) {
        if (!port.output || !port.typed) continue;
        if (first == nullptr) first = &port;
        if (port.type != PortType::Image) continue;
        first = &port;
        break;
    }
    if (first == nullptr) return;
    switch (first->type) {
        case PortType::Image:
            shape.visual = Visual::Picture;
            break;
        case PortType::Scalar:
            shape.visual = Visual::Sparkline;
            break;
        case PortType::Latent:
            shape.visual = Visual::Bars;
            break;
        case PortType::Conditioning:
            shape.visual = Visual::Classes;
            break;
        case PortType::Model:
            shape.visual = Visual::Words;
            break;
        default:
            return;
    }
    const auto inner = inner_output(graph, {shape.id, first->name});
    if (inner)
        shape.source = *inner;
    else
        shape.visual = Visual::None;
}

void place_visual(NodeShape& shape, size_t classes) {
    const float inner = shape.width - 16;
    float height = 0;
    switch (shape.visual) {
        case Visual::None:
            return;
        case Visual::Picture:
            height = std::clamp(inner, 96.0f, 160.0f);
            break;
        case Visual::Sparkline:
            height = 40;
            break;
        case Visual::Bars:
            height = 32;
            break;
        case Visual::Classes:
            height = class_height * static_cast<float>(classes);
            break;
        case Visual::Words:
            height = 32;
            break;
    }
    shape.visual_box = {{8, shape.height}, {8 + inner, shape.height + height}};
    shape.height += height + 8;
}

/// The first letter and whether it is in the colour of words: frames and notes have no ports.
void shape_area(NodeShape& shape, const NodeRecord& record, float width, float height) {
    shape.width = std::clamp(field_number(record, "width", width), 48.0f, 1e5f);
    shape.height = std::clamp(field_number(record, "height", height), 32.0f, 1e5f);
    shape.colour = field_text(record, "colour");
}

}  // namespace

int NodeShape::find(std::string_view name, bool output) const {
    for (size_t i = 0; i < ports.size(); ++i)
        if (ports[i].output == output && ports[i].name == name) return static_cast<int>(i);
    return -1;
}

float TextMeasure::width(std::string_view text, float px) const {
    const float size = px * scale;
    const ImFont* font = fonts.sans_at(size);
    return font->CalcTextSizeA(size, 1e9f, 0, text.data(), text.data() + text.size()).x / scale;
}

std::string TextMeasure::cut(const std::string& text, float px, float room) const {
    if (width(text, px) <= room) return text;
    const float size = px * scale;
    const ImFont* font = fonts.sans_at(size);
    const char* end = nullptr;
    font->CalcTextSizeA(size, std::max(1.0f, (room - width("…", px)) * scale), 0, text.data(),
                        text.data() + text.size(), &end);
    std::string beginning(text.data(), end);
    while (!beginning.empty() && beginning.back() == ' ') beginning.pop_back();
    return beginning + "…";
}

PortType tint_of(std::string_view type_id) {
    const std::string_view family = type_id.substr(0, type_id.find('.'));
    if (family == "latent") return PortType::Latent;
    if (family == "class") return PortType::Conditioning;
    if (family == "model") return PortType::Model;
    if (family == "image" || family == "biggan") return PortType::Image;
    if (family == "text") return PortType::Text;
    return PortType::Scalar;
}

float field_number(const NodeRecord& record, const char* field, float fallback) {
    const auto found = record.fields.find(field);
    if (found == record.fields.end() || !found->is_number()) return fallback;
    const double value = found->get<double>();
    return std::isfinite(value) ? static_cast<float>(std::clamp(value, -1e7, 1e7)) : fallback;
}

std::string field_text(const NodeRecord& record, const char* field) {
    const auto found = record.fields.find(field);
    return found != record.fields.end() && found->is_string() ? found->get<std::string>() : std::string();
}

uint64_t print_of(const NodeTypes& types, const NodeRecord& record) {
    uint64_t print = std::hash<std::string>{}(record.type);
    const auto take = [&](uint64_t value) {
        print = (print ^ value) * 0x9E3779B97F4A7C15u;  // Knuth's multiplicative hash
        print ^= print >> 29;
    };
    for (const char* field : {"x", "y", "width", "height"}) {
        const auto found = record.fields.find(field);
        if (found == record.fields.end() || !found->is_number()) continue;
        take(std::hash<double>{}(found->get<double>()) + static_cast<uint64_t>(field[0]));
    }
    for (const char* field : {"name", "colour"}) {
        const auto found = record.fields.find(field);
        if (found != record.fields.end() && found->is_string())
            take(std::hash<std::string>{}(found->get_ref<const std::string&>()) +
                 static_cast<uint64_t>(field[0]));
    }
    const NodeType* type = types.find(record.type);
    if (type != nullptr && !type->shaped_by.empty())
        take(std::hash<std::string>{}(shape_of(*type, record.params)));
    return print;
}

NodeShape shape_of_node(const Graph& graph, const NodeTypes& types, NodeId id, const NodeRecord& record,
                        const ShapeWish& wish, const TextMeasure& measure) {
    NodeShape shape{.id = id, .at = {field_number(record, "x", 0), field_number(record, "y", 0)}};
    shape.type = types.find(record.type);
    shape.title = field_text(record, "name");
    if (record.type == frame_type) {
        shape.kind = ShapeKind::Frame;
        if (shape.title.empty()) shape.title = "Frame";
        shape.title_cut = shape.title;
        shape_area(shape, record, 320, 200);
        return shape;
    }
    if (record.type == note_type) {
        shape.kind = ShapeKind::Note;
        shape_area(shape, record, 200, 96);
        return shape;
    }
    if (shape.title.empty())
        shape.title = record.type == group_type ? "Group"
                      : shape.type != nullptr   ? shape.type->name
                                                : record.type;
    shape.tint = tint_of(record.type);
    if (record.type == group_type) {
        shape.kind = ShapeKind::Group;
        add_group_ports(shape, graph, types, record);
    } else if (shape.type != nullptr) {
        shape.sample = &types.sample(*shape.type, record.params);
        add_ports(shape, *shape.sample);
    } else {
        shape.known = false;
    }
    add_linked_ports(shape, wish.links);
    if (record.type == reroute_type) {
        shape.kind = ShapeKind::Reroute;
        shape.width = shape.height = 12;
        for (PortShape& port : shape.ports) {
            port.at = {port.output ? shape.width : 0, shape.height / 2};
            if (port.typed) shape.tint = port.type;
        }
        return shape;
    }
    choose_visual(shape, graph);
    add_rows(shape, wish.links, wish.open);
    write_labels(shape, measure);
    place_ports(shape);
    place_visual(shape, wish.classes);
    return shape;
}

}  // namespace gan
