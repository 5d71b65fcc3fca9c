#include "editor/canvas/number_text.h"
#include "editor/canvas/state.h"
#include "editor/panels/param_edits.h"
#include "editor/panels/typed_number.h"
#include "runtime/base/error.h"

#include <algorithm>

namespace gan {
namespace {

using nlohmann::json;

const RowShape* row_of(const NodeShape& shape, std::string_view param) {
    const auto row = std::find_if(shape.rows.begin(), shape.rows.end(), [&](const RowShape& one) {
        return one.param != nullptr && one.param->name == param;
    });
    return row == shape.rows.end() ? nullptr : &*row;
}

/// Where the field lies; nothing when what it edits is gone.
std::optional<Box> field_box(const CanvasState& state, float& px) {
    const NodeShape* shape = state.scene.shape(state.field.node());
    if (shape == nullptr) return std::nullopt;
    const Box box = shape->box();
    px = 13;
    if (state.field.what() == InlineField::What::Note) return box;
    if (state.field.what() == InlineField::What::Title)
        return Box{box.min, {box.max.x, box.min.y + header_height}};
    px = 12;
    if (const RowShape* row = row_of(*shape, state.field.param())) {
        const float top = box.min.y + row->top;
        return Box{{box.min.x + shape->width / 2, top}, {box.max.x - 2, top + row_height}};
    }
    // Parameters without a row, such as texts, have the line below the title.
    const float top = box.min.y + header_height + 2;
    return Box{{box.min.x + 2, top}, {box.max.x - 2, top + row_height}};
}

/// What a person typed, as the patch keeps it. Throws Error.
json typed_value(const ParamBase& param, const std::string& text) {
    if (param.info.kind == ParamInfo::Kind::Number)
        return number_json(allowed_number(typed_number(text, param.info.unit), param.info), param.info.whole);
    if (param.info.kind != ParamInfo::Kind::Data) return text;
    json value = json::parse(text, nullptr, false);
    if (value.is_discarded())
        throw Error("What was typed for {} is no JSON; type it as the patch keeps it.", param.name);
    return value;
}

void take_value(Ui& ui, const CanvasState& state, const std::string& text) {
    const NodeId node = state.field.node();
    const Node* sample = sample_of(ui, node);
    const ParamBase* param = sample == nullptr ? nullptr : sample->param(state.field.param());
    if (param == nullptr) return;
    try {
        const json value = typed_value(*param, text);
        if (value != value_of_param(ui.session.graph().nodes.at(node), *param))
            set_param(ui, {node}, state.field.param(), value);
    } catch (const Error& error) {
        ui.session.note(Note::Kind::Warning, error.what());
    }
}

void take_field(Ui& ui, const CanvasState& state, const std::string& text) {
    const NodeId node = state.field.node();
    const auto found = ui.session.graph().nodes.find(node);
    if (found == ui.session.graph().nodes.end()) return;
    switch (state.field.what()) {
        case InlineField::What::Value:
            return take_value(ui, state, text);
        case InlineField::What::Note:
            if (text == field_text(found->second, "text")) return;
            ui.session.edit({SetField{node, "text", text}}, "Edit note");
            return;
        case InlineField::What::Title: {
            // The type's own name is no name that someone gave.
            const std::string old = field_text(found->second, "name");
            if (text == old || (old.empty() && text == state.title(ui, node))) return;
            const std::string name = text.empty()
                                         ? "Reset the name of " + state.title(ui, node)
                                         : fmt::format("Rename {} to {}", state.title(ui, node), text);
            ui.session.edit({SetField{node, "name", text.empty() ? std::nullopt : std::optional<json>(text)}},
                            name);
            return;
        }
        default:
            return;
    }
}

}  // namespace

void open_field(CanvasState& state, InlineField::What what, NodeId node, const std::string& param,
                const std::string& text) {
    state.field.open(what, node, param, text);
    float px = 0;
    const auto box = field_box(state, px);
    if (!box) return;
    // Of a wide one, its beginning.
    const Box seen = state.view.seen();
    const float width = std::min(box->width(), seen.width() / 2),
                height = std::min(box->height(), seen.height() / 2);
    const Box begin{box->min, box->min + Spot{width, height}};
    if (!seen.contains(begin)) state.view.centre_on(begin.centre(), true);
}

void edit_note_in_place(Ui& ui, CanvasState& state, NodeId node) {
    const auto found = ui.session.graph().nodes.find(node);
    if (found != ui.session.graph().nodes.end())
        open_field(state, InlineField::What::Note, node, "", field_text(found->second, "text"));
}

void edit_value_in_place(Ui& ui, CanvasState& state, NodeId node, const ParamBase& param) {
    const auto found = ui.session.graph().nodes.find(node);
    const std::string name(param.name);
    if (found == ui.session.graph().nodes.end() || state.scene.wire_into({node, name}) >= 0) return;
    const json value = value_of_param(found->second, param);
    const ParamInfo::Kind kind = param.info.kind;
    const std::string text = kind == ParamInfo::Kind::Number
                                 ? fmt::format("{}", number_of(found->second, param))
                             : kind == ParamInfo::Kind::Text ? text_of_param(found->second, param)
                                                             : value.dump();
    const NodeShape* shape = state.scene.shape(node);
    const bool folded = shape != nullptr && shape->find(name, false) >= 0 && row_of(*shape, name) == nullptr;
    if (folded && state.open.insert(node).second) state.scene.update(ui, state.open);
    open_field(state, InlineField::What::Value, node, name, text);
}

void reset_value(Ui& ui, const NodeShape& shape, const ParamBase& param) {
    const auto found = ui.session.graph().nodes.find(shape.id);
    const std::string name(param.name);
    if (found != ui.session.graph().nodes.end() && found->second.params.contains(name))
        set_param(ui, {shape.id}, name, std::nullopt);
}

void draw_field(Ui& ui, CanvasState& state) {
    if (state.field.what() == InlineField::What::Nothing) return;
    float px = 13;
    const auto box = field_box(state, px);
    if (!box) {
        state.field.close();
        return;
    }
    const Rect place{state.view.to_screen(box->min), state.view.to_screen(box->max)};
    // Letters of a field are at least legible, however far out the canvas is.
    const auto text = state.field.draw(ui, place, std::clamp(state.view.length(px), ui.px(11), ui.px(26)));
    if (!text) return;
    take_field(ui, state, *text);
    state.field.close();
}

}  // namespace gan
