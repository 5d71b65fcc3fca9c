#pragma once

#include <vector>

namespace gan {

/// A point in a generator's latent space and the standard deviation it was drawn or truncated to, which
/// decides what batch-norm statistics suit it.
struct Latent {
    std::vector<float> z;  // (dim_z)
    double std = 1.0;      // 1: unit normal
};

}  // namespace gan
