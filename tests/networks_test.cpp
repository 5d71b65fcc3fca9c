// What the trainer's networks are made of, against the plain composition of the same; and what is trained
// against what is played.

#include "runtime/model/checkpoint.h"
#include "runtime/model/lower.h"
#include "runtime/model/safetensors.h"
#include "tests/interpreter.h"
#include "tests/support.h"
#include "tests/tensors.h"
#include "trainer/libtorch.h"
#include "trainer/networks/functions.h"
#include "trainer/run/config.h"
#include "trainer/run/statistics.h"
#include "trainer/state.h"

#include <gtest/gtest.h>

#include <functional>

namespace gan {
namespace {

using Function = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

/// The largest relative difference between two functions' values and gradients, at the same inputs and with
/// the same random weights on the result.
double difference(const Function& one, const Function& other, const std::vector<at::Tensor>& inputs) {
    const auto evaluate = [&](const Function& function) {
        std::vector<at::Tensor> leaves;
        for (const at::Tensor& input : inputs) leaves.push_back(input.detach().clone().requires_grad_(true));
        const at::Tensor y = function(leaves);
        torch::manual_seed(5);
        (y * torch::randn(y.sizes(), y.options())).sum().backward();
        std::vector<at::Tensor> results{y};
        for (const at::Tensor& leaf : leaves) results.push_back(leaf.grad());
        return results;
    };
    const auto a = evaluate(one), b = evaluate(other);
    double worst = 0;
    for (size_t i = 0; i < a.size(); ++i) worst = std::max(worst, relative(a[i], b[i]));
    return worst;
}

at::Tensor padded(const at::Tensor& x, bool wrap) {
    return wrap ? at::_pad_circular(x, {1, 1, 1, 1}) : at::constant_pad_nd(x, {1, 1, 1, 1});
}

// Exact rewrites: rounding alone, in double 1e-16 an operation and some hundreds of them in a sum.
TEST(Networks, ConvolutionsBesideUpsamplingAndPoolingAreTheSameInFewerProducts) {
    torch::manual_seed(1);
    const auto options = at::TensorOptions().dtype(at::kDouble);
    const std::vector<at::Tensor> inputs{torch::randn({2, 5, 6, 8}, options),
                                         torch::randn({7, 5, 3, 3}, options), torch::randn({7}, options)};
    for (bool wrap : {false, true}) {
        EXPECT_LT(difference([&](const auto& in) { return upsample_convolve(in[0], in[1], in[2], wrap); },
                             [&](const auto& in) {
                                 const at::Tensor up = at::upsample_nearest2d(in[0], {12, 16});
                                 return at::conv2d(padded(up, wrap), in[1], in[2]);
                             },
                             inputs),
                  1e-12);
        EXPECT_LT(difference([&](const auto& in) { return convolve_pool(in[0], in[1], in[2], wrap); },
                             [&](const auto& in) {
                                 return at::avg_pool2d(at::conv2d(padded(in[0], wrap), in[1], in[2]), 2);
                             },
                             inputs),
                  1e-12);
    }
}

TEST(Networks, TheFusedNormIsTheComposedOne) {
    torch::manual_seed(2);
    const auto composed = [](const std::vector<at::Tensor>& in) {
        const at::Tensor x = at::batch_norm(in[0], {}, {}, {}, {}, true, 0.1, 1e-5, false);
        return at::relu(x * in[1].unsqueeze(-1).unsqueeze(-1) + in[2].unsqueeze(-1).unsqueeze(-1));
    };
    const auto fused = [](const std::vector<at::Tensor>& in) {
        return norm_activate(in[0], in[1], in[2], {}, {}, 1e-5, Activation::Relu).y;
    };
    for (int64_t rows : {1, 3}) {
        const std::vector<at::Tensor> inputs{torch::randn({3, 19, 20, 17}) * 3 + 40, torch::randn({rows, 19}),
                                             torch::randn({rows, 19})};
        std::vector<at::Tensor> doubles;
        for (const at::Tensor& input : inputs) doubles.push_back(input.to(at::kDouble));
        EXPECT_LT(difference(fused, composed, doubles), 1e-11);
        // Values of 40 in float: 40 * 2^-24 in each of them, for a map of size one.
        EXPECT_LT(difference(fused, composed, inputs), 1e-4);
        const at::Tensor bf16 =
            norm_activate(inputs[0].to(at::kBFloat16), inputs[1], inputs[2], {}, {}, 1e-5, Activation::Relu)
                .y;
        const at::Tensor exact = composed({inputs[0].to(at::kBFloat16).to(at::kFloat), inputs[1], inputs[2]});
        EXPECT_EQ(bf16.scalar_type(), at::kBFloat16);
        EXPECT_LT(relative(bf16, exact), 0.005) << "half a unit in the last of 8 places";
    }
}

TEST(Networks, NotANumberIsNotHidden) {
    at::Tensor x = torch::randn({2, 8, 4, 4});
    x[0][3][1][1] = NAN;
    const at::Tensor y =
        norm_activate(x, at::ones({1, 8}), at::zeros({1, 8}), {}, {}, 1e-5, Activation::Relu).y;
    EXPECT_TRUE(y.select(1, 3).isnan().any().item<bool>());
}

/// A preset's networks with few channels and classes, and an embedding that is not all too wide.
TrainConfig shrunk(TrainConfig config) {
    config.g_channels = config.family == Family::BigGanDeep ? 8 : 4;
    config.d_channels = 4;
    config.dim_z = 24;
    if (config.shared_dim > 0) config.shared_dim = 8;
    return config;
}

// The model file keeps weights in half precision, and so does the module that it is compared with; the
// interpreter works in double, as the module does here. What is left is the float of the stored statistics.
TEST(Networks, WhatIsPlayedIsWhatWasTrained) {
    TemporaryFolder folder;
    for (const Preset& preset : presets()) {
        const TrainConfig config = shrunk(preset.config);
        torch::manual_seed(3);
        Generator g(generator_config(config, {"a", "b", "c"}));
        initialise(*g, config.initialisation);
        const Checkpoint checkpoint = checkpoint_of(g);
        save_checkpoint(folder / "model.safetensors", checkpoint);
        const auto program = lower<double>(open_checkpoint(folder / "model.safetensors"));
        g->to(at::kDouble);
        load_state(*g, checkpoint.tensors, "", preset.name);
        g->eval();
        const at::Tensor z = torch::randn({1, g->config().dim_z});
        const at::Tensor image = g(z.to(at::kDouble), g->embed(torch::tensor({2})), at::kDouble);
        const auto played = interpret(program, {.z = {z.data_ptr<float>(), z.data_ptr<float>() + z.numel()},
                                                .conditioning = {.classes = {{2, 1.0f}}},
                                                .psi = 1});
        const at::Tensor flat = image.detach().contiguous();
        const std::vector<double> wanted(flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel());
        EXPECT_LT(max_difference(played.picture.values, wanted), 1e-6) << preset.name;
        EXPECT_GT(max_abs(wanted), 1e-3) << preset.name;
    }
}

// Without edges, places differ by the first layer alone: by z (where cobbles lie), and a little by a lattice
// that is the same in all pictures (courses of bricks) and has no place that is the only one of its kind.
TEST(Networks, LayoutsOfPicturesThatTileAreZsOnALattice) {
    for (const Preset& preset : presets()) {
        if (preset.config.family == Family::BigGanDeep) continue;
        TrainConfig config = shrunk(preset.config);
        config.tileable = true;
        torch::manual_seed(5);
        Generator g(generator_config(config, {"a", "b"}));
        initialise(*g, config.initialisation);
        const at::Tensor weight = g->named_parameters()["linear.weight"].detach();
        const at::Tensor lattice = g->named_buffers()["linear.bias"].view({-1, 4, 4});
        EXPECT_TRUE(lattice.equal(at::roll(lattice, 2, 1))) << preset.name;
        EXPECT_TRUE(lattice.equal(at::roll(lattice, 2, 2))) << preset.name;
        EXPECT_FALSE(lattice.equal(at::roll(lattice, 1, 1))) << preset.name;
        EXPECT_FALSE(lattice.equal(at::roll(lattice, 1, 2))) << preset.name;
        // 0.3 of the deviation that a unit normal z adds: of a row's length. Where weights are normal (n02)
        // their singular values spread to a half of the first, by which they are divided, and the lattice is
        // drawn from few numbers in these narrow networks; a tenfold error would show.
        const at::Tensor sigma = std::get<1>(at::linalg_svd(weight, false))[0];
        const double of_z = (weight / sigma).square().sum(1).mean().sqrt().item<double>();
        EXPECT_GT(lattice.std().item<double>() / of_z, 0.15) << preset.name;
        EXPECT_LT(lattice.std().item<double>() / of_z, 0.75) << preset.name;
        for (const auto& parameter : g->named_parameters()) EXPECT_NE(parameter.key(), "linear.bias");
    }
}

// Standing statistics make a generator's maps of mean 0 and variance 1 where they were measured: played at
// the same psi, a picture is what the module gives by the statistics of a large batch.
TEST(Networks, MeasuredStatisticsArePlayed) {
    TemporaryFolder folder;
    TrainConfig config = shrunk(presets().front().config);
    torch::manual_seed(4);
    Generator g(generator_config(config, {"a", "b"}));
    initialise(*g, config.initialisation);
    const std::string before = data_hash(state_of(*g));
    const Checkpoint checkpoint = measured_checkpoint(g, 512, 128, 9);
    EXPECT_EQ(data_hash(state_of(*g)), before) << "the generator is left as it was";
    EXPECT_EQ(checkpoint.config.stats_psi.size(), 12u);
    save_checkpoint(folder / "model.safetensors", checkpoint);
    const auto program = lower<double>(open_checkpoint(folder / "model.safetensors"));
    const at::Tensor means = to_torch(checkpoint.tensors.at("blocks.1.0.bn1.stored_means"));
    EXPECT_GT(relative(means[0], means[11]), 1e-3) << "statistics depend on psi";
    const auto picture =
        interpret(program, {.z = std::vector<float>(static_cast<size_t>(g->config().dim_z), 0.5f),
                            .conditioning = {.classes = {{1, 1.0f}}},
                            .psi = 1});
    EXPECT_TRUE(all_finite(picture.picture.values));
}

}  // namespace
}  // namespace gan
