#pragma once

#include "trainer/networks/discriminator.h"
#include "trainer/networks/generator.h"
#include "trainer/recipe/adam.h"

#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace gan {

/// How one step is made. Sources: Brock et al. 2018, arXiv:1809.11096, sections 3, 4 and appendix C;
/// ajbrock/BigGAN-PyTorch for what the paper leaves open.
struct StepOptions {
    AdamOptions generator{.lr = 1e-4};
    AdamOptions discriminator{.lr = 4e-4};
    double generator_orthogonal = 0;  // strength, see add_orthogonal_gradient
    double discriminator_orthogonal = 0;
    double generator_clamp =
        0;  // most that first singular values may be, see clamp_first_singular_values; 0: any
    double discriminator_clamp = 0;
    double clip = 0;  // most that a gradient's norm may be; 0: no limit
    double r1 = 0;    // gamma of the penalty gamma/2 |dD/dx|^2 on real pictures; 0: none
    double ema_decay = 0.9999;
    int64_t ema_start = 0;                // G steps before which the average is a copy
    at::ScalarType compute = at::kFloat;  // of maps, see GeneratorImpl
    /// Applied to everything that D sees, differentiably; or nothing.
    std::function<at::Tensor(const at::Tensor& x)> augment;
};

/// What a micro-batch of D's step takes; of G's, the first two alone.
struct Batch {
    at::Tensor z;       // (N, dim_z)
    at::Tensor labels;  // (N), of what is generated
    at::Tensor x;       // (N, image channels, R, R) in [-1, 1], real
    at::Tensor y;       // (N), its labels
};

/// Hinge loss (Lim and Ye 2017, arXiv:1705.02894), of the last micro-batch and undivided, and what D said.
struct StepReport {
    double loss = 0;  // of G; of D the sum of both
    double loss_real = 0, loss_fake = 0;
    double score_real = 0, score_fake = 0;  // mean of D's output
    double gradient_norm = 0;               // before clipping

    bool finite() const { return std::isfinite(loss + score_real + score_fake + gradient_norm); }
};

/// A generator, its moving average and a discriminator in training. One thread.
class GanStep {
public:
    GanStep(Generator generator, Discriminator discriminator, Generator average, const StepOptions& options);

    // A step whose report is not finite moves no weight.

    /// One step of D on the mean of the micro-batches' losses. G runs in training mode, without gradient.
    StepReport discriminator_step(std::span<const Batch> batches);

    /// One step of G, and of its average; `step` counts them from 1.
    StepReport generator_step(std::span<const Batch> batches, int64_t step);

    /// Why a step of these batches was not finite: names the first part, in the order in which G and then D
    /// compute, whose output is not, and its weight if that is not; else the first gradient that is not.
    std::string first_not_finite(std::span<const Batch> batches);

    /// Of both learning rates, for decay and for rolling back.
    double lr_factor = 1;

    Generator generator;
    Discriminator discriminator;
    Generator average;
    Adam generator_adam, discriminator_adam;

private:
    StepOptions options_;
};

}  // namespace gan
