#include "editor/panels/parameter_widgets.h"

#include "editor/panels/param_edits.h"
#include "editor/panels/parts.h"
#include "nodes/keep.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace gan {

std::optional<double> curve_playhead(const Ui& ui, NodeId node, const Node& sample) {
    const Graph& graph = ui.session.graph();
    const auto found = graph.nodes.find(node);
    const ShownRef& shown = ui.session.shown();
    if (found == graph.nodes.end()) return std::nullopt;
    const NodeRecord* record = &found->second;
    if (const auto source = source_of_input(graph, {node, "position"})) {
        const OutputShown* output = shown->find(*source);
        const auto* value = output == nullptr ? nullptr : std::get_if<double>(&output->value);
        return value == nullptr ? std::nullopt : std::optional(*value);
    }
    const double rate = shown->settings.tick_rate.value();
    if (!(rate > 0)) return std::nullopt;
    double at = static_cast<double>(shown->tick) / rate;
    const ParamBase* unit = sample.param("unit");
    const int clock = unit == nullptr ? 0 : choice_of_param(*record, *unit);
    if (clock > 0) at *= shown->settings.tempo / 60 / (clock == 2 ? 4 : 1);
    const ParamBase* after = sample.param("after");
    const ParamBase* keys = sample.param("keys");
    if (after == nullptr || keys == nullptr || choice_of_param(*record, *after) != 1) return at;
    const nlohmann::json list = value_of_param(*record, *keys);
    double first = 0;
    double last = 0;
    bool any = false;
    for (const nlohmann::json& key : list.is_array() ? list : nlohmann::json::array())
        if (key.is_object() && key.contains("at") && key["at"].is_number()) {
            const double time = key["at"].get<double>();
            first = any ? std::min(first, time) : time;
            last = any ? std::max(last, time) : time;
            any = true;
        }
    if (!(last > first)) return at;
    const double rounds = (at - first) / (last - first);
    return first + (last - first) * (rounds - std::floor(rounds));
}

void ParameterWidgets::draw_data(Ui& ui, const Subject& subject, const ParamBase& param) {
    const NodeRecord& record = ui.session.graph().nodes.at(subject.node);
    if (std::exchange(edited_, subject.node) != subject.node) {
        curve_ = {};
        gradient_ = {};
    }
    const nlohmann::json value = value_of_param(record, param);
    const std::string name(param.name);
    const auto apply = [nodes = subject.nodes, name](Ui& later, const nlohmann::json& next,
                                                     uint64_t gesture) {
        set_param(later, nodes, name, next, gesture);
    };
    if (subject.type->id == "control.curve" && name == "keys") {
        const ParamBase* unit = subject.sample->param("unit");
        const std::string word =
            unit == nullptr ? "" : unit->info.choices.at(static_cast<size_t>(choice_of_param(record, *unit)));
        return curve_.draw(ui, numbers_, value, word, curve_playhead(ui, subject.node, *subject.sample),
                           apply);
    }
    if (subject.type->id == "image.gradient_map" && name == "stops") {
        const ParamBase* space = subject.sample->param("interpolation");
        const std::string word =
            space == nullptr ? ""
                             : space->info.choices.at(static_cast<size_t>(choice_of_param(record, *space)));
        return gradient_.draw(ui, numbers_, value, word, apply);
    }
    if (value.is_string()) {
        texts_.draw(ui, "text", value.get<std::string>(), {.lines = 14, .mono = true},
                    [apply](Ui& later, const std::string& next) { apply(later, next, 0); });
        const WithFont font(small_font(ui));
        elided_text(ui, "Ctrl+Enter applies it, Escape takes it back", ImGui::GetContentRegionAvail().x,
                    ui.theme.dim);
        return;
    }
    std::string text;
    if (value.is_null())
        text = "nothing";
    else if (value.is_object() && value.contains("z") && value["z"].is_array())
        text = fmt::format("{} numbers", value["z"].size());
    else if (value.is_array())
        text = fmt::format("{} entries", value.size());
    else
        text = value.dump();
    if (subject.type->id == "latent.keep" && value.is_null()) {
        const OutputShown* output = ui.session.shown()->find({subject.node, "latent"});
        const Latent* latent = output == nullptr ? nullptr : std::get_if<Latent>(&output->value);
        ImGui::BeginDisabled(latent == nullptr);
        if (ImGui::Button("Keep this one")) set_param(ui, {subject.node}, name, kept_latent(*latent));
        ImGui::EndDisabled();
        tooltip(ui, latent == nullptr ? "Nothing comes in that could be kept"
                                      : "Holds the latent that comes in now");
        return;
    }
    ImGui::AlignTextToFramePadding();
    const bool clears = !value.is_null() && record.params.contains(name);
    elided_text(ui, text, ImGui::GetContentRegionAvail().x - (clears ? ui.px(56) : 0), ui.theme.text);
    if (!clears) return;
    ImGui::SameLine();
    if (small_button(ui, "Clear", "Back to what it was at first"))
        set_param(ui, subject.nodes, name, std::nullopt);
}

}  // namespace gan
