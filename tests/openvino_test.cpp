// The OpenVINO engine against the float64 interpreter, and what it promises: tiling, grids, determinism.

#include "runtime/base/error.h"
#include "runtime/model/engine.h"
#include "runtime/model/latent.h"
#include "runtime/model/lower.h"
#include "runtime/model/winograd.h"
#include "tests/engine_promises.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::unique_ptr<Engine> open(const Checkpoint& checkpoint, const EngineOptions& options = {},
                             const LowerOptions& lowered = {}) {
    return std::make_unique<Engine>(std::make_shared<Program>(lower(checkpoint, lowered)), options);
}

class OpenVinoShapes : public testing::TestWithParam<Shape> {};

TEST_P(OpenVinoShapes, AgreesWithTheInterpreter) {
    expect_exact_pictures(open, GetParam());
}

INSTANTIATE_TEST_SUITE_P(All, OpenVinoShapes,
                         testing::Combine(testing::Values(Family::BigGan, Family::BigGanDeep),
                                          testing::Values(32, 64, 128, 256, 512)),
                         name_of_shape);

TEST(OpenVino, KnowsEveryFormOfUpsamplingConvolution) {
    expect_every_form_of_upsampling(open);
}
TEST(OpenVino, KnowsEveryActivation) {
    expect_every_activation(open);
}
TEST(OpenVino, MakesGreyAndTransparentPictures) {
    expect_grey_and_transparent_pictures(open);
}
TEST(OpenVino, AttentionInPiecesIsAttention) {
    expect_attention_over_a_large_map(open);
}

TEST(OpenVino, TheSameRequestGivesTheSameBytesAloneAndInAnyBatch) {
    expect_same_bytes_in_any_batch(open, Precision::F32);
    if (processor_has_bf16()) expect_same_bytes_in_any_batch(open, Precision::BF16);
}

TEST(OpenVino, HalvesAreAsGoodAsTheirBits) {
    if (!processor_has_bf16()) GTEST_SKIP() << "this processor has no bf16";
    expect_halves_as_good_as_their_bits(open, Precision::BF16);
}

/// The checkpoint whose base map is the original's rolled by one of its pixels.
Checkpoint rolled(Checkpoint checkpoint, int dy, int dx) {
    for (const char* name : {"linear.weight", "linear.bias", "linear.u0"}) {
        const Tensor& tensor = checkpoint.tensors.at(name);
        const auto in = tensor.to<float>();
        const bool row_vector = std::string_view(name) == "linear.u0";
        const size_t rows = row_vector ? in.size() : static_cast<size_t>(tensor.dim(0));
        const size_t width = in.size() / rows;
        std::vector<float> out(in.size());
        for (size_t r = 0; r < rows; ++r) {
            const size_t y = (r / 4 % 4 + static_cast<size_t>(dy)) % 4;
            const size_t x = (r % 4 + static_cast<size_t>(dx)) % 4;
            std::copy_n(&in[r * width], width, &out[(r / 16 * 16 + y * 4 + x) * width]);
        }
        checkpoint.tensors[name] = make_tensor(out, tensor.shape);
    }
    return checkpoint;
}

// Circular padding makes the network commute with rolling; attention does too, since its 2x2 pooling sees
// the same groups after a roll by whole base pixels. f32 tolerance.
TEST(OpenVino, RollingTheBaseMapRollsATiledPicture) {
    const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 64), 25);
    const Variant tiled{.wrap_x = true, .wrap_y = true};
    const auto picture = picture_of(*open(checkpoint), tiled);
    for (const auto& [dy, dx] : std::vector<std::pair<int, int>>{{0, 1}, {1, 0}, {3, 2}}) {
        const auto moved = picture_of(*open(rolled(checkpoint, dy, dx)), tiled);
        std::vector<float> expected(picture.size());
        for (size_t c = 0; c < 3; ++c)
            for (size_t y = 0; y < 64; ++y)
                for (size_t x = 0; x < 64; ++x)
                    expected[(c * 64 + (y + 16 * static_cast<size_t>(dy)) % 64) * 64 +
                             (x + 16 * static_cast<size_t>(dx)) % 64] = picture[(c * 64 + y) * 64 + x];
        EXPECT_LT(max_difference(moved, expected), 2e-5);
    }
    const auto untiled = picture_of(*open(checkpoint));
    EXPECT_GT(max_difference(untiled, picture), 0.01) << "wrapping changes nothing";
}

TEST(OpenVino, PicturesOfATileableNetworkAlwaysTile) {
    Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 64), 25);
    const auto tiled = picture_of(*open(checkpoint), {.wrap_x = true, .wrap_y = true});
    const TemporaryFolder folder;
    checkpoint.config.tileable = true;
    save_checkpoint(folder / "model.safetensors", checkpoint);
    const auto engine = open(open_checkpoint(folder / "model.safetensors"));
    for (const Variant& asked : {Variant{}, Variant{.wrap_x = true}})
        EXPECT_EQ(picture_of(*engine, asked), tiled);
    EXPECT_TRUE(engine->ready({.wrap_x = true, .wrap_y = true}));
    EXPECT_TRUE(engine->played({}).wrap_y);
}

