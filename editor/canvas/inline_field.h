#pragma once

#include "editor/ui.h"

#include <optional>
#include <string>

namespace gan {

/// A text field on the canvas, in the place of what it changes. Enter or a click elsewhere takes the text,
/// Escape leaves what was.
class InlineField {
public:
    enum class What { Nothing, Title, Value, Note };

    void open(What what, NodeId node, std::string param, std::string text);
    void close() { what_ = What::Nothing; }
    What what() const { return what_; }
    NodeId node() const { return node_; }
    const std::string& param() const { return param_; }
    /// Each frame while it is open, with its place on screen and the size of its letters. Returns the text,
    /// once; so it does when its place is no longer in sight, where nobody could type into it.
    std::optional<std::string> draw(Ui& ui, const Rect& place, float px);

private:
    What what_ = What::Nothing;
    NodeId node_ = 0;
    std::string param_;
    std::string text_;
    bool first_ = false;  // it has not been seen yet
    int unseen_ = 0;      // frames that it was open out of sight
};

}  // namespace gan
