#include "editor/canvas/gestures.h"
#include "editor/canvas/number_text.h"
#include "editor/canvas/state.h"

#include <algorithm>
#include <cmath>

namespace gan {

double number_of(const NodeRecord& record, const ParamBase& param) {
    const auto found = record.params.find(param.name);
    if (found == record.params.end() || !found->is_number()) return param.info.value;
    return found->get<double>();
}

bool begin_value(Ui& ui, CanvasState& state) {
    Gesture& gesture = state.gesture;
    const NodeShape* shape = state.scene.shape(gesture.hit.node);
    const auto found = ui.session.graph().nodes.find(gesture.hit.node);
    if (shape == nullptr || found == ui.session.graph().nodes.end()) return false;
    const ParamBase* param = shape->rows[static_cast<size_t>(gesture.hit.row)].param;
    if (param == nullptr || state.scene.wire_into({shape->id, std::string(param->name)}) >= 0) return false;
    gesture.kind = GestureKind::Value;
    gesture.id = ui.session.new_gesture();
    gesture.value = {
        .param = std::string(param->name), .info = &param->info, .value = number_of(found->second, *param)};
    if (const auto stored = found->second.params.find(gesture.value.param);
        stored != found->second.params.end())
        gesture.value.stored = *stored;
    return true;
}

void update_value(Ui& ui, CanvasState& state, const ImVec2& by) {
    Gesture& gesture = state.gesture;
    const auto found = ui.session.graph().nodes.find(gesture.hit.node);
    if (found == ui.session.graph().nodes.end()) {
        gesture.kind = GestureKind::None;
        return;
    }
    if (by.x == 0) return;
    ValueDrag& drag = gesture.value;
    const ImGuiIO& io = ImGui::GetIO();
    const double pixels = by.x / ui.scale * (io.KeyShift ? 0.1 : io.KeyCtrl ? 10.0 : 1.0);
    drag.value = dragged_number(drag.value, pixels, *drag.info);
    if (drag.info->max > drag.info->min) drag.value = std::clamp(drag.value, drag.info->min, drag.info->max);
    double value = allowed_number(drag.value, *drag.info);
    // Six digits that count are more than a hand can set.
    if (!drag.info->whole && value != 0) {
        const double steps = std::pow(10.0, 5 - std::floor(std::log10(std::abs(value))));
        value = allowed_number(std::round(value * steps) / steps, *drag.info);
    }
    const auto old = found->second.params.find(drag.param);
    const double before =
        old != found->second.params.end() && old->is_number() ? old->get<double>() : drag.info->value;
    if (value == before) return;
    const nlohmann::json stored =
        drag.info->whole ? nlohmann::json(static_cast<int64_t>(value)) : nlohmann::json(value);
    if (ui.session.edit({SetParam{gesture.hit.node, drag.param, stored}},
                        fmt::format("Set {} of {}", drag.param, state.title(ui, gesture.hit.node)),
                        gesture.id))
        drag.changed = true;
}

void begin_resize(CanvasState& state) {
    Gesture& gesture = state.gesture;
    const NodeShape* shape = state.scene.shape(gesture.hit.node);
    if (shape == nullptr) return;
    gesture.kind = GestureKind::Resize;
    gesture.resize.from = gesture.resize.to = shape->box();
}

void update_resize(CanvasState& state) {
    Gesture& gesture = state.gesture;
    NodeShape* shape = state.scene.shape(gesture.hit.node);
    if (shape == nullptr) {
        gesture.kind = GestureKind::None;
        return;
    }
    constexpr float least_width = 64, least_height = 40;
    Box to = gesture.resize.from;
    const Spot by = gesture.at - gesture.from;
    if (gesture.hit.corner & 1)
        to.max.x = std::max(to.min.x + least_width, on_grid(to.max + by).x);
    else
        to.min.x = std::min(to.max.x - least_width, on_grid(to.min + by).x);
    if (gesture.hit.corner & 2)
        to.max.y = std::max(to.min.y + least_height, on_grid(to.max + by).y);
    else
        to.min.y = std::min(to.max.y - least_height, on_grid(to.min + by).y);
    gesture.resize.to = to;
    shape->at = to.min;
    shape->width = to.width();
    shape->height = to.height();
    state.scene.moved();
}

void end_resize(Ui& ui, CanvasState& state) {
    const Gesture& gesture = state.gesture;
    const NodeId node = gesture.hit.node;
    const Box& to = gesture.resize.to;
    const Box& from = gesture.resize.from;
    state.scene.forget(node);
    if (to.min == from.min && to.max == from.max) return;
    std::vector<Edit> edits;
    edits.push_back({SetField{node, "x", std::lround(to.min.x)}});
    edits.push_back({SetField{node, "y", std::lround(to.min.y)}});
    edits.push_back({SetField{node, "width", std::lround(to.width())}});
    edits.push_back({SetField{node, "height", std::lround(to.height())}});
    ui.session.edit({std::move(edits)}, "Resize " + state.title(ui, node), gesture.id);
}

void update_cut(CanvasState& state) {
    Gesture& gesture = state.gesture;
    gesture.cut.wires.clear();
    const Box line = box_between(gesture.from, gesture.at);
    for (uint32_t index : state.sight.wires) {
        const WireShape& wire = state.scene.wires[index];
        if (wire.bounds.grown(1).overlaps(line.grown(1)) && wire.curve.crosses(gesture.from, gesture.at))
            gesture.cut.wires.insert(wire.to);
    }
}

void end_cut(Ui& ui, CanvasState& state) {
    const auto& wires = state.gesture.cut.wires;
    std::vector<Edit> edits;
    for (const PortRef& to : wires)
        if (ui.session.graph().links.contains(to)) edits.push_back({RemoveLink{to}});
    if (edits.empty()) return;
    const std::string name = edits.size() == 1 ? "Cut a link" : fmt::format("Cut {} links", edits.size());
    ui.session.edit({std::move(edits)}, name, state.gesture.id);
}

}  // namespace gan
