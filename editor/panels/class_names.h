#pragma once

#include "editor/panels/param_edits.h"
#include "editor/ui.h"
#include "nodes/model.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gan {

/// The networks that nodes' classes are meant for.
class ClassModels {
public:
    /// Of the first generator after the node, else the first that is loaded and looked at. Null: none is.
    std::shared_ptr<const LoadedModel> of(const Ui& ui, NodeId node);

private:
    void look_at_graph(const Ui& ui);
    std::vector<PortRef> after(const Ui& ui, NodeId node) const;

    GraphMark graph_;                                 // that the rest is of
    std::multimap<NodeId, NodeId> after_;             // nodes that a node's outputs lead to
    std::vector<PortRef> any_;                        // outputs that give models
    std::map<NodeId, std::vector<PortRef>> of_node_;  // those of generators after it, the nearest first
};

/// What a text parameter calls a class: its name, or its number where the name would not be understood.
/// `listed`: in a list with commas between.
std::string class_word(const BigGanConfig& config, int index, bool listed);
/// For a person: "12  grass".
std::string class_label(const BigGanConfig& config, int index);
/// The same of a class that a mix names: its own word, where that is no number of this network's.
std::string class_label(const BigGanConfig& config, const std::string& word);

}  // namespace gan
