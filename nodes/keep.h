#pragma once

#include "runtime/base/latent.h"

#include <nlohmann/json_fwd.hpp>

namespace gan {

/// What parameter 'kept' of a Keep node stores, so that it gives this latent from then on, bit for bit:
/// capturing is an edit, SetParam{id, "kept", kept_latent(*input)}; without a value it lets go again.
nlohmann::json kept_latent(const Latent& latent);

}  // namespace gan
