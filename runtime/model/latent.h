#pragma once

#include "runtime/base/latent.h"
#include "runtime/model/config.h"

#include <cstdint>
#include <span>

namespace gan {

/// A unit-normal latent that is a function of `seed` alone: the same on every machine, and a shorter one
/// is a prefix of a longer. Element i is the normal quantile of a uniform number made by
/// Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") from (seed, i).
/// [any thread]
Latent normal_latent(uint64_t seed, int dim);

/// The latent at truncation psi in (0, 1]. Throws Error when psi is out of range.
///   Quantile   z' = sqrt(2) erfinv(erf(t / sqrt(2)) erf(z / sqrt(2))) with t = 2 psi: the normal cut at
///              +-t, quantile by quantile; continuous in z and psi
///   Scale      psi times the above at t = 2
///   Resample   elements with |z_i| > 2 psi are drawn again from (seed, i), as the paper does
///              (Brock et al. 2018, section 3.1)
/// `seed` is used by Resample only and should be the one that made the latent. [any thread]
Latent truncate(const Latent& latent, double psi, TruncationMode mode, uint64_t seed);

/// Turns normal latents into what a network was trained on, number by number and quantile by quantile; of
/// truncated ones come truncated ones.
///   Uniform         erf(z / sqrt(2)), in [-1, 1]
///   Bernoulli       0 below 0, else 1
///   CensoredNormal  max(z, 0)
/// [any thread]
void shape_latents(std::span<float> z, LatentDistribution distribution);

/// Standard deviation of a unit normal cut at +-t: sqrt(1 - 2 t pdf(t) / (2 cdf(t) - 1)); 0.8796 at t = 2.
double truncated_normal_std(double t);

/// The psi whose statistics suit latents of this standard deviation: std / 0.8796.
double statistics_psi(double std);

}  // namespace gan
