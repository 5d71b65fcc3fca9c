#include "editor/panels/class_picker.h"

#include "editor/edit/search.h"
#include "editor/panels/parts.h"
#include "runtime/base/error.h"
#include "runtime/model/classes.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>

namespace gan {
namespace {

std::shared_ptr<const LoadedModel> model_at(const Ui& ui, const PortRef& output) {
    const OutputShown* shown = ui.session.shown()->find(output);
    const auto* model = shown == nullptr ? nullptr : std::get_if<ModelRef>(&shown->value);
    return model == nullptr ? nullptr : std::dynamic_pointer_cast<const LoadedModel>(*model);
}

/// Whether a word means this class and no other.
bool means(const std::string& word, const BigGanConfig& config, int index) {
    try {
        return class_index(word, config) == index;
    } catch (const Error&) {
        return false;
    }
}

/// Outputs that may give the network of a node's classes: of the generators after it, the nearest first, then
/// any other.
std::vector<PortRef> outputs_of_models(const Ui& ui, NodeId node) {
    const Graph& graph = ui.session.graph();
    std::multimap<NodeId, NodeId> after;
    for (const auto& [to, from] : graph.links) after.emplace(from.node, to.node);
    std::vector<PortRef> models;
    std::set<NodeId> seen{node};
    std::deque<NodeId> open{node};
    while (!open.empty()) {
        const NodeId here = open.front();
        open.pop_front();
        if (const Node* sample = sample_of(ui, here))
            for (const InputBase* input : sample->inputs())
                if (input->type == PortType::Model)
                    if (const auto source = source_of_input(graph, {here, std::string(input->name)}))
                        models.push_back(*source);
        const auto [first, last] = after.equal_range(here);
        for (auto next = first; next != last; ++next)
            if (seen.insert(next->second).second) open.push_back(next->second);
    }
    for (const auto& [id, record] : graph.nodes)
        if (const Node* sample = sample_of(ui, id))
            for (const OutputBase* output : sample->outputs())
                if (output->type == PortType::Model) models.push_back({id, std::string(output->name)});
    return models;
}

}  // namespace

std::shared_ptr<const LoadedModel> ClassPicker::model_for(const Ui& ui, NodeId node) {
    if (const GraphMark graph = mark_of_graph(ui); graph != graph_ || node != node_) {
        graph_ = graph;
        node_ = node;
        models_ = outputs_of_models(ui, node);
    }
    for (const PortRef& output : models_)
        if (auto model = model_at(ui, output)) return model;
    return nullptr;
}

std::string class_word(const BigGanConfig& config, int index, bool listed) {
    const std::string number = std::to_string(index);
    if (index < 0 || static_cast<size_t>(index) >= config.class_names.size()) return number;
    const std::string& name = config.class_names[static_cast<size_t>(index)];
    const std::string word = trimmed(listed ? split(name, ',').front() : name);
    return !word.empty() && means(word, config, index) ? word : number;
}

std::string class_label(const BigGanConfig& config, int index) {
    if (index < 0 || static_cast<size_t>(index) >= config.class_names.size()) return fmt::format("{}", index);
    return fmt::format("{}  {}", index, config.class_names[static_cast<size_t>(index)]);
}

void ClassPicker::find(const LoadedModel& model) {
    const BigGanConfig& config = model.config();
    found_.clear();
    if (filter_.empty() || config.class_names.empty()) {
        for (int i = 0; i < config.classes; ++i)
            if (contains_word(std::to_string(i), filter_)) found_.push_back(i);
        return;
    }
    std::vector<SearchEntry> entries;
    for (int i = 0; i < config.classes; ++i)
        entries.push_back({.name = static_cast<size_t>(i) < config.class_names.size()
                                       ? config.class_names[static_cast<size_t>(i)]
                                       : std::string(),
                           .id = std::to_string(i),
                           .description = {},
                           .aliases = {}});
    for (size_t i : search(filter_, entries, {})) found_.push_back(static_cast<int>(i));
}

std::optional<int> ClassPicker::draw(Ui& ui, const char* id, const std::shared_ptr<const LoadedModel>& model,
                                     const std::vector<int>& chosen, bool stays) {
    std::optional<int> picked;
    ImGui::PushID(id);
    if (ImGui::Button("…", {ImGui::GetFrameHeight(), 0})) {
        filter_.clear();
        if (model != nullptr) find(*model);
        fresh_ = true;
        ImGui::OpenPopup("classes");
    }
    tooltip(ui, model == nullptr ? "The network's classes, once a model is loaded"
                                 : "Picks one of the network's classes");
    ImGui::SetNextWindowSize({ui.px(280), 0});
    if (ImGui::BeginPopup("classes")) {
        if (model == nullptr) {
            wrapped_text(
                ui, "No model is loaded that these classes could be of; load one and link it to a generator.",
                ui.theme.dim);
        } else {
            if (fresh_) ImGui::SetKeyboardFocusHere();
            fresh_ = false;
            if (search_field(ui, "filter", filter_, "Search by name or number")) find(*model);
            // In the list, Enter takes what has the ring.
            if (ImGui::IsWindowFocused() && key_pressed(ui, Key::Enter) && !found_.empty()) {
                picked = found_.front();
                if (stays) {  // for the next name
                    filter_.clear();
                    find(*model);
                    fresh_ = true;
                }
            }
            ImGui::BeginChild("list", {0, ui.px(280)}, true, ImGuiWindowFlags_NavFlattened);
            if (found_.empty()) dim_text(ui, "No class is called so.");
            ImGuiListClipper clipper;
            clipper.Begin(static_cast<int>(found_.size()));
            while (clipper.Step())
                for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
                    const int index = found_[static_cast<size_t>(i)];
                    const bool marked = std::find(chosen.begin(), chosen.end(), index) != chosen.end();
                    ImGui::PushID(index);
                    if (ImGui::Selectable(class_label(model->config(), index).c_str(), marked,
                                          ImGuiSelectableFlags_DontClosePopups))
                        picked = index;
                    ImGui::PopID();
                }
            ImGui::EndChild();
            elided_text(ui, model->description(), ImGui::GetContentRegionAvail().x, ui.theme.dim);
        }
        if (picked && !stays) ImGui::CloseCurrentPopup();
        ImGui::EndPopup();
    }
    ImGui::PopID();
    return picked;
}

}  // namespace gan
