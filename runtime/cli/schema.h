#pragma once

#include "runtime/graph/node.h"

#include <nlohmann/json_fwd.hpp>

namespace gan {

/// A JSON Schema (draft 7) of patch files: what runtime/graph/patch.h says, with the parameters of these
/// kinds of nodes. Members, parameters and node types that it does not know are allowed, since they survive.
nlohmann::json patch_schema(const NodeTypes& types);

}  // namespace gan
