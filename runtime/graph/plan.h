#pragma once

#include "runtime/graph/graph.h"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gan {

/// A node that plays. Made with its plan; carried from plan to plan while its id and type stay, so that it
/// keeps its state and its last outputs.
struct Instance {
    std::unique_ptr<Node> node;
    const NodeType* type = nullptr;
    bool dirty = true;    // a parameter changed, or it never ran
    bool fresh = true;    // it never ran, or was bypassed or muted or is no longer
    std::string shape{};  // shape_of() its type and parameters
};

/// A graph sorted and linked, ready to play. Built by any thread, then used by the player's alone; what it
/// shares with the plan before is touched by the player only.
struct Plan {
    struct Link {
        InputBase* input;
        const OutputBase* source;  // null: none
        size_t from = 0;           // step that the source belongs to
    };
    struct Step {
        NodeId id = 0;
        std::string label;
        std::shared_ptr<Instance> instance;
        std::vector<Link> links;   // one an input
        bool asked = false;        // something shown, recorded or stateful depends on it
        bool feeds_state = false;  // something stateful depends on it, or it is
        bool bypass = false;
        bool mute = false;
    };
    std::vector<Step> steps;            // each after those it takes from
    bool has_state = false;             // a step that is asked for has state
    std::vector<std::string> problems;  // values that were clamped or refused

    const Step* find(NodeId id) const;              // null: not in it
    std::vector<std::pair<NodeId, size_t>> places;  // sorted by id
};

/// Builds a plan for `graph`. `watched`: nodes whose outputs are looked at besides the sinks. Nodes of types
/// that are not installed, and links that do not fit, are left out. `gpu`: new nodes are prepared there. [any
/// thread]
std::shared_ptr<const Plan> build_plan(const Graph& graph, const NodeTypes& types,
                                       const Plan* previous = nullptr, const std::set<NodeId>& watched = {},
                                       Gpu* gpu = nullptr);

}  // namespace gan
