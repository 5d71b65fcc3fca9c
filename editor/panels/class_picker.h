#pragma once

#include "editor/panels/param_edits.h"
#include "editor/ui.h"
#include "nodes/model.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gan {

/// A list of the classes that a network knows, searched by typing. One serves a whole panel.
class ClassPicker {
public:
    /// A button that opens it. Returns the class that was picked in this frame. `chosen`: those that are
    /// marked. `stays`: open, since more are picked.
    std::optional<int> draw(Ui& ui, const char* id, const std::shared_ptr<const LoadedModel>& model,
                            const std::vector<int>& chosen, bool stays);
    /// The network that a node's classes are meant for: of the first generator after it, else the first that
    /// is loaded and looked at. Null: none is.
    std::shared_ptr<const LoadedModel> model_for(const Ui& ui, NodeId node);

private:
    void find(const LoadedModel& model);
    GraphMark graph_;  // that the next two are of
    NodeId node_ = 0;
    std::vector<PortRef> models_;  // outputs that may give its network, the best first
    std::string filter_;
    std::vector<int> found_;  // best first
    bool fresh_ = false;
};

/// What a text parameter calls a class: its name, or its number where the name would not be understood.
/// `listed`: in a list with commas between.
std::string class_word(const BigGanConfig& config, int index, bool listed);
/// For a person: "12 grass".
std::string class_label(const BigGanConfig& config, int index);

}  // namespace gan
