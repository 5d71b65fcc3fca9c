// Every generator fixture of a folder, through the float64 interpreter and through the engine. The
// fixtures were computed in float64 by the public reference implementations; GAN_GOLDEN_DIR names
// another folder of them. Fixtures are read by their metadata and tensors, not by their names.

#include "runtime/base/error.h"
#include "runtime/model/backends.h"
#include "runtime/model/checkpoint.h"
#include "runtime/model/lower.h"
#include "runtime/model/safetensors.h"
#include "tests/interpreter.h"
#include "tests/support.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>

namespace gan {
namespace {

namespace fs = std::filesystem;

struct Picture {
    double psi;
    Tensor image;  // (N, channels, R, R)
};

struct Fixture {
    fs::path path;
    Checkpoint checkpoint;
    SafeTensors contents;
    std::vector<Picture> pictures;
    bool deep() const { return checkpoint.config.family == Family::BigGanDeep; }
};

std::vector<fs::path> fixture_paths() {
    const char* other = std::getenv("GAN_GOLDEN_DIR");
    std::vector<fs::path> paths;
    for (const auto& entry :
         fs::directory_iterator(other != nullptr ? fs::path(other) : data_folder() / "golden")) {
        if (entry.path().extension() != ".safetensors") continue;
        const auto contents = read_safetensors(entry.path());
        const bool generator = contents.tensors.contains("input.z") && contents.tensors.contains("input.y");
        if (generator) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

Fixture load(const fs::path& path) {
    Fixture fixture{.path = path, .checkpoint = open_checkpoint(path), .contents = read_safetensors(path)};
    for (const auto& [name, tensor] : fixture.contents.tensors) {
        if (name == "output.image") fixture.pictures.push_back({untruncated_psi, tensor});
        constexpr std::string_view truncated = "output.image.truncation_";
        if (name.starts_with(truncated))
            fixture.pictures.push_back({std::stod(name.substr(truncated.size())), tensor});
    }
    return fixture;
}

std::vector<Conditioning> conditioning(const Fixture& fixture) {
    std::vector<Conditioning> result;
    for (int64_t y : fixture.contents.tensors.at("input.y").to<int64_t>())
        result.push_back({.classes = {{static_cast<int>(y), 1.0f}}});
    return result;
}

/// A trace is what a block gives. Where attention follows the block, the fixtures of BigGAN recorded what
/// attention gives and those of BigGAN-deep what it takes; the program has a tap at both.
double traced_error(const std::string& trace,
                    const std::function<std::optional<double>(const std::string&)>& error_at) {
    const std::string block = trace.substr(std::string("trace.").size());
    const double before = error_at(block).value_or(1e300);
    return std::min(before, error_at(block + ".attention").value_or(before));
}

TEST(GoldenFolder, HoldsFixtures) {
    EXPECT_FALSE(fixture_paths().empty());
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, MetadataAgreesWithWhatNamesAndShapesSay) {
    const Fixture fixture = load(GetParam());
    const auto& config = fixture.checkpoint.config;
    const auto expect = [&](const char* key, int value) {
        const auto found = fixture.contents.metadata.find(std::string_view(key));
        if (found == fixture.contents.metadata.end()) return;
        EXPECT_EQ(std::stoi(found->second), value) << key;
    };
    expect("resolution", config.resolution);
    expect("channels", config.channels);
    expect("n_classes", config.classes);
    expect("effective_dim_z", config.dim_z);
    expect("depth", config.depth);
    if (config.shared()) expect("shared_dim", config.shared_dim);
}

// The tolerance is the design's: the fixtures are float64 results stored as float32 (3e-8 for pictures,
// more for blocks whose values are larger than 1; hence relative to the block's largest value).
TEST_P(Golden, InterpreterAgreesWithImageAndEveryBlock) {
    const Fixture fixture = load(GetParam());
    const auto program = lower<double>(fixture.checkpoint);
    const auto z = fixture.contents.tensors.at("input.z").to<float>();
    const auto conditions = conditioning(fixture);
    const size_t dim = z.size() / conditions.size();
    ASSERT_FALSE(fixture.pictures.empty());
    for (const Picture& picture : fixture.pictures) {
        const auto expected = picture.image.to<double>();
        for (size_t n = 0; n < conditions.size(); ++n) {
            const auto result = interpret(program, {.z = {z.begin() + static_cast<ptrdiff_t>(n * dim),
                                                          z.begin() + static_cast<ptrdiff_t>((n + 1) * dim)},
                                                    .conditioning = conditions[n],
                                                    .psi = picture.psi});
            EXPECT_LT(max_difference(result.picture.values, part(expected, n, conditions.size())), 1e-6);
            for (const auto& [name, trace] : fixture.contents.tensors) {
                if (!name.starts_with("trace.")) continue;
                const auto wanted = part(trace.to<double>(), n, conditions.size());
                const double error = traced_error(name, [&](const std::string& tap) -> std::optional<double> {
                    const auto found = result.taps.find(tap);
                    if (found == result.taps.end()) return std::nullopt;
                    return max_difference(found->second.values, wanted);
                });
                EXPECT_LT(error, 1e-6 * std::max(1.0, max_abs(wanted))) << name;
            }
        }
    }
}

/// The engine that $GAN_ENGINE names ("torch", "cuda"), else OpenVINO; no other takes its place.
std::unique_ptr<Engine> open_engine(const Fixture& fixture, EngineOptions options) {
    if (const char* name = std::getenv("GAN_ENGINE")) options.engine = engine_kind_named(name).value();
    auto engine = std::make_unique<Engine>(std::make_shared<Program>(lower(fixture.checkpoint)), options);
    if (!engine->note().empty()) throw std::runtime_error(engine->note());
    return engine;
}

std::vector<float> run(Engine& engine, const Fixture& fixture, double psi) {
    engine.prepare({}).get();
    const auto z = fixture.contents.tensors.at("input.z").to<float>();
    const auto conditions = conditioning(fixture);
    const std::vector<double> psis(conditions.size(), psi);
    std::vector<float> rgb(conditions.size() * engine.picture_size({}));
    engine.run({.z = z, .psi = psis, .conditioning = conditions}, rgb);
    return rgb;
}

// PyTorch in f32 differs by up to 6e-6 (biggan) and 4e-5 (deep) from the same fixtures.
TEST_P(Golden, EngineAgreesInF32) {
    const Fixture fixture = load(GetParam());
    const auto engine = open_engine(fixture, {.precision = Precision::F32});
    for (const Picture& picture : fixture.pictures)
        EXPECT_LT(max_difference(run(*engine, fixture, picture.psi), picture.image.to<float>()),
                  fixture.deep() ? 2e-4 : 2e-5);
}

// Blocks before the last are not squashed by tanh: their bound scales with their largest value.
TEST_P(Golden, EngineAgreesInF32AtEveryBlock) {
    const Fixture fixture = load(GetParam());
    const auto engine = open_engine(fixture, {.precision = Precision::F32, .taps = true});
    engine->prepare({}).get();
    const auto z = fixture.contents.tensors.at("input.z").to<float>();
    const auto conditions = conditioning(fixture);
    const size_t dim = z.size() / conditions.size();
    std::vector<float> rgb(engine->picture_size({}));
    for (size_t n = 0; n < conditions.size(); ++n) {
        const double psi = fixture.pictures.front().psi;
        engine->run(
            {.z = std::span(z).subspan(n * dim, dim), .psi = {&psi, 1}, .conditioning = {&conditions[n], 1}},
            rgb);
        for (const auto& [name, tensor] : fixture.contents.tensors) {
            if (!name.starts_with("trace.")) continue;
            const auto wanted = part(tensor.to<float>(), n, conditions.size());
            const double error = traced_error(name, [&](const std::string& tap) -> std::optional<double> {
                const auto value = engine->tap({}, tap);
                if (!value) return std::nullopt;
                return max_difference(*value, wanted);
            });
            EXPECT_LT(error, (fixture.deep() ? 2e-4 : 2e-5) * std::max(1.0, max_abs(wanted))) << name;
        }
    }
}

// Bound: 1.3 times the mean error of PyTorch's bf16 autocast on the same fixture. The yardstick is known for
// the fixtures that come with the project; for others the largest of each family stands in.
TEST_P(Golden, EngineIsAsGoodAsAutocastInBf16) {
    const Fixture fixture = load(GetParam());
    const std::map<std::string, std::vector<double>> autocast{
        {"biggan-64-generator", {0.0031}},
        {"biggan-128-generator", {0.0057}},
        {"biggan-deep-128-generator", {0.0089}},
        {"hf-biggan-deep-128", {0.0141, 0.0104, 0.0030}},
    };
    std::unique_ptr<Engine> engine;
    try {
        engine = open_engine(fixture, {.precision = Precision::BF16});
    } catch (const Error& error) {
        if (std::string_view(error.what()).starts_with("bf16 needs a GPU")) GTEST_SKIP() << error.what();
        EXPECT_NE(std::string(error.what()).find("bf16 needs a processor"), std::string::npos)
            << error.what();
        EXPECT_FALSE(processor_has_bf16());
        return;
    }
    const auto known = autocast.find(fixture.path.stem().string());
    for (size_t i = 0; i < fixture.pictures.size(); ++i) {
        const auto image = run(*engine, fixture, fixture.pictures[i].psi);
        EXPECT_TRUE(all_finite(image));
        const double yardstick = known != autocast.end() ? known->second[i]
                                 : fixture.deep()        ? 0.0141
                                                         : 0.0057;
        EXPECT_LE(mean_difference(image, fixture.pictures[i].image.to<float>()), 1.3 * yardstick)
            << "at psi " << fixture.pictures[i].psi;
    }
}

INSTANTIATE_TEST_SUITE_P(Fixtures, Golden, testing::ValuesIn(fixture_paths()), [](const auto& info) {
    std::string name = info.param.stem().string();
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
});

}  // namespace
}  // namespace gan
