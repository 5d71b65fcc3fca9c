#include "runtime/graph/document.h"

#include "runtime/base/error.h"

#include <algorithm>

namespace gan {
namespace {

using nlohmann::json;

/// Whether `earlier` already puts back what `later` would: then a gesture needs only the first of the two.
bool covers(const Edit& earlier, const Edit& later) {
    if (const auto* list = std::get_if<std::vector<Edit>>(&earlier.change))
        return std::any_of(list->begin(), list->end(), [&](const Edit& edit) { return covers(edit, later); });
    const auto* a = std::get_if<SetParam>(&earlier.change);
    const auto* b = std::get_if<SetParam>(&later.change);
    if (a != nullptr && b != nullptr) return a->id == b->id && a->param == b->param;
    const auto* c = std::get_if<SetField>(&earlier.change);
    const auto* d = std::get_if<SetField>(&later.change);
    return c != nullptr && d != nullptr && c->id == d->id && c->field == d->field;
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

Document::Document(Graph graph, const NodeTypes& types)
    : graph_(std::move(graph)), types_(types), next_id_(gan::fresh_id(graph_)) {}

Document::Effect Document::edit(const Edit& edit, const std::string& name, uint64_t gesture) {
    Edit inverse = apply(graph_, types_, edit);
    if (gesture != 0 && !past_.empty() && past_.back().gesture == gesture && future_.empty())
        past_.back().inverse = merged(std::move(past_.back().inverse), std::move(inverse));
    else
        past_.push_back({name, gesture, std::move(inverse)});
    future_.clear();
    next_id_ = std::max(next_id_, gan::fresh_id(graph_));
    return effect_of(edit);
}

Document::Effect Document::take_back(std::vector<Step>& from, std::vector<Step>& to, const char* what) {
    if (from.empty()) throw Error("there is nothing to {}", what);
    Edit inverse = apply(graph_, types_, from.back().inverse);
    Step step = std::move(from.back());
    from.pop_back();
    to.push_back({std::move(step.name), 0, std::move(inverse)});
    return effect_of(step.inverse);
}

Document::Effect Document::undo() {
    return take_back(past_, future_, "undo");
}

Document::Effect Document::redo() {
    return take_back(future_, past_, "redo");
}

std::vector<std::string> Document::past() const {
    std::vector<std::string> names;
    for (const Step& step : past_) names.push_back(step.name);
    return names;
}

std::vector<std::string> Document::future() const {
    std::vector<std::string> names;
    for (auto step = future_.rbegin(); step != future_.rend(); ++step) names.push_back(step->name);
    return names;
}

Document::Effect Document::effect_of(const Edit& edit) const {
    Effect effect{.structural = edit.structural(), .values = {}};
    const auto parameter = [&](NodeId id, const std::string& name) {
        const auto record = graph_.nodes.find(id);
        if (record == graph_.nodes.end()) return;
        const auto value = record->second.params.find(name);
        if (value != record->second.params.end()) {
            effect.values.push_back({id, name, *value});
            return;
        }
        const NodeType* type = types_.find(record->second.type);
        const ParamBase* param = type == nullptr ? nullptr : types_.sample(*type).param(name);
        if (param != nullptr) effect.values.push_back({id, name, param->default_value()});
    };
    if (const auto* set = std::get_if<SetParam>(&edit.change)) {
        parameter(set->id, set->param);
    } else if (const auto* add = std::get_if<AddNode>(&edit.change)) {
        // The player may still hold an instance of this id that was removed and came back.
        const NodeType* type = types_.find(add->node.type);
        if (type != nullptr)
            for (const ParamBase* param : types_.sample(*type).params()) parameter(add->id, param->name);
    } else if (const auto* list = std::get_if<std::vector<Edit>>(&edit.change)) {
        for (const Edit& one : *list) {
            Effect part = effect_of(one);
            std::move(part.values.begin(), part.values.end(), std::back_inserter(effect.values));
        }
    }
    return effect;
}

}  // namespace gan
