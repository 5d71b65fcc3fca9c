#include "editor/canvas/number_text.h"
#include "editor/canvas/state.h"

#include <algorithm>

namespace gan {
namespace {

constexpr double tooltip_after = 0.5;  // seconds at rest
constexpr size_t longest_value = 160;  // characters

std::string shortened(std::string text) {
    if (text.size() <= longest_value) return text;
    size_t end = longest_value;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not within a letter
    text.resize(end);
    return text + "…";
}

/// What an output carries now, in words.
std::string value_text(const OutputShown& output) {
    if (!output.error.empty()) return shortened(output.error);
    struct Writer {
        std::string operator()(std::monostate) const { return "no value yet"; }
        std::string operator()(double value) const { return fmt::format("{:.6g}", value); }
        std::string operator()(bool value) const { return value ? "on" : "off"; }
        std::string operator()(const std::string& value) const { return "\"" + shortened(value) + "\""; }
        std::string operator()(const Trigger& value) const { return fmt::format("{} pulses", value.count); }
        std::string operator()(const Latent& value) const {
            std::string text =
                fmt::format("{} numbers, standard deviation {:.3g}:", value.z.size(), value.std);
            for (size_t i = 0; i < std::min<size_t>(value.z.size(), 6); ++i)
                text += fmt::format(" {:.2f}", value.z[i]);
            return value.z.size() > 6 ? text + " …" : text;
        }
        std::string operator()(const ClassMix& value) const {
            std::string text;
            for (const auto& entry : value.classes)
                text += fmt::format("{}{} {:.2f}", text.empty() ? "" : ", ", entry.name, entry.weight);
            if (!value.offset.empty()) text += text.empty() ? "an offset" : ", with an offset";
            return text.empty() ? "no class" : shortened(text);
        }
        std::string operator()(const ModelRef& value) const {
            return value ? shortened(value->description()) : "no model";
        }
        std::string operator()(const ImageRef& value) const {
            if (!value) return "no picture";
            const char* kind = is_data(*value) ? "data" : value->channels == 1 ? "grey" : "colours";
            return fmt::format("{} x {}, {}{}", value->width, value->height, kind,
                               value->channels == 4 ? " with alpha" : "");
        }
    };
    return std::visit(Writer{}, output.value);
}

void words(const std::string& text, ImU32 colour) {
    if (text.empty()) return;
    ImGui::PushStyleColor(ImGuiCol_Text, colour);
    ImGui::TextUnformatted(text.c_str());
    ImGui::PopStyleColor();
}

void describe_port(const Ui& ui, const CanvasState& state, const NodeShape& shape, const PortShape& port) {
    const Theme& theme = ui.theme;
    const std::string type = port.typed ? std::string(name_of(port.type)) : "type not known";
    words(fmt::format("{}: {}{}", port.name, type,
                      port.output || !port.optional || port.param != nullptr ? "" : ", optional"),
          theme.text);
    words(std::string(port.description), theme.dim);
    const Shown* shown = ui.session.shown().get();
    if (shown == nullptr) return;
    PortRef source{shape.id, port.name};
    if (!port.output) {
        const int wire = state.scene.wire_into(source);
        if (wire < 0) {
            if (port.param == nullptr) words("not linked", theme.dim);
            return;
        }
        source = state.scene.wires[static_cast<size_t>(wire)].source;
    } else if (shape.kind == ShapeKind::Group) {
        return;
    }
    if (const OutputShown* output = shown->find(source)) words(value_text(*output), theme.text);
}

void describe_value(const Ui& ui, const CanvasState& state, const NodeShape& shape, const ParamBase& param) {
    const Theme& theme = ui.theme;
    const auto found = ui.session.graph().nodes.find(shape.id);
    if (found == ui.session.graph().nodes.end()) return;
    const std::string unit = param.info.unit.empty() ? "" : " " + param.info.unit;
    words(fmt::format("{}: {:.6g}{}", param.name, number_of(found->second, param), unit), theme.text);
    words(std::string(param.description), theme.dim);
    words(fmt::format("{:.6g} to {:.6g}, {:.6g} as made", param.info.min, param.info.max, param.info.value),
          theme.dim);
    if (state.scene.wire_into({shape.id, std::string(param.name)}) < 0)
        words("Drag: Shift fine, Ctrl coarse. Double click types, Backspace resets.", theme.dim);
}

void describe_node(const Ui& ui, const NodeShape& shape) {
    const Theme& theme = ui.theme;
    const auto found = ui.session.graph().nodes.find(shape.id);
    if (found == ui.session.graph().nodes.end()) return;
    words(fmt::format("{}  #{}", shape.title, shape.id), theme.text);
    words(found->second.type, theme.dim);
    if (shape.type != nullptr) words(shape.type->description, theme.dim);
    if (shape.kind == ShapeKind::Group) words("Double click opens it.", theme.dim);
    words(shortened(field_text(found->second, "comment")), theme.text);
    const NodeWords state = words_of(ui, shape);
    words(state.text, state.trouble ? theme.error : theme.dim);
}

void describe_wire(const Ui& ui, const CanvasState& state, const PortRef& to) {
    const int index = state.scene.wire_into(to);
    if (index < 0) return;
    const WireShape& wire = state.scene.wires[static_cast<size_t>(index)];
    words(fmt::format("{}.{} > {}.{}", state.title(ui, wire.from.node), wire.from.port,
                      state.title(ui, to.node), to.port),
          ui.theme.text);
    const Shown* shown = ui.session.shown().get();
    const OutputShown* output = shown == nullptr ? nullptr : shown->find(wire.source);
    if (output != nullptr) words(value_text(*output), ui.theme.dim);
    words("Double click adds a reroute.", ui.theme.dim);
}

void begin_tip(const Ui& ui) {
    ImGui::BeginTooltip();
    ImGui::PushTextWrapPos(ui.px(360));
}

void end_tip() {
    ImGui::PopTextWrapPos();
    ImGui::EndTooltip();
}

/// The node whose words, below it, the mouse is on.
const NodeShape* words_under(const Ui& ui, const CanvasState& state) {
    if (state.hover.kind != Hit::Kind::Nothing || detail_at(state.view.zoom()) != Detail::Full)
        return nullptr;
    const Spot at = state.view.to_canvas(state.mouse);
    for (uint32_t index : state.sight.nodes) {
        const NodeShape& shape = state.scene.nodes[index];
        const Box box = shape.box();
        const Box below{{box.min.x, box.max.y}, {box.max.x, box.max.y + 56}};
        if (below.contains(at) && !words_of(ui, shape).text.empty()) return &shape;
    }
    return nullptr;
}

}  // namespace

void draw_tooltip(Ui& ui, CanvasState& state) {
    const Gesture& gesture = state.gesture;
    if (gesture.kind == GestureKind::Link && !gesture.link.reason.empty()) {
        begin_tip(ui);
        words(gesture.link.reason, ui.theme.warning);
        end_tip();
        return;
    }
    const NodeShape* below = state.mouse_inside ? words_under(ui, state) : nullptr;
    const bool something = state.hover.kind != Hit::Kind::Nothing || below != nullptr;
    if (gesture.kind != GestureKind::None || !state.mouse_inside || !something ||
        state.field.what() != InlineField::What::Nothing || state.search.is_open())
        return;
    if (ui.seconds - state.hover_since < tooltip_after) {
        ui.moving = true;  // the tooltip is to come though no event does
        return;
    }
    const NodeShape* shape = state.scene.shape(state.hover.node);
    const auto index = static_cast<size_t>(std::max(state.hover.port, 0));
    switch (state.hover.kind) {
        case Hit::Kind::Nothing:
            begin_tip(ui);
            words(words_of(ui, *below).text, ui.theme.text);
            end_tip();
            break;
        case Hit::Kind::Port:
            if (shape == nullptr || index >= shape->ports.size()) return;
            begin_tip(ui);
            describe_port(ui, state, *shape, shape->ports[index]);
            end_tip();
            break;
        case Hit::Kind::Value:
            if (shape == nullptr || state.hover.row >= static_cast<int>(shape->rows.size())) return;
            if (const ParamBase* param = shape->rows[static_cast<size_t>(state.hover.row)].param) {
                begin_tip(ui);
                describe_value(ui, state, *shape, *param);
                end_tip();
            }
            break;
        case Hit::Kind::Title:
        case Hit::Kind::Node:
        case Hit::Kind::Picture:
            if (shape == nullptr) return;
            begin_tip(ui);
            describe_node(ui, *shape);
            end_tip();
            break;
        case Hit::Kind::Wire:
            begin_tip(ui);
            describe_wire(ui, state, state.hover.wire);
            end_tip();
            break;
        default:
            break;
    }
}

}  // namespace gan
