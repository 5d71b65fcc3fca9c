#pragma once

#include "runtime/model/config.h"
#include "runtime/model/tensor.h"

#include <optional>
#include <string>

namespace gan {

/// Family, sizes and statistics rows, from names and shapes in the reference's layout; eps, activation
/// and names keep their defaults. `depth` settles what shapes leave open. Throws Error naming `source`.
BigGanConfig infer_config(const StateDict& tensors, std::optional<int> depth, const std::string& source);

}  // namespace gan
