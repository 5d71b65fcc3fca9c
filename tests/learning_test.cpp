// The whole of it: a few hundred steps on textures, scored, gone on with, and played.

#include "runtime/base/assets.h"
#include "runtime/base/file.h"
#include "runtime/model/engine.h"
#include "runtime/model/latent.h"
#include "runtime/model/lower.h"
#include "tests/support.h"
#include "trainer/data/textures.h"
#include "trainer/libtorch.h"
#include "trainer/metrics/texture_network.h"
#include "trainer/run/initial.h"
#include "trainer/run/training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gan {
namespace {

// Measured: untrained networks of three seeds have a distance of 125 to 724, the trained one of 33 after 150
// steps.
TEST(Learning, TexturesScoreFarBetterThanAtTheStart) {
    const TemporaryFolder folder;
    const int kinds[] = {0, 6, 15, 21};  // bricks, marble, ice, weave
    const Dataset data = Dataset::generate(
        800, 4, {"bricks", "marble", "ice", "weave"},
        [&](int64_t index) { return texture(kinds[index % 4], static_cast<uint64_t>(index / 4), 32); },
        {.resolution = 32, .cache = folder / "cache"}, "four textures");
    TrainConfig config;
    config.resolution = 32;
    config.g_channels = config.d_channels = 16;
    config.dim_z = 32;
    config.shared_dim = 16;
    config.batch = 16;
    config.g_adam.lr = config.d_adam.lr = 4e-4;
    config.ema = 0.9;
    config.ema_start = 20;
    config.steps = 150;
    config.save_every = config.sheet_every = 1000;
    config.tileable = true;
    RunFolder run(folder / "run");
    Scoring scoring(data, frozen(load_texture_network(asset("models/texture-features.safetensors"))),
                    folder / "cache", 512, [](const std::string&) {});
    Training training(config, data, run, [](const std::string&) {});
    double untrained = scoring.score(training.networks().average, at::kFloat, 1).distance;
    for (config.seed = 1; config.seed < 3; ++config.seed) {
        const auto other = make_networks(config, generator_config(config, data.class_names()), 4, {});
        untrained = std::min(untrained, scoring.score(other->average, at::kFloat, 1).distance);
    }
    ASSERT_EQ(training.run(), Training::Ended::Finished);
    const double after = scoring.score(training.networks().average, at::kFloat, 1).distance;
    EXPECT_LT(after, 0.5 * untrained);

    // And the model plays. (That its pictures are the modules' is networks_test.cpp's.)
    training.export_model(256);
    const Checkpoint model = open_checkpoint(run.model());
    EXPECT_EQ(model.config.class_names[1], "marble");
    Engine engine(std::make_shared<Program>(lower(model)), {});
    engine.prepare({.wrap_x = true, .wrap_y = true}).get();
    const Latent latent = normal_latent(5, model.config.dim_z);
    const double psi = statistics_psi(latent.std);
    const Conditioning conditioning{.classes = {{1, 1.0f}}};
    std::vector<float> rgb(engine.picture_size({}));
    engine.run({.variant = {.wrap_x = true, .wrap_y = true},
                .z = latent.z,
                .psi = {&psi, 1},
                .conditioning = {&conditioning, 1}},
               rgb);
    const at::Tensor picture = at::from_blob(rgb.data(), {static_cast<int64_t>(rgb.size())});
    EXPECT_GT(picture.std().item<double>(), 0.02);
    EXPECT_LT(picture.abs().max().item<double>(), 1);
}

}  // namespace
}  // namespace gan
