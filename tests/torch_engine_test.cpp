// The LibTorch engine on the processor against the float64 interpreter. The CUDA engine runs the same
// TorchProgram; what only a GPU can show is in tests/gpu/engine_check.cpp.

#include "runtime/base/error.h"
#include "runtime/model/backends.h"
#include "runtime/model/latent.h"
#include "runtime/model/lower.h"
#include "tests/interpreter.h"
#include "tests/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

namespace gan {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

std::unique_ptr<Engine> open_torch(const Checkpoint& checkpoint, EngineOptions options = {},
                                   const LowerOptions& lowered = {}) {
    return std::make_unique<Engine>(std::make_shared<Program>(lower(checkpoint, lowered)), options,
                                    [](const auto& program, const EngineOptions& asked) {
                                        return module_backend("gan_torch.so", "gan_torch_backend", program,
                                                              asked);
                                    });
}

std::vector<float> torch_picture(Engine& engine, const Variant& variant, uint64_t seed = 11, int count = 1) {
    engine.prepare(variant).get();
    std::vector<float> z;
    std::vector<Conditioning> conditioning;
    for (int i = 0; i < count; ++i) {
        const auto one = normal_latent(seed + static_cast<uint64_t>(i), engine.program().dim_z).z;
        z.insert(z.end(), one.begin(), one.end());
        conditioning.push_back({.classes = {{1, 1.0f}}});
    }
    const std::vector<double> psi(static_cast<size_t>(count), 0.5);
    std::vector<float> rgb(static_cast<size_t>(count) * engine.picture_size(variant));
    engine.run({.variant = variant, .z = z, .psi = psi, .conditioning = conditioning}, rgb);
    return rgb;
}

Interpretation oracle_of(const Checkpoint& checkpoint, const Variant& variant = {}) {
    return interpret(lower<double>(checkpoint), {.z = normal_latent(11, checkpoint.config.dim_z).z,
                                                 .conditioning = {.classes = {{1, 1.0f}}},
                                                 .psi = 0.5,
                                                 .variant = variant});
}

// The tolerances of openvino_test.cpp, which are the design's.
class TorchShapes : public testing::TestWithParam<std::tuple<Family, int>> {};

TEST_P(TorchShapes, AgreesWithTheInterpreter) {
    const auto [family, resolution] = GetParam();
    const Checkpoint checkpoint =
        random_checkpoint(small_config(family, resolution, resolution > 128 ? 2 : 4), 21);
    const auto engine = open_torch(checkpoint);
    std::vector<Variant> variants{{}};
    if (resolution <= 64)
        variants = {{},
                    {.wrap_x = true},
                    {.wrap_y = true},
                    {.wrap_x = true, .wrap_y = true, .grid_x = 2, .grid_y = 3}};
    for (const Variant& variant : variants)
        EXPECT_LT(
            max_difference(torch_picture(*engine, variant), oracle_of(checkpoint, variant).picture.values),
            (family == Family::BigGan ? 2e-5 : 2e-4) * (resolution > 128 ? 2 : 1));
}

INSTANTIATE_TEST_SUITE_P(All, TorchShapes,
                         testing::Combine(testing::Values(Family::BigGan, Family::BigGanDeep),
                                          testing::Values(32, 64, 128, 256, 512)),
                         [](const auto& info) {
                             return fmt::format(
                                 "{}_{}", std::get<0>(info.param) == Family::BigGan ? "BigGan" : "BigGanDeep",
                                 std::get<1>(info.param));
                         });

// However the upsampling convolutions were lowered, and whatever wraps.
TEST(TorchEngine, KnowsEveryFormOfUpsamplingConvolution) {
    const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 64), 31);
    for (const UpConvForm form : {UpConvForm::Plain, UpConvForm::Transposed, UpConvForm::Differences}) {
        const auto engine = open_torch(checkpoint, {}, {.form = form});
        for (const Variant& variant : {Variant{}, Variant{.wrap_x = true}, Variant{.wrap_y = true},
                                       Variant{.wrap_x = true, .wrap_y = true, .grid_x = 2}})
            EXPECT_LT(max_difference(torch_picture(*engine, variant),
                                     oracle_of(checkpoint, variant).picture.values),
                      2e-5)
                << "form " << static_cast<int>(form) << ", wrap " << variant.wrap_x << variant.wrap_y;
    }
}

TEST(TorchEngine, KnowsEveryActivation) {
    for (const Activation activation :
         {Activation::Relu, Activation::LeakyRelu, Activation::Elu, Activation::Gelu}) {
        Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 32), 22);
        checkpoint.config.activation = activation;
        EXPECT_LT(
            max_difference(torch_picture(*open_torch(checkpoint), {}), oracle_of(checkpoint).picture.values),
            2e-5)
            << name_of(activation);
    }
}

TEST(TorchEngine, MakesGreyAndTransparentPictures) {
    for (const int channels : {1, 4}) {
        BigGanConfig config = small_config(Family::BigGan, 32, 3);
        config.image_channels = channels;
        const Checkpoint checkpoint = random_checkpoint(config, 23);
        EXPECT_LT(
            max_difference(torch_picture(*open_torch(checkpoint), {}), oracle_of(checkpoint).picture.values),
            2e-5);
    }
}

