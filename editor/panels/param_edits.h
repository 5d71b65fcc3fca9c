#pragma once

#include "editor/ui.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gan {

/// Which graph it is, values of parameters aside: what was computed from another is out of date.
struct GraphMark {
    int64_t session = 0;
    int64_t shapes = -1;
    bool operator==(const GraphMark&) const = default;
};
GraphMark mark_of_graph(const Ui& ui);

/// What the panels change of nodes, each a step of the history with a name.

/// Sets a parameter of all these nodes, or forgets it.
void set_param(Ui& ui, const std::vector<NodeId>& nodes, const std::string& param,
               const std::optional<nlohmann::json>& value, uint64_t gesture = 0);
/// Sets a field of all these nodes, or removes it. `verb`: "Rename", "Bypass".
void set_field(Ui& ui, const std::vector<NodeId>& nodes, const std::string& field,
               const std::optional<nlohmann::json>& value, const std::string& verb, uint64_t gesture = 0);
void set_setting(Ui& ui, const std::string& setting, const std::optional<nlohmann::json>& value,
                 const std::string& name, uint64_t gesture = 0);

/// Whether a parameter is exposed, and under which name, least and largest value. None is changed that is not
/// given.
bool is_exposed(const NodeRecord& record, const std::string& param);
void expose(Ui& ui, NodeId node, const std::string& param);
void unexpose(Ui& ui, NodeId node, const std::string& param);
/// One of "name", "min", "max".
void set_exposed(Ui& ui, NodeId node, const std::string& param, const char* member,
                 const nlohmann::json& value, uint64_t gesture = 0);

/// What the patch holds, or the default.
nlohmann::json value_of_param(const NodeRecord& record, const ParamBase& param);
/// The same as the node understands it: within its range, or the default.
double number_of_param(const NodeRecord& record, const ParamBase& param);
bool toggle_of_param(const NodeRecord& record, const ParamBase& param);
int choice_of_param(const NodeRecord& record, const ParamBase& param);
std::string text_of_param(const NodeRecord& record, const ParamBase& param);
nlohmann::json number_json(double value, bool whole);

/// The output that feeds an input, through whatever groups; nothing: none does.
std::optional<PortRef> source_of_input(const Graph& graph, const PortRef& input);

/// The node's instance to read ports and parameters from; null: a group, a note, or its type is not
/// installed.
const Node* sample_of(const Ui& ui, NodeId node);

}  // namespace gan