TEST(OpenVino, LatentsBecomeWhatTheNetworkWasTrainedOn) {
    const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 32), 27);
    const TemporaryFolder folder;
    const std::vector<float> normal = normal_latent(3, checkpoint.config.dim_z).z;
    const auto picture = [&](LatentDistribution distribution, const std::vector<float>& z) {
        Checkpoint trained = checkpoint;
        trained.config.latent = distribution;
        save_checkpoint(folder / "model.safetensors", trained);
        const auto engine = open(open_checkpoint(folder / "model.safetensors"));
        engine->prepare({}).get();
        const double psi = 1;
        const Conditioning conditioning{.classes = {{1, 1.0f}}};
        std::vector<float> rgb(engine->picture_size({}));
        engine->run({.z = z, .psi = {&psi, 1}, .conditioning = {&conditioning, 1}}, rgb);
        return rgb;
    };
    for (const LatentDistribution distribution :
         {LatentDistribution::Uniform, LatentDistribution::Bernoulli, LatentDistribution::CensoredNormal}) {
        std::vector<float> shaped = normal;
        shape_latents(shaped, distribution);
        EXPECT_EQ(picture(distribution, normal), picture(LatentDistribution::Normal, shaped))
            << name_of(distribution);
    }
}

/// Mean absolute step from each column (or row) to the next; the last is the seam, to the first.
std::vector<double> steps(const std::vector<float>& picture, size_t side, bool along_x) {
    std::vector<double> result(side, 0.0);
    for (size_t c = 0; c < 3; ++c)
        for (size_t i = 0; i < side; ++i)
            for (size_t j = 0; j < side; ++j) {
                const size_t next = (j + 1) % side;
                const float here = picture[(c * side + (along_x ? i : j)) * side + (along_x ? j : i)];
                const float there = picture[(c * side + (along_x ? i : next)) * side + (along_x ? next : i)];
                result[j] += std::abs(here - there) / static_cast<double>(3 * side);
            }
    return result;
}

// Over 16 pictures the step across the seam is no larger than the largest inside (5 %: each place where two
// base pixels meet has weights of its own).
TEST(OpenVino, TheSeamOfATiledPictureIsNoEdge) {
    const auto engine = open(random_checkpoint(small_config(Family::BigGan, 64), 26));
    for (bool along_x : {true, false}) {
        std::vector<double> tiled(64, 0.0);
        double untiled_seam = 0;
        for (uint64_t seed = 0; seed < 16; ++seed) {
            const auto one =
                steps(picture_of(*engine, {.wrap_x = along_x, .wrap_y = !along_x}, seed), 64, along_x);
            for (size_t j = 0; j < 64; ++j) tiled[j] += one[j];
            untiled_seam += steps(picture_of(*engine, {}, seed), 64, along_x)[63];
        }
        EXPECT_LE(tiled[63], 1.05 * *std::max_element(tiled.begin(), tiled.end() - 1));
        EXPECT_GT(untiled_seam, 1.2 * tiled[63]) << "an untiled picture would pass as well";
    }
}

TEST(OpenVino, MemoryIsFlatInSteadyState) {
#ifdef GAN_SANITIZES_ADDRESSES
    GTEST_SKIP()
        << "the address sanitizer holds freed memory back; the dev build, without it, runs this test";
#endif
    expect_flat_memory(open);
}

TEST(OpenVino, CountsTheWorkThatItDoes) {
    const auto f32 = open(random_checkpoint(small_config(Family::BigGan, 64), 29));
    if (winograd_kernels() != nullptr)
        EXPECT_LT(f32->macs(),
                  0.7 * f32->program().macs());  // 2.25 instead of 9, upsampling 1.56 to 2.25 of 4
    else
        EXPECT_EQ(f32->macs(), f32->program().macs());
    if (!processor_has_bf16()) return;
    const auto bf16 =
        open(random_checkpoint(small_config(Family::BigGan, 64), 29), {.precision = Precision::BF16});
    EXPECT_EQ(bf16->macs(), bf16->program().macs());
}

TEST(OpenVino, SaysWhenTheProcessorHasNoBf16) {
    const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 32), 30);
    if (processor_has_bf16()) {
        EXPECT_NO_THROW(open(checkpoint, {.precision = Precision::BF16}));
    } else {
        EXPECT_THAT([&] { open(checkpoint, {.precision = Precision::BF16}); },
                    ThrowsMessage<Error>(HasSubstr("use --precision f32")));
    }
}

}  // namespace
}  // namespace gan
