#pragma once

#include "runtime/graph/graph.h"
#include "runtime/graph/player.h"

#include <cstdint>
#include <string>
#include <vector>

namespace gan {

/// What can be undone and redone, as data: what a journal starts from.
struct History {
    struct Step {
        std::string name;
        uint64_t gesture = 0;  // that a further edit may join; 0: none
        Edit inverse;
    };
    std::vector<Step> past;    // oldest first
    std::vector<Step> future;  // the next one last
    NodeId next_id = 1;        // above every id that the document has or had
};

/// A graph with its past: every change goes through edit(), and can be undone and redone. Used by one thread.
class Document {
public:
    /// `history` must be one of this graph; steps of another are refused when they are undone.
    Document(Graph graph, const NodeTypes& types, History history = {});

    const Graph& graph() const { return graph_; }
    const NodeTypes& types() const { return *types_; }
    const History& history() const { return history_; }
    /// An id that no node of this document has or had. Throws Error when all are used up.
    NodeId fresh_id();

    /// What a player needs to know of a change.
    struct Effect {
        bool structural = false;          // it needs a new plan
        std::vector<ValueChange> values;  // after it
    };

    /// Of an edit that has been applied to `graph`.
    static Effect effect_of(const Graph& graph, const NodeTypes& types, const Edit& edit);

    /// Applies an edit. Edits of one gesture (a number that is not 0, of one drag of a knob) that follow one
    /// another are one step of the history. Throws Error, with nothing changed, when the edit does not fit.
    Effect edit(const Edit& edit, const std::string& name, uint64_t gesture = 0);
    /// The next edit is a step of its own, whatever its gesture.
    void end_gesture();

    bool can_undo() const { return !history_.past.empty(); }
    bool can_redo() const { return !history_.future.empty(); }
    /// Throw Error when there is nothing to undo or redo.
    Effect undo();
    Effect redo();
    /// Names of the steps that can be undone, oldest first, and redone, next first.
    std::vector<std::string> past() const;
    std::vector<std::string> future() const;

private:
    Effect take_back(std::vector<History::Step>& from, std::vector<History::Step>& to, const char* what);

    Graph graph_;
    const NodeTypes* types_;
    History history_;
};

}  // namespace gan
