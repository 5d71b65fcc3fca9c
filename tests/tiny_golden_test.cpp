// Small networks filled by an integer hash, with values that the reference implementations gave in float64
// (tests/data/golden-tiny.json): no stored weights, so that a mistake in reading files cannot hide here.

#include "runtime/model/infer_config.h"
#include "runtime/model/latent.h"
#include "runtime/model/layouts.h"
#include "runtime/model/lower.h"
#include "tests/interpreter.h"
#include "tests/support.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <numeric>

namespace gan {
namespace {

using nlohmann::json;

/// The fixture's hash: uniform in [-0.5, 0.5) from a stream and an index.
double hash(uint32_t stream, uint32_t index) {
    uint32_t x = index * 2654435761u + stream * 40503u + 12345u;
    for (int round = 0; round < 2; ++round) {
        x ^= x >> 16;
        x *= 0x45d9f3bu;
    }
    x ^= x >> 16;
    return x / 4294967296.0 - 0.5;
}

/// A tensor of float64 numbers: the reference filled its networks in float64.
Tensor fill(uint32_t stream, const std::vector<int64_t>& shape, double scale, double offset) {
    int64_t count = 1;
    for (int64_t d : shape) count *= d;
    std::vector<double> values(static_cast<size_t>(count));
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = offset + scale * hash(stream, static_cast<uint32_t>(i));
    const auto bytes = std::as_bytes(std::span(values));
    return make_tensor({bytes.begin(), bytes.end()}, DType::F64, shape);
}

/// Fills tensors by the fixture's rules. Streams number the keys in byte order, log values (sv0) included.
void fill_reference(Checkpoint& checkpoint) {
    StateDict names = checkpoint.tensors;
    for (const auto& [name, tensor] : checkpoint.tensors)
        if (name.ends_with(".u0")) names[name.substr(0, name.size() - 2) + "sv0"] = tensor;
    uint32_t stream = 0;
    for (const auto& [name, tensor] : names) {
        const uint32_t s = stream++;
        const std::string leaf = name.substr(name.rfind('.') + 1);
        double scale = 0.2;
        double offset = 0;
        if (leaf == "sv0") continue;
        if (leaf == "gamma") {
            scale = 0, offset = 0.5;
        } else if (leaf == "stored_var") {
            scale = 0.5, offset = 1;
        } else if (leaf == "u0") {
            scale = 1;
        } else if (leaf != "stored_mean" && tensor.shape.size() >= 2) {
            scale =
                std::sqrt(12.0 / (static_cast<double>(tensor.count()) / static_cast<double>(tensor.dim(0))));
        } else if (name == "output_layer.0.gain") {
            offset = 1;
        }
        checkpoint.tensors[name] = fill(s, tensor.shape, scale, offset);
    }
}

json fixtures() {
    return json::parse(std::ifstream(data_folder() / "golden-tiny.json"));
}

/// mean, rms and the recorded elements of a whole batch. Latents are float32 in Ganymede: 2e-6.
void expect_agrees(const std::vector<double>& image, const json& expected) {
    double sum = 0;
    double square = 0;
    for (double v : image) sum += v, square += v * v;
    const auto count = static_cast<double>(image.size());
    EXPECT_NEAR(sum / count, expected["mean"].get<double>(), 2e-6);
    EXPECT_NEAR(std::sqrt(square / count), expected["rms"].get<double>(), 2e-6);
    for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(image[i], expected["first4"][i].get<double>(), 2e-6);
    for (size_t i = 0; i < 2; ++i)
        EXPECT_NEAR(image[image.size() - 2 + i], expected["last2"][i].get<double>(), 2e-6);
}

std::vector<double> batch(const BasicProgram<double>& program, const std::vector<int>& classes, double psi) {
    std::vector<double> image;
    uint32_t index = 0;
    for (int y : classes) {
        std::vector<float> z;
        for (int i = 0; i < program.dim_z; ++i)
            z.push_back(static_cast<float>(hash(1001, index++) * std::sqrt(12.0)));
        const auto one =
            interpret(program, {.z = z, .conditioning = {.classes = {{y, 1.0f}}}, .psi = psi}).picture.values;
        image.insert(image.end(), one.begin(), one.end());
    }
    return image;
}

TEST(GoldenTiny, HashIsTheFixtures) {
    EXPECT_NEAR(hash(0, 0), -0.0931177677, 1e-10);
    EXPECT_NEAR(hash(0, 3), 0.3522593745, 1e-10);
}

TEST(GoldenTiny, BigGan) {
    BigGanConfig config = small_config(Family::BigGan, 64, 8);
    config.dim_z = 20;
    Checkpoint checkpoint = random_checkpoint(config, 1);
    fill_reference(checkpoint);
    for (UpConvForm form : {UpConvForm::Plain, UpConvForm::Transposed, UpConvForm::Differences})
        expect_agrees(batch(lower<double>(checkpoint, {.form = form}), {0, 3, 1}, untruncated_psi),
                      fixtures()["biggan_tiny"]["G_eval_out"]);
}

TEST(GoldenTiny, BigGanDeep) {
    Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGanDeep, 64, 8), 1);
    fill_reference(checkpoint);
    expect_agrees(batch(lower<double>(checkpoint), {0, 3, 1}, untruncated_psi),
                  fixtures()["biggandeep_tiny"]["G_eval_out"]);
}

