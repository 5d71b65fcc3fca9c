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
    GraphMark graph_;                                // that the next are of
    std::map<NodeId, std::vector<PortRef>> models_;  // outputs that may give a node's, the best first
};

/// What a text parameter calls a class: its name, or its number where the name would not be understood.
/// `listed`: in a list with commas between.
std::string class_word(const BigGanConfig& config, int index, bool listed);
/// For a person: "12  grass".
std::string class_label(const BigGanConfig& config, int index);
/// The same of a class that a mix names: its own word, where that is no number of this network's.
std::string class_label(const BigGanConfig& config, const std::string& word);

}  // namespace gan
