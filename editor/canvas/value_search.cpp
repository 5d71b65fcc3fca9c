#include "editor/canvas/number_text.h"
#include "editor/canvas/state.h"
#include "editor/panels/param_edits.h"

#include <algorithm>

namespace gan {
namespace {

constexpr const char* on_and_off[] = {"off", "on"};

/// What a parameter is set to, in words.
std::string words_of_value(const NodeRecord& record, const ParamBase& param) {
    switch (param.info.kind) {
        case ParamInfo::Kind::Number:
            return short_number(number_of(record, param), param.info.whole) +
                   (param.info.unit.empty() ? "" : " " + param.info.unit);
        case ParamInfo::Kind::Toggle:
            return on_and_off[toggle_of_param(record, param) ? 1 : 0];
        case ParamInfo::Kind::Choice: {
            const auto index = static_cast<size_t>(choice_of_param(record, param));
            return index < param.info.choices.size() ? param.info.choices[index] : std::string();
        }
        case ParamInfo::Kind::Text:
            return text_of_param(record, param);
        case ParamInfo::Kind::Data:
            return value_of_param(record, param).dump();
    }
    return {};
}

}  // namespace

void Canvas::edit_value(Ui& ui) {
    state_->refresh(ui);
    const NodeShape* active = state_->scene.shape(ui.selection.active);
    if (active == nullptr || active->sample == nullptr || active->sample->params().empty()) {
        ui.session.note(Note::Kind::Info, "Select a node with parameters, then set one of them.");
        return;
    }
    const NodeRecord& record = ui.session.graph().nodes.at(active->id);
    std::vector<SearchList::Entry> entries;
    for (const ParamBase* param : active->sample->params()) {
        const std::string name(param->name);
        if (state_->scene.wire_into({active->id, name}) >= 0) continue;
        entries.push_back(
            {.text = {fmt::format("{} = {}", name, first_line(words_of_value(record, *param), 40)),
                      name,
                      std::string(param->description),
                      {}},
             .colour = ui.theme.of(tint_of(record.type)),
             .node = active->id});
    }
    state_->search.open(SearchList::Purpose::Value, "Set a value of " + active->title, std::move(entries),
                        list_place(ui, *state_), {});
}

void choose_value(Ui& ui, CanvasState& state, NodeId node, const std::string& param) {
    const Node* sample = sample_of(ui, node);
    const ParamBase* found = sample == nullptr ? nullptr : sample->param(param);
    if (found == nullptr) return;
    std::vector<std::string> words = found->info.choices;
    if (found->info.kind == ParamInfo::Kind::Toggle) words = {on_and_off[1], on_and_off[0]};
    if (words.empty()) return edit_value_in_place(ui, state, node, *found);
    std::vector<SearchList::Entry> entries;
    for (const std::string& word : words)
        entries.push_back({.text = {word, "", std::string(found->description), {}},
                           .colour = ui.theme.of(tint_of(ui.session.graph().nodes.at(node).type)),
                           .node = node});
    state.search.open(SearchList::Purpose::Word, "Set " + param, std::move(entries), list_place(ui, state),
                      {.port = PortRef{node, param}});
}

void take_word(Ui& ui, const PortRef& param, const std::string& word) {
    const Node* sample = sample_of(ui, param.node);
    const ParamBase* found = sample == nullptr ? nullptr : sample->param(param.port);
    if (found == nullptr) return;
    const nlohmann::json value = found->info.kind == ParamInfo::Kind::Toggle
                                     ? nlohmann::json(word == on_and_off[1])
                                     : nlohmann::json(word);
    set_param(ui, {param.node}, param.port, value);
}

}  // namespace gan
