#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace gan {

/// DiffAugment (Zhao et al. 2020, arXiv:2006.10738): everything that the discriminator sees, real or not, is
/// changed at random, differentiably, so that small data sets cannot be learned by heart.
struct Augmentation {
    bool colour = false;       // brightness +-0.5, saturation 0 to 2, contrast 0.5 to 1.5
    bool translation = false;  // by up to an eighth, zeros come in
    bool cutout = false;       // half of each side, somewhere, is zero
    bool roll = false;         // instead of translation, for pictures that tile: by any offset, around edges

    bool any() const { return colour || translation || cutout || roll; }
};

/// `x` (N, C, R, R) in [-1, 1]; the result may leave that range. A function of what is given alone.
at::Tensor augmented(const at::Tensor& x, const Augmentation& how, uint64_t seed, int64_t step, int batch);

}  // namespace gan
