#include "runtime/graph/document.h"

#include "runtime/base/error.h"

#include <algorithm>
#include <optional>
#include <tuple>

namespace gan {
namespace {

using nlohmann::json;

/// What an edit sets: its kind, the node, the name. Nothing for edits that set nothing.
std::optional<std::tuple<size_t, NodeId, std::string>> target_of(const Edit& edit) {
    const size_t kind = edit.change.index();
    if (const auto* set = std::get_if<SetParam>(&edit.change)) return {{kind, set->id, set->param}};
    if (const auto* set = std::get_if<SetField>(&edit.change)) return {{kind, set->id, set->field}};
    if (const auto* set = std::get_if<SetSetting>(&edit.change)) return {{kind, 0, set->setting}};
    return std::nullopt;
}

/// Whether `earlier` already puts back what `later` would: then a gesture needs only the first of the two.
bool covers(const Edit& earlier, const Edit& later) {
    if (const auto* list = std::get_if<std::vector<Edit>>(&later.change))
        return std::all_of(list->begin(), list->end(),
                           [&](const Edit& edit) { return covers(earlier, edit); });
    if (const auto* list = std::get_if<std::vector<Edit>>(&earlier.change))
        return std::any_of(list->begin(), list->end(), [&](const Edit& edit) { return covers(edit, later); });
    const auto target = target_of(later);
    return target && target == target_of(earlier);
}

/// The highest id that an edit brings into a graph; 0 when it brings none.
NodeId highest_id(const Edit& edit) {
    if (const auto* add = std::get_if<AddNode>(&edit.change)) return add->id;
    if (const auto* link = std::get_if<AddLink>(&edit.change))
        return std::max(link->from.node, link->to.node);
    NodeId highest = 0;
    if (const auto* list = std::get_if<std::vector<Edit>>(&edit.change))
        for (const Edit& one : *list) highest = std::max(highest, highest_id(one));
    return highest;
}

/// `next` or the id above `highest`; one above all ids when they are used up.
NodeId next_after(NodeId highest, NodeId next) {
    return std::max(next, std::min(highest, max_node_id) + 1);
}

/// `inverse` of a later edit, before the inverse of the gesture so far.
Edit merged(Edit gesture, Edit inverse) {
    if (covers(gesture, inverse)) return gesture;
    std::vector<Edit> list{std::move(inverse)};
    if (auto* earlier = std::get_if<std::vector<Edit>>(&gesture.change))
        std::move(earlier->begin(), earlier->end(), std::back_inserter(list));
    else
        list.push_back(std::move(gesture));
    return {std::move(list)};
}

}  // namespace

Document::Document(Graph graph, const NodeTypes& types, History history)
    : graph_(std::move(graph)), types_(&types), history_(std::move(history)) {
    history_.next_id = next_after(gan::highest_id(graph_), history_.next_id);
}

NodeId Document::fresh_id() {
    if (history_.next_id > max_node_id) throw Error("this patch has no ids left for new nodes");
    return history_.next_id++;
}

Document::Effect Document::edit(const Edit& edit, const std::string& name, uint64_t gesture) {
    Edit inverse = apply(graph_, *types_, edit);
    auto& [past, future, next_id] = history_;
    if (gesture != 0 && !past.empty() && past.back().gesture == gesture && future.empty())
        past.back().inverse = merged(std::move(past.back().inverse), std::move(inverse));
    else
        past.push_back({name, gesture, std::move(inverse)});
    future.clear();
    next_id = next_after(highest_id(edit), next_id);
    return effect_of(graph_, *types_, edit);
}

void Document::end_gesture() {
    if (!history_.past.empty()) history_.past.back().gesture = 0;
}

Document::Effect Document::take_back(std::vector<History::Step>& from, std::vector<History::Step>& to,
                                     const char* what) {
    if (from.empty()) throw Error("there is nothing to {}", what);
    Edit inverse = apply(graph_, *types_, from.back().inverse);
    History::Step step = std::move(from.back());
    from.pop_back();
    to.push_back({std::move(step.name), 0, std::move(inverse)});
    return effect_of(graph_, *types_, step.inverse);
}

Document::Effect Document::undo() {
    return take_back(history_.past, history_.future, "undo");
}

Document::Effect Document::redo() {
    return take_back(history_.future, history_.past, "redo");
}

std::vector<std::string> Document::past() const {
    std::vector<std::string> names;
    for (const History::Step& step : history_.past) names.push_back(step.name);
    return names;
}

std::vector<std::string> Document::future() const {
    std::vector<std::string> names;
    for (auto step = history_.future.rbegin(); step != history_.future.rend(); ++step)
        names.push_back(step->name);
    return names;
}

Document::Effect Document::effect_of(const Graph& graph, const NodeTypes& types, const Edit& edit) {
    Effect effect{.structural = edit.structural(), .values = {}};
    const auto parameter = [&](NodeId id, std::string_view name) {
        const auto record = graph.nodes.find(id);
        if (record == graph.nodes.end()) return;
        const auto value = record->second.params.find(name);
        if (value != record->second.params.end()) {
            effect.values.push_back({id, std::string(name), *value});
            return;
        }
        const NodeType* type = types.find(record->second.type);
        const ParamBase* param =
            type == nullptr ? nullptr : types.sample(*type, record->second.params).param(name);
        if (param != nullptr) effect.values.push_back({id, std::string(name), param->default_value()});
    };
    if (const auto* set = std::get_if<SetParam>(&edit.change)) {
        const auto record = graph.nodes.find(set->id);
        const NodeType* type = record == graph.nodes.end() ? nullptr : types.find(record->second.type);
        if (type != nullptr && !type->shaped_by.empty() && type->shaped_by == set->param)
            effect.structural = true;
        else
            parameter(set->id, set->param);
    } else if (const auto* add = std::get_if<AddNode>(&edit.change)) {
        // The player may still hold an instance of this id that was removed and came back.
        const NodeType* type = types.find(add->node.type);
        if (type != nullptr)
            for (const ParamBase* param : types.sample(*type, add->node.params).params())
                if (param->name != type->shaped_by) parameter(add->id, param->name);
    } else if (const auto* list = std::get_if<std::vector<Edit>>(&edit.change)) {
        for (const Edit& one : *list) {
            Effect part = effect_of(graph, types, one);
            effect.structural |= part.structural;
            std::move(part.values.begin(), part.values.end(), std::back_inserter(effect.values));
        }
    }
    return effect;
}

}  // namespace gan
