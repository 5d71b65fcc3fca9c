// Foreign layouts are made from a native random network by renaming, reordering and re-expressing it as
// the other code base stores it; importing must give back the same network.

#include "runtime/model/layouts.h"
#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/model/infer_config.h"
#include "runtime/model/latent.h"
#include "runtime/model/lower.h"
#include "runtime/model/safetensors.h"
#include "tests/interpreter.h"
#include "tests/support.h"
#include "tests/torch_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <regex>

namespace gan {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using Names = std::vector<std::pair<std::regex, std::string>>;

Names rules(const std::vector<std::pair<std::string, std::string>>& list) {
    Names names;
    for (const auto& [from, to] : list) names.emplace_back(std::regex(from), to);
    return names;
}

/// The power iteration's converged vectors, as torch.nn.utils.spectral_norm stores them: (u, v) such that
/// u W v equals the sigma that one step from u0 gives.
void torch_vectors(const Checkpoint& from, const std::string& layer, StateDict& to, const std::string& name) {
    const auto w = from.tensors.at(layer + ".weight").to<double>();
    auto u = from.tensors.at(layer + ".u0").to<double>();
    const size_t columns = w.size() / u.size();
    std::vector<double> v(columns, 0.0);
    const auto normalize = [](std::vector<double>& x) {
        double sum = 0;
        for (double e : x) sum += e * e;
        for (double& e : x) e /= std::sqrt(sum);
    };
    for (size_t r = 0; r < u.size(); ++r)
        for (size_t c = 0; c < columns; ++c) v[c] += u[r] * w[r * columns + c];
    normalize(v);
    for (size_t r = 0; r < u.size(); ++r) {
        u[r] = 0;
        for (size_t c = 0; c < columns; ++c) u[r] += w[r * columns + c] * v[c];
    }
    normalize(u);
    to[name + ".weight_u"] =
        make_tensor(std::vector<float>(u.begin(), u.end()), {static_cast<int64_t>(u.size())});
    to[name + ".weight_v"] =
        make_tensor(std::vector<float>(v.begin(), v.end()), {static_cast<int64_t>(columns)});
}

/// Renames every tensor; spectrally normalised layers in torch's style when asked.
StateDict renamed(const Checkpoint& from, const Names& names, bool torch_norm,
                  const std::string& prefix = "") {
    StateDict to;
    for (const auto& [name, tensor] : from.tensors) {
        std::string ours = name;
        for (const auto& [pattern, replacement] : names)
            ours = std::regex_replace(ours, pattern, replacement);
        ours = prefix + ours;
        const size_t dot = name.rfind('.');
        const std::string layer = name.substr(0, dot);
        const std::string base = ours.substr(0, ours.rfind('.'));
        if (torch_norm && name.ends_with(".u0")) {
            torch_vectors(from, layer, to, base);
        } else if (torch_norm && name.ends_with(".weight") && from.tensors.contains(layer + ".u0")) {
            to[base + ".weight_orig"] = tensor;
        } else {
            to[ours] = tensor;
        }
    }
    return to;
}

Tensor columns_reversed(const Tensor& tensor, int64_t first) {  // [first | rest] -> [rest | first]
    const auto in = tensor.to<float>();
    std::vector<float> out(in.size());
    const auto columns = tensor.dim(1);
    for (size_t i = 0; i < in.size(); ++i) {
        const auto c = static_cast<int64_t>(i) % columns;
        const int64_t to = c < first ? columns - first + c : c - first;
        out[i - static_cast<size_t>(c) + static_cast<size_t>(to)] = in[i];
    }
    return make_tensor(std::move(out), tensor.shape);
}

Tensor rows_channels_last(const Tensor& tensor, bool row_vector) {  // (C, 4, 4) -> (4, 4, C)
    const auto in = tensor.to<float>();
    const size_t rows = row_vector ? in.size() : static_cast<size_t>(tensor.dim(0));
    const size_t width = in.size() / rows;
    std::vector<float> out(in.size());
    for (size_t r = 0; r < rows; ++r) {
        const size_t to = r % 16 * (rows / 16) + r / 16;
        std::copy_n(&in[r * width], width, &out[to * width]);
    }
    return make_tensor(std::move(out), tensor.shape);
}

/// [embedding, z] -> [z, embedding] in a native deep checkpoint, rows of the first layer channels-last.
Checkpoint hub_order(Checkpoint checkpoint) {
    for (auto& [name, tensor] : checkpoint.tensors) {
        const bool conditional = name == "linear.weight" || name.ends_with(".gain.weight") ||
                                 (name.find(".bn") != std::string::npos && name.ends_with(".bias.weight"));
        if (conditional) tensor = columns_reversed(tensor, checkpoint.config.shared_dim);
        if (name.starts_with("linear.")) tensor = rows_channels_last(tensor, name == "linear.u0");
    }
    return checkpoint;
}

std::vector<double> picture(const Checkpoint& checkpoint) {
    const auto latent = normal_latent(5, checkpoint.config.dim_z);
    return interpret(lower<double>(checkpoint),
                     {.z = latent.z, .conditioning = {.classes = {{2, 0.7f}, {1, 0.3f}}}, .psi = 0.63})
        .picture.values;
}

/// Writes `tensors`, imports them and compares the pictures. f32 rounding of stored vectors: 1e-5.
Checkpoint expect_same(const Checkpoint& original, const StateDict& tensors,
                       const ImportOptions& options = {}) {
    const TemporaryFolder folder;
    write_safetensors(folder / "m.safetensors", {.tensors = tensors, .metadata = {}});
    Checkpoint imported = open_checkpoint(folder / "m.safetensors", options);
    EXPECT_EQ(imported.config.family, original.config.family);
    EXPECT_EQ(imported.config.resolution, original.config.resolution);
    EXPECT_EQ(imported.config.widths, original.config.widths);
    EXPECT_EQ(imported.config.attention, original.config.attention);
    EXPECT_EQ(imported.config.dim_z, original.config.dim_z);
    EXPECT_EQ(imported.config.classes, original.config.classes);
    EXPECT_EQ(imported.config.hierarchical, original.config.hierarchical);
    Checkpoint compared = imported;  // eps differ by layout; the weights are what is compared
    compared.config.bn_eps = original.config.bn_eps;
    compared.config.output_bn_eps = original.config.output_bn_eps;
    EXPECT_LT(max_difference(picture(compared), picture(original)), 1e-5);
    return imported;
}

Checkpoint plain(int resolution = 64) {
    return random_checkpoint(small_config(Family::BigGan, resolution), 100);
}
Checkpoint deep(int resolution = 64) {
    return random_checkpoint(small_config(Family::BigGanDeep, resolution), 200);
}

TEST(Layouts, ReferenceUnderAnyNesting) {
    for (const std::string prefix :
         {"", "module.", "state_dict.", "state_dict.module.", "G.", "model.generator."})
        EXPECT_EQ(expect_same(plain(), renamed(plain(), {}, false, prefix)).source, "tf-hub")
            << prefix;  // no sv0 here
}

TEST(Layouts, ReferenceWithItsLogValuesIsNotTfHub) {
    StateDict tensors = plain().tensors;
    tensors["linear.sv0"] = make_tensor(std::vector<float>{1}, {1});
    const Checkpoint imported = expect_same(plain(), tensors);
    EXPECT_EQ(imported.source, "reference");
    EXPECT_EQ(imported.config.bn_eps, 1e-5);
    EXPECT_FALSE(imported.tensors.contains("linear.sv0"));
}

TEST(Layouts, TfHubConversionHasItsOwnEpsilon) {
    const Checkpoint imported = expect_same(plain(128), plain(128).tensors);
    EXPECT_EQ(imported.config.bn_eps, 1e-4);
    EXPECT_EQ(imported.config.output_bn_eps, 1e-4);
    EXPECT_EQ(imported.config.truncation, TruncationMode::Scale);
    EXPECT_FALSE(imported.notes.empty());
}

TEST(Layouts, MovingAverageIsTakenUnlessRawIsAsked) {
    const Checkpoint raw = plain();
    const Checkpoint average = random_checkpoint(small_config(Family::BigGan, 64), 101);
    StateDict both = renamed(raw, {}, false, "G.");
    for (const auto& [name, tensor] : renamed(average, {}, false, "G_ema.")) both[name] = tensor;
    expect_same(average, both);
    expect_same(average, both, {.weights = WeightsChoice::Ema});
    expect_same(raw, both, {.weights = WeightsChoice::Raw});
    EXPECT_THROW(expect_same(raw, renamed(raw, {}, false, "G."), {.weights = WeightsChoice::Ema}), Error);
}

TEST(Layouts, CrossReplicaAndMybnBuffers) {
    const Checkpoint original = plain();
    expect_same(
        original,
        renamed(original, rules({{"stored_mean$", "bn.running_mean"}, {"stored_var$", "bn.running_var"}}),
                false));
    StateDict mybn = renamed(
        original, rules({{"stored_mean$", "bn.stored_mean"}, {"stored_var$", "bn.stored_var"}}), false);
    StateDict summed = mybn;
    for (const auto& [name, tensor] : mybn) {
        if (!name.ends_with(".bn.stored_mean") && !name.ends_with(".bn.stored_var")) continue;
        auto values = tensor.to<float>();
        for (float& value : values) value *= 16;
        summed[name] = make_tensor(values, tensor.shape);
        const std::string counter = name.substr(0, name.rfind('.')) + ".accumulation_counter";
        summed[counter] = make_tensor(std::vector<float>{16}, {1});
        mybn[counter] = make_tensor(std::vector<float>{0}, {1});
    }
    expect_same(original, mybn);    // running statistics
    expect_same(original, summed);  // sums of 16 passes of standing statistics
}

Names studio_names(bool deep_blocks) {
    std::vector<std::pair<std::string, std::string>> list{
        {"^linear\\.", "linear0."},
        {"^output_layer\\.2\\.", "conv2d5."},
        {"^output_layer\\.0\\.gain$", "bn4.weight"},
        {"^output_layer\\.0\\.bias$", "bn4.bias"},
        {"^output_layer\\.0\\.stored_(mean|var)$", "bn4.running_$1"},
        {"stored_(mean|var)$", "bn.running_$1"},
        {"conv_sc", "conv2d0"},
        {"\\.conv([1-4])\\.", ".conv2d$1."},
        {"\\.(theta|phi|g)\\.", ".conv1x1_$1."},
        {"\\.1\\.o\\.", ".1.conv1x1_attn."},
        {"gamma$", "sigma"}};
    // Attention follows the block it belongs to under a number of its own; all later blocks move up by one.
    const int attended =
        deep_blocks ? 5 : 2;  // the small 64-pixel networks attend at 32 pixels: after stage 2
    std::vector<std::pair<std::string, std::string>> numbers;
    for (int block = deep_blocks ? 7 : 3; block > attended; --block)
        numbers.emplace_back(fmt::format("^blocks\\.{}\\.0\\.", block),
                             fmt::format("blocks.{}.0.", block + 1));
    numbers.emplace_back(fmt::format("^blocks\\.{}\\.1\\.", attended),
                         fmt::format("blocks.{}.0.", attended + 1));
    list.insert(list.end(), numbers.begin(), numbers.end());
    return rules(list);
}

TEST(Layouts, StudioGan) {
    const Checkpoint imported = expect_same(plain(), renamed(plain(), studio_names(false), true));
    EXPECT_EQ(imported.source, "studiogan");
    EXPECT_EQ(imported.config.bn_eps, 1e-4);
    EXPECT_EQ(imported.config.output_bn_eps, 1e-4);
    expect_same(deep(), renamed(deep(), studio_names(true), true));
}

TEST(Layouts, StudioGanHasItsOwnWidthsAt64Pixels) {
    BigGanConfig config = small_config(Family::BigGan, 64);
    config.widths = {64, 32, 16, 8, 4};  // 16, 8, 4, 2, 1: no multiple of the reference's table
    const Checkpoint original = random_checkpoint(config, 102);
    expect_same(original, renamed(original, studio_names(false), true));
}

TEST(Layouts, StudioGanDeepWithLearnedShortcuts) {
    Checkpoint original = deep();
    for (int block = 0; block < 8; ++block) {
        const auto name = fmt::format("blocks.{}.0.", block);
        const int64_t in = original.tensors.at(name + "conv1.weight").dim(1);
        const int64_t out = original.tensors.at(name + "conv4.weight").dim(0);
        original.tensors[name + "conv_sc.weight"] = make_tensor(
            normal_latent(900 + static_cast<uint64_t>(block), static_cast<int>(in * out)).z, {out, in, 1, 1});
        original.tensors[name + "conv_sc.bias"] =
            make_tensor(normal_latent(950, static_cast<int>(out)).z, {out});
        original.tensors[name + "conv_sc.u0"] =
            make_tensor(normal_latent(960, static_cast<int>(out)).z, {1, out});
    }
    expect_same(original, renamed(original, studio_names(true), true));
}

Names mm_names(bool deep_blocks) {
    std::vector<std::pair<std::string, std::string>> list{
        {"^linear\\.", "noise2feat."},
        {"^shared\\.", "shared_embedding."},
        {"^output_layer\\.2\\.", "output_layer.conv."},
        {"^output_layer\\.0\\.gain$", "output_layer.bn.weight"},
        {"^output_layer\\.0\\.bias$", "output_layer.bn.bias"},
        {"^output_layer\\.0\\.stored_(mean|var)$", "output_layer.bn.running_$1"},
        {"stored_(mean|var)$", "bn.running_$1"},
        {"conv_sc\\.", "shortcut.conv."},
        {"\\.0\\.conv([1-4])\\.", ".0.conv$1.conv."},
        {"\\.1\\.(theta|phi|g|o)\\.", ".1.$1.conv."}};
    const int attended = deep_blocks ? 5 : 2;
    for (int block = deep_blocks ? 7 : 3; block >= 0; --block)
        list.emplace_back(fmt::format("^blocks\\.{}\\.0\\.", block),
                          fmt::format("conv_blocks.{}.", block > attended ? block + 1 : block));
    list.emplace_back(fmt::format("^blocks\\.{}\\.1\\.", attended),
                      fmt::format("conv_blocks.{}.", attended + 1));
    return rules(list);
}

TEST(Layouts, MmGeneration) {
    EXPECT_EQ(
        expect_same(plain(), renamed(plain(), mm_names(false), true, "state_dict.generator_ema.")).source,
        "mmgeneration");
    expect_same(plain(), renamed(plain(), mm_names(false), false));  // its own style of spectral norm: u0
    expect_same(deep(), renamed(hub_order(deep()), mm_names(true), true, "generator."));
}

TEST(Layouts, BlueFirstPicturesAreSwappedWhenAsked) {
    Checkpoint original = plain();
    StateDict swapped = renamed(original, mm_names(false), false);
    for (const char* name : {"output_layer.conv.weight", "output_layer.conv.bias", "output_layer.conv.u0"}) {
        auto values = swapped.at(name).to<float>();
        const size_t third = values.size() / 3;
        std::swap_ranges(values.begin(), values.begin() + static_cast<ptrdiff_t>(third),
                         values.end() - static_cast<ptrdiff_t>(third));
        swapped[name] = make_tensor(values, swapped.at(name).shape);
    }
    expect_same(original, swapped, {.bgr = true});
}

TEST(Layouts, HuggingFaceFolder) {
    BigGanConfig config = small_config(Family::BigGanDeep, 128);
    for (int row = 0; row < 51; ++row) config.stats_psi.push_back(row / 50.0);
    config.bn_eps = config.output_bn_eps = config.sn_eps = 1e-4;
    Checkpoint original = random_checkpoint(config, 300);
    // TF-Hub's colour layer makes as many channels as come in; sigma is taken over all of them.
    original.tensors["output_layer.2.weight"] = make_tensor(normal_latent(7, 4 * 4 * 9).z, {4, 4, 3, 3});
    original.tensors["output_layer.2.bias"] = make_tensor(normal_latent(8, 4).z, {4});
    original.tensors["output_layer.2.u0"] = make_tensor(normal_latent(9, 4).z, {1, 4});

    std::vector<std::pair<std::string, std::string>> list{
        {"^shared\\.", "embeddings."},
        {"^linear\\.", "generator.gen_z."},
        {"^output_layer\\.0\\.gain$", "generator.bn.weight"},
        {"^output_layer\\.0\\.", "generator.bn."},
        {"^output_layer\\.2\\.", "generator.conv_to_rgb."},
        {"stored_means$", "running_means"},
        {"stored_vars$", "running_vars"},
        {"\\.1\\.(theta|phi|g)\\.", ".1.snconv1x1_$1."},
        {"\\.1\\.o\\.", ".1.snconv1x1_o_conv."}};
    for (int k = 1; k <= 4; ++k) {
        list.emplace_back(fmt::format("\\.bn{}\\.gain", k), fmt::format(".bn_{}.scale", k - 1));
        list.emplace_back(fmt::format("\\.bn{}\\.bias", k), fmt::format(".bn_{}.offset", k - 1));
        list.emplace_back(fmt::format("\\.bn{}\\.", k), fmt::format(".bn_{}.", k - 1));
        list.emplace_back(fmt::format("\\.conv{}\\.", k), fmt::format(".conv_{}.", k - 1));
    }
    for (int block = 9; block >= 0; --block)
        list.emplace_back(fmt::format("^blocks\\.{}\\.0\\.", block),
                          fmt::format("generator.layers.{}.", block > 7 ? block + 1 : block));
    list.emplace_back("^blocks\\.7\\.1\\.", "generator.layers.8.");
    StateDict tensors = renamed(hub_order(original), rules(list), true);
    const auto embedding =
        original.tensors.at("shared.weight").to<float>();  // (classes, dim) -> (dim, classes)
    std::vector<float> turned(embedding.size());
    for (size_t i = 0; i < embedding.size(); ++i) turned[i % 16 * 5 + i / 16] = embedding[i];
    tensors["embeddings.weight"] = make_tensor(turned, {16, 5});
    tensors["generator.layers.8.gamma"] = make_tensor(std::vector<float>{0.7f}, {1});

    const TemporaryFolder folder;
    std::ofstream(folder / "config.json") << R"({"output_dim":128,"z_dim":12,"num_classes":5,"eps":0.0001})";
    const auto bytes = save_state_dict(tensors, false);
    std::ofstream(folder / "pytorch_model.bin")
        .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
    for (const auto& path : {folder.path(), folder / "pytorch_model.bin"}) {
        const Checkpoint imported = open_checkpoint(path);
        EXPECT_EQ(imported.config.image_channels, 3);
        EXPECT_EQ(imported.config.stats_psi.size(), 51u);
        EXPECT_LT(max_difference(picture(imported), picture(original)), 1e-5);
    }
    std::ofstream(folder / "config.json") << R"({"output_dim":256})";
    EXPECT_THAT([&] { open_checkpoint(folder.path()); }, ThrowsMessage<Error>(HasSubstr("output_dim")));
}

TEST(Layouts, TrainingFolderOfTheReference) {
    const TemporaryFolder folder;
    const auto write = [&](const std::string& name, const std::vector<std::byte>& bytes) {
        std::ofstream(folder / name).write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
    };
    StateDict average = random_checkpoint(small_config(Family::BigGan, 64), 101).tensors;
    average["linear.sv0"] = make_tensor(std::vector<float>{1}, {1});
    write("G.pth", save_state_dict(plain().tensors, false));
    write("G_ema.pth", save_state_dict(average, false));
    write("G_ema_best1.pth", save_state_dict(plain().tensors, false));
    write("G_optim.pth", {std::byte{0}});
    write("D.pth", {std::byte{0}});
    PickleWriter notes;
    notes.raw("}").text("config").raw("}(").text("BN_eps").raw(
        std::string_view("G\x3f\x50\x62\x4d\xd2\xf1\xa9\xfc", 9));  // 0.001
    notes.text("G_activation").global("torch.nn.modules.activation", "ReLU").raw(")\x81}b").raw("us");
    write("state_dict.pth", legacy_container(notes.finish(), {}, {}));
    const Checkpoint imported = open_checkpoint(folder.path());
    EXPECT_EQ(imported.config.bn_eps, 0.001);
    EXPECT_EQ(imported.tensors.at("linear.weight").to<float>(), average.at("linear.weight").to<float>());
    EXPECT_EQ(open_checkpoint(folder.path(), {.weights = WeightsChoice::Raw})
                  .tensors.at("linear.weight")
                  .to<float>(),
              plain().tensors.at("linear.weight").to<float>());
}

TEST(Layouts, HalfPrecisionStorageLoads) {
    const Checkpoint original = plain();
    StateDict halves;
    Checkpoint rounded = original;
    for (const auto& [name, tensor] : original.tensors) {
        const auto values = tensor.to<float>();
        std::vector<std::byte> bytes(values.size() * 2);
        for (size_t i = 0; i < values.size(); ++i)
            std::memcpy(&bytes[i * 2], reinterpret_cast<const char*>(&values[i]) + 2, 2);
        halves[name] = make_tensor(bytes, DType::BF16, tensor.shape);
        rounded.tensors[name] = make_tensor(halves[name].to<float>(), tensor.shape);
    }
    expect_same(rounded, halves);
}

TEST(Layouts, ADiscriminatorIsNoGenerator) {
    StateDict tensors;
    tensors["linear.weight"] = make_tensor(std::vector<float>(4), {1, 4});
    tensors["blocks.0.0.conv1.weight"] = make_tensor(std::vector<float>(27), {1, 3, 3, 3});
    const TemporaryFolder folder;
    write_safetensors(folder / "d.safetensors", {.tensors = tensors, .metadata = {}});
    EXPECT_THAT([&] { open_checkpoint(folder / "d.safetensors"); },
                ThrowsMessage<Error>(HasSubstr("no BigGAN generator")));
}

// -- what names and shapes say -------------------------------------------------------------------------

TEST(InferConfig, SeesEveryResolutionOfBothFamilies) {
    for (Family family : {Family::BigGan, Family::BigGanDeep})
        for (int resolution : {32, 64, 128, 256, 512}) {
            BigGanConfig config = small_config(family, resolution, 1);
            if (resolution == 32) config.channels = 2, config.widths = {8, 8, 8, 8};
            const BigGanConfig found = infer_config(random_checkpoint(config, 1).tensors, std::nullopt, "x");
            EXPECT_EQ(to_json(found), to_json(config)) << name_of(family) << " " << resolution;
        }
}

TEST(InferConfig, SeesPlainEmbeddingsAndWholeLatents) {
    BigGanConfig config = small_config(Family::BigGan, 32);
    config.hierarchical = false;
    EXPECT_EQ(to_json(infer_config(random_checkpoint(config, 1).tensors, std::nullopt, "x")),
              to_json(config));
    config.shared_dim = 0;
    EXPECT_EQ(to_json(infer_config(random_checkpoint(config, 1).tensors, std::nullopt, "x")),
              to_json(config));
    config.image_channels = 1;
    config.attention = {};
    EXPECT_EQ(to_json(infer_config(random_checkpoint(config, 1).tensors, std::nullopt, "x")),
              to_json(config));
    config.attention = {8, 32};
    EXPECT_EQ(to_json(infer_config(random_checkpoint(config, 1).tensors, std::nullopt, "x")),
              to_json(config));
}

// The full-size networks, by the names and shapes that the published files have.
TEST(InferConfig, SeesThePublishedNetworks) {
    const auto listed = [](const char* file) {
        StateDict tensors;
        std::ifstream lines(data_folder() / file);
        const std::regex row(R"([PB]\t(\S+)\t\((.*)\))");
        for (std::string line; std::getline(lines, line);) {
            if (line.find("DISCRIMINATOR") != std::string::npos) break;
            std::smatch match;
            if (!std::regex_match(line, match, row)) continue;
            std::vector<int64_t> shape;
            std::istringstream numbers(match[2]);
            for (std::string number; std::getline(numbers, number, ',');)
                if (!number.empty()) shape.push_back(std::stoll(number));
            tensors[match[1]] = {DType::F32, shape, nullptr, {}};  // shapes alone: no data
        }
        return tensors;
    };
    const auto big = infer_config(listed("keys-biggan128.txt"), std::nullopt, "x");
    EXPECT_EQ(big.channels, 96);
    EXPECT_EQ(big.dim_z, 120);
    EXPECT_EQ(big.classes, 1000);
    EXPECT_EQ(big.attention, std::vector<int>{64});
    const auto deep_128 = infer_config(listed("keys-biggandeep128.txt"), std::nullopt, "x");
    EXPECT_EQ(deep_128.depth, 2);
    EXPECT_EQ(deep_128.channels, 128);
    EXPECT_EQ(deep_128.resolution, 128);
    const auto cifar = infer_config(listed("keys-biggan32-cifar.txt"), std::nullopt, "x");
    EXPECT_EQ(cifar.channels, 64);
    EXPECT_FALSE(cifar.shared());
    EXPECT_EQ(cifar.classes, 10);
}

}  // namespace
}  // namespace gan
