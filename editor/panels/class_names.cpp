#include "editor/panels/class_names.h"

#include "runtime/base/error.h"
#include "runtime/model/classes.h"

#include <fmt/format.h>

#include <charconv>
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

}  // namespace

void ClassModels::look_at_graph(const Ui& ui) {
    const GraphMark graph = mark_of_graph(ui);
    if (graph == graph_) return;
    graph_ = graph;
    after_.clear();
    any_.clear();
    of_node_.clear();
    for (const auto& [to, from] : ui.session.graph().links) after_.emplace(from.node, to.node);
    for (const auto& [id, record] : ui.session.graph().nodes)
        if (const Node* sample = sample_of(ui, id))
            for (const OutputBase* output : sample->outputs())
                if (output->type == PortType::Model) any_.push_back({id, std::string(output->name)});
}

/// Those of the generators after a node, the nearest first.
std::vector<PortRef> ClassModels::after(const Ui& ui, NodeId node) const {
    std::vector<PortRef> models;
    std::set<NodeId> seen{node};
    std::deque<NodeId> open{node};
    while (!open.empty()) {
        const NodeId here = open.front();
        open.pop_front();
        if (const Node* sample = sample_of(ui, here))
            for (const InputBase* input : sample->inputs())
                if (input->type == PortType::Model)
                    if (const auto source =
                            source_of_input(ui.session.graph(), {here, std::string(input->name)}))
                        models.push_back(*source);
        const auto [first, last] = after_.equal_range(here);
        for (auto next = first; next != last; ++next)
            if (seen.insert(next->second).second) open.push_back(next->second);
    }
    return models;
}

std::shared_ptr<const LoadedModel> ClassModels::of(const Ui& ui, NodeId node) {
    look_at_graph(ui);
    const auto [found, fresh] = of_node_.try_emplace(node);
    if (fresh) found->second = after(ui, node);
    for (const std::vector<PortRef>* outputs : {&found->second, &any_})
        for (const PortRef& output : *outputs)
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

std::string class_label(const BigGanConfig& config, const std::string& word) {
    int index = -1;
    const char* end = word.data() + word.size();
    const auto read = std::from_chars(word.data(), end, index);
    const bool number = read.ec == std::errc() && read.ptr == end && index >= 0 && index < config.classes;
    return number ? class_label(config, index) : word;
}

}  // namespace gan
