#pragma once

#include "runtime/graph/node.h"

namespace gan {

/// Every kind of node that comes with Ganymede: those of list.inc. To add one, write a file beside this one
/// and its line there.
const NodeTypes& builtin_nodes();

}  // namespace gan
