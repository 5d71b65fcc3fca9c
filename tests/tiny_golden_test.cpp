// Small networks filled by an integer hash, with values that the reference implementations gave in float64
// (tests/data/golden-tiny.json): no stored weights, so that a mistake in reading files cannot hide here.

#include "runtime/model/latent.h"
#include "runtime/model/lower.h"
#include "tests/interpreter.h"
#include "tests/support.h"

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

}  // namespace
}  // namespace gan
