#pragma once

#include "runtime/graph/graph.h"

#include <random>

namespace gan {

/// A few kinds of nodes for tests of the graph: test.constant, test.add, test.count (state), test.delay
/// (feedback), test.clock (time), test.text, test.fail, test.sink, test.scale (its version is 2).
const NodeTypes& test_nodes();

/// How often test.add has run since the program began.
extern int test_adds;

Edit add_node(NodeId id, const std::string& type, const nlohmann::json& params = nlohmann::json::object());
Edit link(NodeId from, const std::string& output, NodeId to, const std::string& input);
Edit set(NodeId id, const std::string& param, const nlohmann::json& value);

/// One that fits, or one that does not: the graph decides.
Edit random_edit(std::mt19937& random);

/// A chain of `count` nodes: a constant, then adds, each taking from the one before, and a sink.
Graph chain(int count);

}  // namespace gan
