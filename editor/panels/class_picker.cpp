#include "editor/panels/class_picker.h"

#include "editor/edit/search.h"
#include "editor/panels/parts.h"
#include "runtime/base/error.h"
#include "runtime/model/classes.h"

#include <fmt/format.h>

#include <algorithm>

namespace gan {
namespace {

/// Numbers of the classes that a list names.
std::vector<int> chosen_classes(const std::string& text, const BigGanConfig& config, bool listed) {
    std::vector<int> chosen;
    for (const std::string& word : listed ? split(text, ',') : std::vector<std::string>{text}) {
        try {
            if (!trimmed(word).empty()) chosen.push_back(class_index(word, config));
        } catch (const Error&) {
            // The node says it.
        }
    }
    return chosen;
}

}  // namespace

bool is_class_text(std::string_view node_type, std::string_view param) {
    return node_type.starts_with("class.") && (param == "class" || param == "classes");
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

void ClassPicker::draw(Ui& ui, TextEdit& texts, NodeId node, const std::vector<NodeId>& nodes,
                       const std::string& param, const std::string& text, float width) {
    const bool listed = param == "classes";
    const auto model = models_.of(ui, node);
    ImGui::BeginGroup();
    TextEdit::Look look;
    look.hint = listed ? "names or numbers, with commas" : "a name or number";
    look.width = width - ImGui::GetFrameHeight() - ui.px(4);
    texts.draw(ui, "text", text, look,
               [nodes, param](Ui& later, const std::string& next) { set_param(later, nodes, param, next); });
    ImGui::SameLine(0, ui.px(4));
    std::vector<int> chosen;
    if (model != nullptr) chosen = chosen_classes(text, model->config(), listed);
    if (const auto picked = draw_list(ui, model, chosen, listed)) {
        std::string next = class_word(model->config(), *picked, listed);
        const bool begun = text.find_first_not_of(" ,") != std::string::npos;
        if (listed && begun) next = text + ", " + next;
        set_param(ui, nodes, param, next);
    }
    if (model != nullptr && !chosen.empty()) {
        std::string names;
        for (size_t i = 0; i < chosen.size(); ++i)
            names += (i == 0 ? "" : ", ") + class_label(model->config(), chosen[i]);
        const WithFont font(small_font(ui));
        elided_text(ui, names, width, ui.theme.dim);
    }
    ImGui::EndGroup();
}

std::optional<int> ClassPicker::draw_list(Ui& ui, const std::shared_ptr<const LoadedModel>& model,
                                          const std::vector<int>& chosen, bool stays) {
    std::optional<int> picked;
    ImGui::PushID("pick");
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
