#pragma once

#include "runtime/graph/graph.h"
#include "runtime/graph/player.h"

#include <cstdint>
#include <string>
#include <vector>

namespace gan {

/// A graph with its past: every change goes through edit(), and can be undone and redone. Used by one thread.
class Document {
public:
    Document(Graph graph, const NodeTypes& types);

    const Graph& graph() const { return graph_; }
    const NodeTypes& types() const { return types_; }
    /// An id that no node of this document has or had.
    NodeId fresh_id() { return next_id_++; }

    /// What a player needs to know of a change.
    struct Effect {
        bool structural = false;          // it needs a new plan
        std::vector<ValueChange> values;  // after it
    };

    /// Applies an edit. Edits of one gesture (a number that is not 0, of one drag of a knob) that follow one
    /// another are one step of the history. Throws Error, with nothing changed, when the edit does not fit.
    Effect edit(const Edit& edit, const std::string& name, uint64_t gesture = 0);

    bool can_undo() const { return !past_.empty(); }
    bool can_redo() const { return !future_.empty(); }
    /// Throw Error when there is nothing to undo or redo.
    Effect undo();
    Effect redo();
    /// Names of the steps that can be undone, oldest first, and redone, next first.
    std::vector<std::string> past() const;
    std::vector<std::string> future() const;

private:
    struct Step {
        std::string name;
        uint64_t gesture;
        Edit inverse;
    };
    Effect effect_of(const Edit& edit) const;
    Effect take_back(std::vector<Step>& from, std::vector<Step>& to, const char* what);

    Graph graph_;
    const NodeTypes& types_;
    NodeId next_id_;
    std::vector<Step> past_;
    std::vector<Step> future_;
};

}  // namespace gan
