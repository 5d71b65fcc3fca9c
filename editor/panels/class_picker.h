#pragma once

#include "editor/panels/class_names.h"
#include "editor/panels/text_edit.h"
#include "editor/ui.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gan {

/// Whether a text parameter names classes of a network.
bool is_class_text(std::string_view node_type, std::string_view param);

/// Classes typed by name or number, or picked from a list of those that the network knows, which is searched
/// by typing. One serves a whole panel.
class ClassPicker {
public:
    /// The field, the button of the list beside it, and below them what the network calls the classes.
    ///   node    whose text is shown
    ///   nodes   that are changed
    ///   width   of all, in screen pixels
    void draw(Ui& ui, TextEdit& texts, NodeId node, const std::vector<NodeId>& nodes,
              const std::string& param, const std::string& text, float width);

private:
    /// Returns the class that was picked in this frame. `chosen`: those that are marked. `stays`: open, since
    /// more are picked.
    std::optional<int> draw_list(Ui& ui, const std::shared_ptr<const LoadedModel>& model,
                                 const std::vector<int>& chosen, bool stays);
    void find(const LoadedModel& model);

    ClassModels models_;
    std::string filter_;
    std::vector<int> found_;  // best first
    bool fresh_ = false;
};

}  // namespace gan