// Keys of 1/8 and values of 1/2 of the channels, padded to one width; 128x128 queries do not fit a cache.
TEST(TorchEngine, AttentionOverALargeMapIsAttention) {
    BigGanConfig config = small_config(Family::BigGan, 256, 2);
    config.attention = {128};
    const Checkpoint checkpoint = random_checkpoint(config, 28);
    EXPECT_LT(
        max_difference(torch_picture(*open_torch(checkpoint), {}), oracle_of(checkpoint).picture.values),
        2e-5);
}

TEST(TorchEngine, EveryTapHoldsItsBlock) {
    const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGanDeep, 64), 32);
    const auto engine = open_torch(checkpoint, {.taps = true});
    torch_picture(*engine, {});
    const auto oracle = oracle_of(checkpoint);
    ASSERT_FALSE(oracle.taps.empty());
    for (const auto& [name, map] : oracle.taps) {
        const auto value = engine->tap({}, name);
        ASSERT_TRUE(value) << name;
        EXPECT_LT(max_difference(*value, map.values), 2e-4 * std::max(1.0, max_abs(map.values))) << name;
    }
    EXPECT_FALSE(engine->tap({}, "no such block"));
}

std::vector<Precision> precisions_here() {
    std::vector<Precision> result;
    const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 32), 30);
    for (const Precision precision : {Precision::F32, Precision::BF16, Precision::F16}) {
        try {
            open_torch(checkpoint, {.precision = precision});
            result.push_back(precision);
        } catch (const Error& refused) {
            EXPECT_THAT(refused.what(), HasSubstr("use --precision f32"));
        }
    }
    return result;
}

TEST(TorchEngine, TheSameRequestGivesTheSameBytesAloneAndInAnyBatch) {
    const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 64, 8), 24);
    for (const Precision precision : precisions_here()) {
        const auto engine = open_torch(checkpoint, {.precision = precision, .batch = 9});
        const auto batch = torch_picture(*engine, {}, 5, 9);
        for (size_t n = 0; n < 9; ++n) EXPECT_EQ(torch_picture(*engine, {}, 5 + n), part(batch, n, 9));
        EXPECT_EQ(torch_picture(*engine, {}, 5, 9), batch);
        EXPECT_EQ(torch_picture(*open_torch(checkpoint, {.precision = precision}), {}, 5, 9), batch);
    }
}

// Of the public fixtures (golden_test.cpp), PyTorch's bf16 differs by 0.014 in the mean at the most; 1.3
// times that is the bound. f16 has three bits more.
TEST(TorchEngine, HalvesAreAsGoodAsTheirBits) {
    for (const Family family : {Family::BigGan, Family::BigGanDeep}) {
        const Checkpoint checkpoint = random_checkpoint(small_config(family, 64, 8), 33);
        const auto exact = oracle_of(checkpoint).picture.values;
        for (const Precision precision : precisions_here()) {
            const auto picture = torch_picture(*open_torch(checkpoint, {.precision = precision}), {});
            EXPECT_TRUE(all_finite(picture));
            const double bound =
                precision == Precision::F32 ? 2e-5 : 1.3 * 0.0141 / (precision == Precision::F16 ? 8 : 1);
            EXPECT_LT(mean_difference(picture, exact), bound) << name_of(precision);
        }
    }
}

// The number of threads is each caller's own: two engines that run at once do not disturb each other.
TEST(TorchEngine, EnginesWithDifferentThreadsPlayAtOnce) {
    const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 64, 8), 34);
    std::vector<std::thread> players;
    for (const int threads : {1, 2, 3})
        players.emplace_back([&checkpoint, threads] {
            const auto engine = open_torch(checkpoint, {.threads = threads});
            const auto first = torch_picture(*engine, {});
            for (int i = 0; i < 20; ++i) EXPECT_EQ(torch_picture(*engine, {}), first);
        });
    for (std::thread& player : players) player.join();
}

TEST(TorchEngine, SaysWhatItIs) {
    const auto engine = open_torch(random_checkpoint(small_config(Family::BigGan, 32), 30), {.threads = 2});
    EXPECT_THAT(engine->description(), MatchesRegex("LibTorch 2\\.[0-9]+ on .+, f32, 2 threads"));
    EXPECT_EQ(engine->stream(), nullptr);
    EXPECT_GT(engine->macs(), 0);
}

TEST(TorchEngine, CountsThePlainFormAsItRunsIt) {
    const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 64), 35);
    const auto transposed = open_torch(checkpoint, {}, {.form = UpConvForm::Transposed});
    const auto plain = open_torch(checkpoint, {}, {.form = UpConvForm::Plain});
    EXPECT_NEAR(plain->macs() / transposed->macs(), 1, 1e-9);
    EXPECT_LT(plain->macs(), plain->program().macs());
}

// As in openvino_test.cpp: a leak of one picture a run would be 15 MB in each stretch.
TEST(TorchEngine, MemoryIsFlatInSteadyState) {
    const auto engine = open_torch(random_checkpoint(small_config(Family::BigGan, 64), 29));
    for (int i = 0; i < 20; ++i) torch_picture(*engine, {});
    double least = 1e9;
    for (int stretch = 0; stretch < 3; ++stretch) {
        const double before = resident_megabytes();
        for (int i = 0; i < 300; ++i) torch_picture(*engine, {});
        least = std::min(least, resident_megabytes() - before);
    }
    EXPECT_LT(least, 1.0);
}

}  // namespace
}  // namespace gan
