#pragma once

#include "trainer/data/dataset.h"
#include "trainer/recipe/gan_step.h"
#include "trainer/recipe/random.h"
#include "trainer/run/config.h"

namespace gan {

/// The micro-batches of a run: functions of the seed and the step alone.
class Batches {
public:
    Batches(const Dataset& data, const TrainConfig& config, const BigGanConfig& generator);

    /// Number `index`, 0 to d_steps * accumulate - 1, of what D takes at a step, counted from 1.
    Batch for_discriminator(int64_t step, int index) const;
    /// Number `index`, 0 to accumulate - 1, of what G takes.
    Batch for_generator(int64_t step, int index) const;

    /// Latents (count, dim_z) and labels as training draws them.
    Batch latents(Stream stream, int64_t step, int batch, int64_t count) const;

private:
    void add_real(Batch& batch, int64_t step, int index) const;

    const Dataset& data_;
    TrainConfig config_;
    int dim_z_;
};

/// A float picture (N, C, R, R) in [-1, 1], channels last, of bytes (N, R, R, C).
at::Tensor from_bytes(const at::Tensor& bytes);

}  // namespace gan
