#include "tests/support.h"

#include "runtime/model/latent.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

namespace gan {

namespace fs = std::filesystem;

fs::path data_folder() {
    return GAN_TEST_DATA;
}

fs::path swing_patch() {
    return data_folder() / "swing.ganymede";
}

TemporaryFolder::TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "ganymede-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

bool processor_has_bf16() {
    std::ifstream file("/proc/cpuinfo");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return text.find("avx512_bf16") != std::string::npos || text.find("amx_bf16") != std::string::npos;
}

BigGanConfig small_config(Family family, int resolution, int channels) {
    BigGanConfig config;
    config.family = family;
    config.resolution = resolution;
    config.channels = channels;
    for (int multiplier : reference_multipliers(resolution)) config.widths.push_back(multiplier * channels);
    config.depth = family == Family::BigGanDeep ? 2 : 1;
    config.attention = {resolution >= 128 ? 64 : resolution / 2};
    config.shared_dim = 16;
    config.classes = 5;
    config.hierarchical = true;
    config.dim_z = family == Family::BigGan ? 4 * (config.blocks() + 1) : 12;
    return config;
}

Checkpoint random_checkpoint(const BigGanConfig& config, uint64_t seed) {
    Checkpoint checkpoint;
    checkpoint.config = config;
    const auto put = [&](const std::string& name, std::vector<int64_t> shape, double mean, double spread) {
        int64_t count = 1;
        for (int64_t d : shape) count *= d;
        std::vector<float> values = normal_latent(seed++, static_cast<int>(count)).z;
        for (float& value : values) value = static_cast<float>(mean + spread * value);
        checkpoint.tensors.insert_or_assign(name, make_tensor(std::move(values), std::move(shape)));
    };
    const auto layer = [&](const std::string& name, std::vector<int64_t> shape, bool bias) {
        double inputs = 1;
        for (size_t d = 1; d < shape.size(); ++d) inputs *= static_cast<double>(shape[d]);
        put(name + ".weight", shape, 0, 1 / std::sqrt(inputs));
        put(name + ".u0", {1, shape[0]}, 0, 1);
        if (bias) put(name + ".bias", {shape[0]}, 0, 0.1);
    };
    const auto variances = [&](const std::string& name) {
        auto values = checkpoint.tensors.at(name).to<float>();
        for (float& value : values) value = std::abs(value) + 0.05f;
        checkpoint.tensors[name] = make_tensor(std::move(values), checkpoint.tensors.at(name).shape);
    };
    const auto rows = static_cast<int64_t>(config.stats_psi.size());
    const auto statistics = [&](const std::string& name, int64_t channels, double variance) {
        const std::string suffix = rows > 0 ? "s" : "";
        const auto shape = rows > 0 ? std::vector<int64_t>{rows, channels} : std::vector<int64_t>{channels};
        put(name + ".stored_mean" + suffix, shape, 0, 0.1);
        put(name + ".stored_var" + suffix, shape, variance, variance / 4);
        variances(name + ".stored_var" + suffix);
    };
    const auto norm = [&](const std::string& name, int64_t channels) {
        statistics(name, channels, 0.5);
        const bool deep = config.family == Family::BigGanDeep;
        const int64_t z = deep ? config.dim_z : config.hierarchical ? config.first_chunk() : 0;
        for (const char* part : {".gain", ".bias"}) {
            if (config.shared()) {
                layer(name + part, {channels, config.shared_dim + z}, false);
            } else {
                put(name + part + ".weight", {config.classes, channels}, 0, 0.3);
            }
        }
    };
    const bool deep = config.family == Family::BigGanDeep;
    if (config.shared()) put("shared.weight", {config.classes, config.shared_dim}, 0, 1);
    layer("linear", {config.widths[0] * 16, config.first_chunk() + (deep ? config.shared_dim : 0)}, true);
    for (int block = 0; block < config.blocks(); ++block) {
        const std::string name = fmt::format("blocks.{}.0.", block);
        const int stage = block / config.depth;
        const bool last = block % config.depth == config.depth - 1;
        const int64_t in = config.widths[static_cast<size_t>(stage)];
        const int64_t out = last ? config.widths[static_cast<size_t>(stage) + 1] : in;
        if (deep) {
            const int64_t hidden = std::max<int64_t>(in / 4, 1);
            norm(name + "bn1", in);
            for (const char* bn : {"bn2", "bn3", "bn4"}) norm(name + bn, hidden);
            layer(name + "conv1", {hidden, in, 1, 1}, true);
            layer(name + "conv2", {hidden, hidden, 3, 3}, true);
            layer(name + "conv3", {hidden, hidden, 3, 3}, true);
            layer(name + "conv4", {out, hidden, 1, 1}, true);
        } else {
            norm(name + "bn1", in);
            norm(name + "bn2", out);
            layer(name + "conv1", {out, in, 3, 3}, true);
            layer(name + "conv2", {out, out, 3, 3}, true);
            layer(name + "conv_sc", {out, in, 1, 1}, true);
        }
        const bool attends = last && std::find(config.attention.begin(), config.attention.end(),
                                               4 << (stage + 1)) != config.attention.end();
        if (!attends) continue;
        const std::string attention = fmt::format("blocks.{}.1.", block);
        layer(attention + "theta", {std::max<int64_t>(out / 8, 1), out, 1, 1}, false);
        layer(attention + "phi", {std::max<int64_t>(out / 8, 1), out, 1, 1}, false);
        layer(attention + "g", {std::max<int64_t>(out / 2, 1), out, 1, 1}, false);
        layer(attention + "o", {out, std::max<int64_t>(out / 2, 1), 1, 1}, false);
        checkpoint.tensors.insert_or_assign(attention + "gamma", make_tensor(std::vector<float>{0.7f}, {}));
    }
    const int64_t last = config.widths.back();
    put("output_layer.0.gain", {last}, 1, 0.1);
    put("output_layer.0.bias", {last}, 0, 0.1);
    statistics("output_layer.0", last, 1.0);
    layer("output_layer.2", {config.image_channels, last, 3, 3}, true);
    return checkpoint;
}

double resident_megabytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
    return 0;
}

uint64_t frames() {
    const char* asked = std::getenv("GAN_FRAMES");
    return asked == nullptr ? 10'000 : std::strtoull(asked, nullptr, 10);
}

}  // namespace gan
