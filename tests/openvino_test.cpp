// The OpenVINO engine against the float64 interpreter, and what it promises: tiling, grids, determinism.

#include "runtime/base/error.h"
#include "runtime/model/engine.h"
#include "runtime/model/latent.h"
#include "runtime/model/lower.h"
#include "runtime/model/winograd.h"
#include "tests/interpreter.h"
#include "tests/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::unique_ptr<Engine> open(const Checkpoint& checkpoint, EngineOptions options = {}) {
    return std::make_unique<Engine>(std::make_shared<Program>(lower(checkpoint)), options);
}

std::vector<float> run(Engine& engine, const Variant& variant, uint64_t seed = 11, int count = 1) {
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

// Every resolution, both families, every shape of picture. The f32 tolerances of the design are 2e-5 and 2e-4
// up to 128 pixels; each further stage of a random network amplifies rounding by a third or so.
class OpenVinoShapes : public testing::TestWithParam<std::tuple<Family, int>> {};

TEST_P(OpenVinoShapes, AgreesWithTheInterpreter) {
    const auto [family, resolution] = GetParam();
    const Checkpoint checkpoint =
        random_checkpoint(small_config(family, resolution, resolution > 128 ? 2 : 4), 21);
    const auto program = lower<double>(checkpoint);
    const auto engine = open(checkpoint);
    std::vector<Variant> variants{{}};
    if (resolution <= 64)
        variants = {{},
                    {.wrap_x = true},
                    {.wrap_y = true},
                    {.wrap_x = true, .wrap_y = true, .grid_x = 2, .grid_y = 3}};
    for (const Variant& variant : variants) {
        const auto oracle = interpret(program, {.z = normal_latent(11, checkpoint.config.dim_z).z,
                                                .conditioning = {.classes = {{1, 1.0f}}},
                                                .psi = 0.5,
                                                .variant = variant});
        EXPECT_LT(max_difference(run(*engine, variant), oracle.picture.values),
                  (family == Family::BigGan ? 2e-5 : 2e-4) * (resolution > 128 ? 2 : 1));
        EXPECT_EQ(oracle.picture.width, resolution * variant.grid_x);
    }
}

INSTANTIATE_TEST_SUITE_P(All, OpenVinoShapes,
                         testing::Combine(testing::Values(Family::BigGan, Family::BigGanDeep),
                                          testing::Values(32, 64, 128, 256, 512)),
                         [](const auto& info) {
                             return fmt::format(
                                 "{}_{}", std::get<0>(info.param) == Family::BigGan ? "BigGan" : "BigGanDeep",
                                 std::get<1>(info.param));
                         });

TEST(OpenVino, KnowsEveryActivation) {
    for (Activation activation :
         {Activation::Relu, Activation::LeakyRelu, Activation::Elu, Activation::Gelu}) {
        Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 32), 22);
        checkpoint.config.activation = activation;
        const auto oracle =
            interpret(lower<double>(checkpoint), {.z = normal_latent(11, checkpoint.config.dim_z).z,
                                                  .conditioning = {.classes = {{1, 1.0f}}},
                                                  .psi = 0.5});
        EXPECT_LT(max_difference(run(*open(checkpoint), {}), oracle.picture.values), 2e-5)
            << name_of(activation);
    }
}

TEST(OpenVino, MakesGreyAndTransparentPictures) {
    for (int channels : {1, 4}) {
        BigGanConfig config = small_config(Family::BigGan, 32, 3);
        config.image_channels = channels;
        const Checkpoint checkpoint = random_checkpoint(config, 23);
        EXPECT_EQ(run(*open(checkpoint), {}).size(), static_cast<size_t>(channels) * 32 * 32);
    }
}

