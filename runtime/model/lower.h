#pragma once

#include "runtime/model/checkpoint.h"
#include "runtime/model/program.h"

#include <optional>

namespace gan {

struct LowerOptions {
    /// The form of every upsampling convolution; unset: Differences for layers of at least 65536 pairs of
    /// channels on maps up to 32x32, else Transposed. On larger maps, adding up the nine products costs as
    /// much memory traffic as their fewer multiplications save (measured on BigGAN-128, ch 96); in smaller
    /// layers the gain is less than the time it takes to compile the nine.
    std::optional<UpConvForm> form;
    bool swapped_interpolation = false;  // see BasicModulation
};

/// Turns a checkpoint into the program that engines run. Spectral norm is folded into the weights with
/// sigma exactly as the reference's evaluation mode has it: one power iteration from u0 (or u0 W v0
/// where v0 is stored); shortcuts move before the upsampling; output channels beyond the picture's
/// are cut after sigma was taken over all of them. Throws Error naming the tensor that is missing, has
/// the wrong shape, or holds a value that is not finite. [any thread]
///
/// T is float for engines; double keeps every product of the folding exact enough for an oracle.
template <class T = float>
BasicProgram<T> lower(const Checkpoint& checkpoint, const LowerOptions& options = {});

}  // namespace gan
