// The LibTorch engine on the processor against the float64 interpreter. The CUDA engine runs the same
// TorchProgram; what only a GPU can show is in tests/gpu/engine_check.cpp.

#include "runtime/base/error.h"
#include "runtime/model/backends.h"
#include "runtime/model/latent.h"
#include "runtime/model/lower.h"
#include "tests/engine_promises.h"
#include "tests/interpreter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace gan {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

std::unique_ptr<Engine> open_torch(const Checkpoint& checkpoint, const EngineOptions& options = {},
                                   const LowerOptions& lowered = {}) {
    return std::make_unique<Engine>(std::make_shared<Program>(lower(checkpoint, lowered)), options,
                                    [](const auto& program, const EngineOptions& asked) {
                                        return module_backend("gan_torch.so", "gan_torch_backend", program,
                                                              asked);
                                    });
}

class TorchShapes : public testing::TestWithParam<Shape> {};

TEST_P(TorchShapes, AgreesWithTheInterpreter) {
    expect_exact_pictures(open_torch, GetParam());
}

INSTANTIATE_TEST_SUITE_P(All, TorchShapes,
                         testing::Combine(testing::Values(Family::BigGan, Family::BigGanDeep),
                                          testing::Values(32, 64, 128, 256, 512)),
                         name_of_shape);

TEST(TorchEngine, KnowsEveryFormOfUpsamplingConvolution) {
    expect_every_form_of_upsampling(open_torch);
}
TEST(TorchEngine, KnowsEveryActivation) {
    expect_every_activation(open_torch);
}
TEST(TorchEngine, MakesGreyAndTransparentPictures) {
    expect_grey_and_transparent_pictures(open_torch);
}
TEST(TorchEngine, AttentionOverALargeMapIsAttention) {
    expect_attention_over_a_large_map(open_torch);
}
TEST(TorchEngine, MemoryIsFlatInSteadyState) {
    expect_flat_memory(open_torch);
}

TEST(TorchEngine, EveryTapHoldsItsBlock) {
    const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGanDeep, 64), 32);
    const auto engine = open_torch(checkpoint, {.taps = true});
    picture_of(*engine);
    const auto oracle =
        interpret(lower<double>(checkpoint), {.z = normal_latent(11, checkpoint.config.dim_z).z,
                                              .conditioning = {.classes = {{1, 1.0f}}},
                                              .psi = 0.5});
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
    for (const Precision precision : precisions_here()) expect_same_bytes_in_any_batch(open_torch, precision);
}

TEST(TorchEngine, HalvesAreAsGoodAsTheirBits) {
    for (const Precision precision : precisions_here())
        expect_halves_as_good_as_their_bits(open_torch, precision);
}

// The number of threads is each caller's own: two engines that run at once do not disturb each other.
TEST(TorchEngine, EnginesWithDifferentThreadsPlayAtOnce) {
    const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 64, 8), 34);
    std::vector<std::thread> players;
    for (const int threads : {1, 2, 3})
        players.emplace_back([&checkpoint, threads] {
            const auto engine = open_torch(checkpoint, {.threads = threads});
            const auto first = picture_of(*engine);
            for (int i = 0; i < 20; ++i) EXPECT_EQ(picture_of(*engine), first);
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

}  // namespace
}  // namespace gan