TEST(OpenVino, TheSameRequestGivesTheSameBytesAloneAndInAnyBatch) {
    std::vector<Precision> precisions{Precision::F32};
    if (processor_has_bf16()) precisions.push_back(Precision::BF16);
    const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 64, 8), 24);
    for (Precision precision : precisions) {
        const auto engine = open(checkpoint, {.precision = precision, .batch = 9});
        const auto batch = run(*engine, {}, 5, 9);
        for (size_t n = 0; n < 9; ++n) EXPECT_EQ(run(*engine, {}, 5 + n), part(batch, n, 9));
        EXPECT_EQ(run(*engine, {}, 5, 9), batch);
        EXPECT_EQ(run(*open(checkpoint, {.precision = precision}), {}, 5, 9), batch);
    }
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
    const auto picture = run(*open(checkpoint), tiled);
    for (const auto& [dy, dx] : std::vector<std::pair<int, int>>{{0, 1}, {1, 0}, {3, 2}}) {
        const auto moved = run(*open(rolled(checkpoint, dy, dx)), tiled);
        std::vector<float> expected(picture.size());
        for (size_t c = 0; c < 3; ++c)
            for (size_t y = 0; y < 64; ++y)
                for (size_t x = 0; x < 64; ++x)
                    expected[(c * 64 + (y + 16 * static_cast<size_t>(dy)) % 64) * 64 +
                             (x + 16 * static_cast<size_t>(dx)) % 64] = picture[(c * 64 + y) * 64 + x];
        EXPECT_LT(max_difference(moved, expected), 2e-5);
    }
    const auto untiled = run(*open(checkpoint), {});
    EXPECT_GT(max_difference(untiled, picture), 0.01) << "wrapping changes nothing";
}

TEST(OpenVino, PicturesOfATileableNetworkAlwaysTile) {
    Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 64), 25);
    const auto tiled = run(*open(checkpoint), {.wrap_x = true, .wrap_y = true});
    const TemporaryFolder folder;
    checkpoint.config.tileable = true;
    save_checkpoint(folder / "model.safetensors", checkpoint);
    const auto engine = open(open_checkpoint(folder / "model.safetensors"));
    for (const Variant& asked : {Variant{}, Variant{.wrap_x = true}}) EXPECT_EQ(run(*engine, asked), tiled);
    EXPECT_TRUE(engine->ready({.wrap_x = true, .wrap_y = true}));
    EXPECT_TRUE(engine->played({}).wrap_y);
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
            const auto one = steps(run(*engine, {.wrap_x = along_x, .wrap_y = !along_x}, seed), 64, along_x);
            for (size_t j = 0; j < 64; ++j) tiled[j] += one[j];
            untiled_seam += steps(run(*engine, {}, seed), 64, along_x)[63];
        }
        EXPECT_LE(tiled[63], 1.05 * *std::max_element(tiled.begin(), tiled.end() - 1));
        EXPECT_GT(untiled_seam, 1.2 * tiled[63]) << "an untiled picture would pass as well";
    }
}

TEST(OpenVino, APictureOfTwoCellsIsTwiceAsWide) {
    const auto engine = open(random_checkpoint(small_config(Family::BigGan, 64), 27));
    EXPECT_EQ(run(*engine, {.grid_x = 2}).size(), 2u * 3 * 64 * 64);
}

// Attention of 256-pixel networks: 128x128 queries, in pieces.
TEST(OpenVino, AttentionInPiecesIsAttention) {
    BigGanConfig config = small_config(Family::BigGan, 256, 2);
    config.attention = {128};
    const Checkpoint checkpoint = random_checkpoint(config, 28);
    const auto oracle = interpret(
        lower<double>(checkpoint),
        {.z = normal_latent(11, config.dim_z).z, .conditioning = {.classes = {{1, 1.0f}}}, .psi = 0.5});
    EXPECT_LT(max_difference(run(*open(checkpoint), {}), oracle.picture.values), 2e-5);
}

// Three stretches of 300 pictures after 20: allocators and threads of a busy machine take another megabyte
// now and then, a leak of one picture a run would be 15 MB in each.
TEST(OpenVino, MemoryIsFlatInSteadyState) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP()
        << "the address sanitizer holds freed memory back; the dev build, without it, runs this test";
#endif
    const auto engine = open(random_checkpoint(small_config(Family::BigGan, 64), 29));
    engine->prepare({}).get();
    const auto z = normal_latent(1, engine->program().dim_z).z;
    const double psi = 1;
    const Conditioning conditioning{.classes = {{0, 1}}};
    std::vector<float> rgb(engine->picture_size({}));
    const Request request{.z = z, .psi = {&psi, 1}, .conditioning = {&conditioning, 1}};
    for (int i = 0; i < 20; ++i) engine->run(request, rgb);
    double least = 1e9;
    for (int stretch = 0; stretch < 3; ++stretch) {
        const double before = resident_megabytes();
        for (int i = 0; i < 300; ++i) engine->run(request, rgb);
        least = std::min(least, resident_megabytes() - before);
    }
    EXPECT_LT(least, 1.0);
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
