#include "runtime/model/latent.h"

#include "runtime/base/error.h"

#include <Random123/philox.h>
#include <boost/math/special_functions/erf.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gan {
namespace {

/// Uniform in (0, 1) from (seed, element, attempt): 53 bits, never 0 or 1.
double uniform(uint64_t seed, uint64_t element, uint32_t attempt) {
    const r123::Philox4x32 philox;
    const r123::Philox4x32::ctr_type counter{
        {static_cast<uint32_t>(element), static_cast<uint32_t>(element >> 32), attempt, 0}};
    const r123::Philox4x32::key_type key{{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)}};
    const auto bits = philox(counter, key);
    const uint64_t wide = (static_cast<uint64_t>(bits[0]) << 32 | bits[1]) >> 11;
    return (static_cast<double>(wide) + 0.5) * 0x1p-53;
}

/// In doubles: Boost's own choice, 80 bits, takes three times as long for digits that no float keeps.
double erf_inverse(double x) {
    using boost::math::policies::policy;
    using boost::math::policies::promote_double;
    return boost::math::erf_inv(x, policy<promote_double<false>>());
}

double normal(uint64_t seed, uint64_t element, uint32_t attempt) {
    return std::numbers::sqrt2 * erf_inverse(2 * uniform(seed, element, attempt) - 1);
}

}  // namespace

Latent normal_latent(uint64_t seed, int dim) {
    Latent latent;
    latent.z.resize(static_cast<size_t>(dim));
    for (size_t i = 0; i < latent.z.size(); ++i) latent.z[i] = static_cast<float>(normal(seed, i, 0));
    return latent;
}

Latent truncate(const Latent& latent, double psi, TruncationMode mode, uint64_t seed) {
    if (!(psi > 0 && psi <= 1))
        throw Error("truncation {} is out of range: it is above 0 and at most 1 (leave it out for none)",
                    psi);
    constexpr double root2 = std::numbers::sqrt2;
    const double threshold = mode == TruncationMode::Scale ? 2.0 : 2.0 * psi;
    const double kept = std::erf(threshold / root2);  // share of a normal inside the threshold
    Latent result = latent;
    for (size_t i = 0; i < result.z.size(); ++i) {
        float& z = result.z[i];
        if (mode == TruncationMode::Resample) {
            // The share kept is at least 1 in 60 000 for psi above 1e-5; redrawing ends long before 2^32.
            for (uint32_t attempt = 1; std::abs(z) > threshold; ++attempt) {
                if (attempt == 1u << 20) {
                    z = 0;  // only for psi so small that 0 is as good as any
                    break;
                }
                z = static_cast<float>(normal(seed, i, attempt));
            }
        } else {
            z = static_cast<float>(root2 * erf_inverse(kept * std::erf(z / root2)));
            if (mode == TruncationMode::Scale) z = static_cast<float>(psi * z);
        }
    }
    result.std =
        mode == TruncationMode::Scale ? psi * truncated_normal_std(2.0) : truncated_normal_std(threshold);
    return result;
}

void shape_latents(std::span<float> z, LatentDistribution distribution) {
    switch (distribution) {
        case LatentDistribution::Normal:
            break;
        case LatentDistribution::Uniform:
            for (float& value : z) value = static_cast<float>(std::erf(value / std::numbers::sqrt2));
            break;
        case LatentDistribution::Bernoulli:
            for (float& value : z) value = value < 0 ? 0.0f : 1.0f;
            break;
        case LatentDistribution::CensoredNormal:
            for (float& value : z) value = std::max(value, 0.0f);
            break;
    }
}

double truncated_normal_std(double t) {
    const double density = std::exp(-t * t / 2) / std::sqrt(2 * std::numbers::pi);
    const double kept = std::erf(t / std::numbers::sqrt2);
    // The closed form loses its digits below 0.01; there the cut normal is as good as uniform.
    return t < 0.01 ? t / std::sqrt(3.0) : std::sqrt(1 - 2 * t * density / kept);
}

double statistics_psi(double std) {
    static const double unit = truncated_normal_std(2.0);
    return std / unit;
}

}  // namespace gan
