#pragma once

#include "runtime/abi/gan.h"
#include "runtime/graph/group.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace gan {

/// What a patch exposes, as gan.h shows it. The graph is given to each call: its values change.
class Parameters {
public:
    Parameters(const Graph& graph, const NodeTypes& types);

    size_t size() const { return parameters_.size(); }
    const gan_parameter& info(size_t index) const { return parameters_[index].info; }

    /// The edit that sets one. Throw Failure when there is none, or it takes no such value.
    Edit set(const std::string& id, double value) const;
    Edit set(const std::string& id, const std::string& text, const Graph& graph) const;
    /// Throw Failure.
    double number(const std::string& id, const Graph& graph) const;
    std::string text(const std::string& id, const Graph& graph) const;

private:
    struct Parameter {
        gan_parameter info{};
        NodeId node = 0;
        std::string param;
        std::vector<std::string> choices;
        bool data = false;       // its text is JSON
        nlohmann::json initial;  // where the patch says nothing
    };
    const Parameter& find(const std::string& id) const;
    static nlohmann::json value(const Parameter& parameter, const Graph& graph);

    const NodeTypes& types_;
    std::vector<Parameter> parameters_;
};

}  // namespace gan
