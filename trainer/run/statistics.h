#pragma once

#include "runtime/model/checkpoint.h"
#include "trainer/networks/generator.h"

#include <cstdint>
#include <functional>

namespace gan {

/// Truncations whose batch-norm statistics a finished model carries; the last is an untruncated normal's.
std::vector<double> statistics_grid();

/// A generator as a model file: its state, weights of two or more dimensions in half precision, with the
/// running statistics as the one row.
Checkpoint checkpoint_of(const Generator& generator);

/// The same with standing statistics (Brock et al. 2018, section 2.1) at every psi of statistics_grid(): of
/// the weights as they are stored, with sigma as lowering folds it, over `samples` latents with the classes
/// in turn and the same latents, of the network's distribution, at each psi. Pooled: mean, and mean of
/// squares less its square. `batch`: pictures at a time at the least, more where they are small. `progress`
/// is told the share done; throws Interrupted after Ctrl-C. The generator is left as it was.
Checkpoint measured_checkpoint(const Generator& generator, int64_t samples, int batch, uint64_t seed,
                               const std::function<void(double)>& progress = {});

}  // namespace gan
