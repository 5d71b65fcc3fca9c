#pragma once

#include "runtime/graph/settings.h"

#include <cstdint>

namespace gan {

/// Ticks after which a patch begins again, as it is most often meant: its length where it has one; else the
/// shortest whole number of ticks that every node's round goes into (Node::period()), up to ten minutes; else
/// a minute.
int64_t natural_loop(const Graph& graph, const NodeTypes& types, const Settings& settings);

}  // namespace gan
