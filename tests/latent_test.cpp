#include "runtime/model/latent.h"
#include "runtime/base/error.h"
#include "tests/support.h"

#include <gtest/gtest.h>

#include <cmath>

namespace gan {
namespace {

double variance(const std::vector<float>& z) {
    double sum = 0;
    for (float x : z) sum += static_cast<double>(x) * x;
    return sum / static_cast<double>(z.size());
}

TEST(Latent, IsAFunctionOfItsSeed) {
    EXPECT_EQ(normal_latent(7, 120).z, normal_latent(7, 120).z);
    EXPECT_NE(normal_latent(7, 120).z, normal_latent(8, 120).z);
}

TEST(Latent, ShorterIsAPrefixOfLonger) {
    const auto longer = normal_latent(7, 160).z;
    const auto shorter = normal_latent(7, 120).z;
    EXPECT_EQ(shorter, std::vector<float>(longer.begin(), longer.begin() + 120));
}

// Stored, so that a seed keeps its meaning on every machine and in every later version.
TEST(Latent, KeepsItsValuesForEver) {
    const auto z = normal_latent(7, 4).z;
    const std::vector<float> stored{1.69116259f, -0.235370979f, -2.50775003f, -0.278800219f};
    for (size_t i = 0; i < 4; ++i) EXPECT_FLOAT_EQ(z[i], stored[i]);
}

// 120 000 draws: the mean's standard error is 0.003, the variance's 0.004.
TEST(Latent, IsUnitNormal) {
    const auto z = normal_latent(1, 120'000).z;
    double sum = 0;
    for (float x : z) sum += x;
    EXPECT_NEAR(sum / 120'000, 0, 0.012);
    EXPECT_NEAR(variance(z), 1, 0.016);
    EXPECT_GT(max_abs(z), 3.9);
}

// A number's quantile stays: the share of a normal below z is that of what z becomes.
TEST(Latent, BecomesWhatANetworkWasTrainedOn) {
    const auto shaped = [](LatentDistribution distribution) {
        std::vector<float> z{-20, -1, 0, 0.67448975f, 2};
        shape_latents(z, distribution);
        return z;
    };
    EXPECT_EQ(shaped(LatentDistribution::Normal), (std::vector<float>{-20, -1, 0, 0.67448975f, 2}));
    EXPECT_EQ(shaped(LatentDistribution::Bernoulli), (std::vector<float>{0, 0, 1, 1, 1}));
    EXPECT_EQ(shaped(LatentDistribution::CensoredNormal), (std::vector<float>{0, 0, 0, 0.67448975f, 2}));
    const auto uniform = shaped(LatentDistribution::Uniform);
    EXPECT_FLOAT_EQ(uniform[0], -1);
    EXPECT_EQ(uniform[2], 0);
    EXPECT_FLOAT_EQ(uniform[3], 0.5) << "the third quartile of either";
}

TEST(Truncation, LeavesNoLatentBeyondTheThreshold) {
    const auto latent = normal_latent(1, 20'000);
    for (double psi : {0.02, 0.25, 1.0})
        for (auto mode : {TruncationMode::Scale, TruncationMode::Quantile, TruncationMode::Resample})
            EXPECT_LE(max_abs(truncate(latent, psi, mode, 1).z), 2 * psi * (1 + 1e-6)) << psi;
}

// A normal truncated at +-t has variance 1 - 2 t pdf(t) / (2 cdf(t) - 1); at t = 0.5 that is 0.0806.
TEST(Truncation, HasTheSpreadOfATruncatedNormal) {
    const auto latent = normal_latent(2, 120'000);
    for (auto mode : {TruncationMode::Quantile, TruncationMode::Resample}) {
        const auto cut = truncate(latent, 0.25, mode, 2);
        EXPECT_NEAR(variance(cut.z), 0.0806, 0.001);
        EXPECT_NEAR(cut.std * cut.std, 0.0806, 0.0001);
    }
    const auto scaled = truncate(latent, 0.25, TruncationMode::Scale, 2);
    EXPECT_NEAR(std::sqrt(variance(scaled.z)), 0.25 * 0.8796, 0.001);
    EXPECT_NEAR(scaled.std, 0.25 * 0.8796, 0.0001);
}

TEST(Truncation, ModesMeetAtOne) {
    const auto latent = normal_latent(3, 1000);
    EXPECT_EQ(truncate(latent, 1, TruncationMode::Scale, 3).z,
              truncate(latent, 1, TruncationMode::Quantile, 3).z);
    EXPECT_NEAR(truncate(latent, 1, TruncationMode::Resample, 3).std, 0.8796, 1e-4);
    EXPECT_NEAR(statistics_psi(truncate(latent, 1, TruncationMode::Quantile, 3).std), 1.0, 1e-12);
}

// Redrawing keeps what is inside; the quantile map must be smooth and keep the order of latents.
TEST(Truncation, QuantileIsSmoothAndMonotoneAlongAWalk) {
    Latent ramp;
    for (int i = 0; i <= 1200; ++i) ramp.z.push_back(-6 + 0.01f * static_cast<float>(i));
    const auto cut = truncate(ramp, 0.25, TruncationMode::Quantile, 0).z;
    for (size_t i = 1; i < cut.size(); ++i) {
        EXPECT_GE(cut[i], cut[i - 1]);
        EXPECT_LT(cut[i] - cut[i - 1], 0.01);
    }
}

TEST(Truncation, ResamplingKeepsWhatIsInside) {
    const auto latent = normal_latent(4, 1000);
    const auto cut = truncate(latent, 0.5, TruncationMode::Resample, 4);
    for (size_t i = 0; i < cut.z.size(); ++i) {
        if (std::abs(latent.z[i]) > 1) continue;
        EXPECT_EQ(cut.z[i], latent.z[i]);
    }
}

TEST(Truncation, RefusesPsiOutOfRange) {
    for (double psi : {0.0, -0.5, 1.01, std::nan("")})
        EXPECT_THROW(truncate(normal_latent(1, 4), psi, TruncationMode::Scale, 1), Error) << psi;
}

}  // namespace
}  // namespace gan