// Hugging Face's port, at rows of its statistics, between two (0.43, where its weights are swapped) and at a
// grid value that its rounding misses (0.58): only `swapped_interpolation` reproduces the last two.
TEST(GoldenTiny, HuggingFace) {
    StateDict tensors;
    const std::vector<int> multipliers{16, 16, 16, 16, 8, 8,
                                       4,  4,  2,  2,  1};  // 128 pixels: in, out of ten layers
    const auto spectral = [&](const std::string& name, std::vector<int64_t> shape, bool bias) {
        const int64_t rows = shape[0];
        int64_t columns = 1;
        for (size_t d = 1; d < shape.size(); ++d) columns *= shape[d];
        tensors[name + ".weight_orig"] = {DType::F64, std::move(shape), nullptr, {}};
        tensors[name + ".weight_u"] = {DType::F64, {rows}, nullptr, {}};
        tensors[name + ".weight_v"] = {DType::F64, {columns}, nullptr, {}};
        if (bias) tensors[name + ".bias"] = {DType::F64, {rows}, nullptr, {}};
    };
    const auto statistics = [&](const std::string& name, int64_t channels) {
        tensors[name + ".running_means"] = {DType::F64, {51, channels}, nullptr, {}};
        tensors[name + ".running_vars"] = {DType::F64, {51, channels}, nullptr, {}};
    };
    constexpr int64_t ch = 8;
    tensors["embeddings.weight"] = {DType::F64, {16, 5}, nullptr, {}};
    spectral("generator.gen_z", {16 * 16 * ch, 32}, true);
    for (int layer = 0; layer < 10; ++layer) {
        const std::string name = fmt::format("generator.layers.{}.", layer < 8 ? layer : layer + 1);
        const int64_t in = multipliers[static_cast<size_t>(layer)] * ch;
        const int64_t out = multipliers[static_cast<size_t>(layer) + 1] * ch;
        const int64_t hidden = in / 4;
        for (int k = 0; k < 4; ++k) {
            const int64_t channels = k == 0 ? in : hidden;
            const std::string norm = fmt::format("{}bn_{}", name, k);
            statistics(norm, channels);
            spectral(norm + ".scale", {channels, 32}, false);
            spectral(norm + ".offset", {channels, 32}, false);
        }
        spectral(name + "conv_0", {hidden, in, 1, 1}, true);
        spectral(name + "conv_1", {hidden, hidden, 3, 3}, true);
        spectral(name + "conv_2", {hidden, hidden, 3, 3}, true);
        spectral(name + "conv_3", {out, hidden, 1, 1}, true);
    }
    const int64_t attended = 2 * ch;  // after eight layers, at 64 pixels
    const std::string attention = "generator.layers.8.snconv1x1_";
    spectral(attention + "theta", {attended / 8, attended, 1, 1}, false);
    spectral(attention + "phi", {attended / 8, attended, 1, 1}, false);
    spectral(attention + "g", {attended / 2, attended, 1, 1}, false);
    spectral(attention + "o_conv", {attended, attended / 2, 1, 1}, false);
    tensors["generator.layers.8.gamma"] = {DType::F64, {1}, nullptr, {}};
    statistics("generator.bn", ch);
    tensors["generator.bn.weight"] = {DType::F64, {ch}, nullptr, {}};
    tensors["generator.bn.bias"] = {DType::F64, {ch}, nullptr, {}};
    spectral("generator.conv_to_rgb", {ch, ch, 3, 3}, true);

    uint32_t stream = 0;
    for (auto& [name, tensor] : tensors) {
        const std::string leaf = name.substr(name.rfind('.') + 1);
        double scale = 0.2;
        double offset = 0;
        if (leaf == "gamma") {
            scale = 0, offset = 0.5;
        } else if (leaf == "running_vars") {
            scale = 0.5, offset = 1;
        } else if (leaf == "weight_u" || leaf == "weight_v") {
            scale = 1;
        } else if (leaf != "running_means" && tensor.shape.size() >= 2) {
            scale =
                std::sqrt(12.0 / (static_cast<double>(tensor.count()) / static_cast<double>(tensor.dim(0))));
        } else if (name == "generator.bn.weight") {
            offset = 1;
        }
        tensor = fill(stream++, tensor.shape, scale, offset);
    }
    // As the port's converter does: v = normalize(W^T u), then u = normalize(W v).
    for (auto& [name, tensor] : tensors) {
        if (!name.ends_with(".weight_u")) continue;
        const std::string layer = name.substr(0, name.size() - 2);
        const auto w = tensors.at(layer + "_orig").to<double>();
        auto u = tensor.to<double>();
        const size_t columns = w.size() / u.size();
        std::vector<double> v(columns, 0.0);
        const auto normalized = [](std::vector<double>& x) {
            const double norm = std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0));
            for (double& e : x) e /= std::max(norm, 1e-4);
            const auto bytes = std::as_bytes(std::span(x));
            return make_tensor({bytes.begin(), bytes.end()}, DType::F64, {static_cast<int64_t>(x.size())});
        };
        for (size_t r = 0; r < u.size(); ++r)
            for (size_t c = 0; c < columns; ++c) v[c] += u[r] * w[r * columns + c];
        tensors.at(layer + "_v") = normalized(v);
        for (size_t r = 0; r < u.size(); ++r)
            u[r] =
                std::inner_product(v.begin(), v.end(), w.begin() + static_cast<ptrdiff_t>(r * columns), 0.0);
        tensor = normalized(u);
    }

    Checkpoint checkpoint;
    checkpoint.tensors = to_reference(tensors, {Layout::HuggingFace, "", false}, std::nullopt, "tiny");
    checkpoint.config = infer_config(checkpoint.tensors, std::nullopt, "tiny");
    checkpoint.config.bn_eps = checkpoint.config.output_bn_eps = checkpoint.config.sn_eps = 1e-4;
    for (int row = 0; row < 51; ++row) checkpoint.config.stats_psi.push_back(row / 50.0);
    const auto ours = lower<double>(checkpoint);
    const auto port = lower<double>(checkpoint, {.swapped_interpolation = true});
    const json expected = fixtures()["hf_deep_tiny"];
    for (double psi : {0.02, 0.40, 1.00})
        expect_agrees(batch(ours, {0, 3}, psi), expected[fmt::format("out_trunc_{:.2f}", psi)]);
    for (double psi : {0.43, 0.58})
        expect_agrees(batch(port, {0, 3}, psi), expected[fmt::format("out_trunc_{:.2f}", psi)]);
}

}  // namespace
}  // namespace gan
