#include "trainer/metrics/texture_network.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/model/safetensors.h"
#include "trainer/state.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <torch/optim/adam.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace gan {
namespace {

using nlohmann::json;

constexpr const char* format_key = "ganymede.format";
constexpr const char* format_name = "texture network 1";
constexpr const char* classes_key = "ganymede.class_names";

constexpr double first_rate = 3e-3;  // of Adam

struct MapSize {
    int64_t in;
    int64_t out;
    int64_t kernel;
    int64_t stride;
};

constexpr std::array<MapSize, 5> sizes{{{3, 32, 3, 1},
                                        {32, 48, 3, 2},
                                        {48, 64, 3, 2},
                                        {64, 96, 3, 2},
                                        {96, TextureNetworkImpl::feature_count, 3, 1}}};

}  // namespace

TextureNetworkImpl::TextureNetworkImpl(std::vector<std::string> classes, uint64_t seed)
    : classes_(std::move(classes)) {
    if (classes_.size() < 2) throw Error("a texture network needs two classes or more to tell apart");
    const at::Generator generator = at::detail::createCPUGenerator(seed);
    const auto count = static_cast<int64_t>(classes_.size());
    for (const auto& [in, out, kernel, stride] : sizes) {
        const std::string name = fmt::format("layer{}_", layers_.size());
        const double std = std::sqrt(2.0 / static_cast<double>(in * kernel * kernel));
        const at::Tensor weight = at::empty({out, in, kernel, kernel}).normal_(0, std, generator);
        layers_.push_back({.weight = register_parameter(name + "weight", weight),
                           .scale = register_parameter(name + "scale", at::ones({out})),
                           .shift = register_parameter(name + "shift", at::zeros({out})),
                           .mean = register_buffer(name + "mean", at::zeros({out})),
                           .var = register_buffer(name + "var", at::ones({out}))});
    }
    const double std = 1 / std::sqrt(static_cast<double>(feature_count));
    weight_ =
        register_parameter("classes_weight", at::empty({count, feature_count}).normal_(0, std, generator));
    bias_ = register_parameter("classes_bias", at::zeros({count}));
}

Features TextureNetworkImpl::forward(const at::Tensor& images) {
    check_images(images);
    at::Tensor x = images.to(weight_.options());
    if (x.size(2) != side || x.size(3) != side)
        x = at::_upsample_bilinear2d_aa(x, {side, side}, /*align_corners=*/false);
    for (size_t i = 0; i < layers_.size(); ++i) {
        const Layer& layer = layers_[i];
        x = at::conv2d(x, layer.weight, {}, sizes[i].stride, sizes[i].kernel / 2);
        x = at::batch_norm(x, layer.scale, layer.shift, layer.mean, layer.var, is_training(),
                           /*momentum=*/0.1,
                           /*eps=*/1e-5, /*cudnn_enabled=*/true);
        x = at::relu(x);
    }
    x = x.mean({2, 3});
    return {.features = x, .logits = at::linear(x, weight_, bias_)};
}

TextureNetwork train_texture_network(const std::function<TextureBatch()>& sampler,
                                     std::vector<std::string> classes, int64_t steps, uint64_t seed,
                                     const std::function<void(const TextureStep&)>& progress) {
    TextureNetwork network(std::move(classes), seed);
    network->train();
    const auto count = static_cast<int64_t>(network->classes().size());
    torch::optim::Adam adam(network->parameters(), torch::optim::AdamOptions(first_rate));
    for (int64_t step = 0; step < steps; ++step) {
        check_interrupted();
        const TextureBatch batch = sampler();
        if (batch.labels.min().item<int64_t>() < 0 || batch.labels.max().item<int64_t>() >= count)
            throw Error("the labels of a batch are {} to {}, but the texture network has {} classes",
                        batch.labels.min().item<int64_t>(), batch.labels.max().item<int64_t>(), count);
        const double left = 1 - static_cast<double>(step) / static_cast<double>(steps);
        for (auto& group : adam.param_groups()) group.options().set_lr(first_rate * left);
        adam.zero_grad();
        const at::Tensor logits = network->forward(images_from_bytes(batch.images)).logits;
        const at::Tensor loss = at::cross_entropy_loss(logits, batch.labels);
        loss.backward();
        adam.step();
        if (progress)
            progress({.step = step + 1,
                      .loss = loss.item<double>(),
                      .accuracy = (logits.argmax(1) == batch.labels).to(at::kDouble).mean().item<double>()});
    }
    network->eval();
    return network;
}

double texture_accuracy(TextureNetwork network, const std::function<TextureBatch()>& sampler,
                        int64_t batches) {
    const at::NoGradGuard guard;
    const bool was_training = network->is_training();
    network->eval();
    int64_t right = 0;
    int64_t all = 0;
    for (int64_t i = 0; i < batches; ++i) {
        const TextureBatch batch = sampler();
        const at::Tensor named = network->forward(images_from_bytes(batch.images)).logits.argmax(1);
        right += (named == batch.labels).sum().item<int64_t>();
        all += batch.labels.size(0);
    }
    network->train(was_training);
    return all == 0 ? 0 : static_cast<double>(right) / static_cast<double>(all);
}

std::string save_texture_network(const TextureNetwork& network, const std::filesystem::path& path) {
    return write_safetensors(
        path,
        {.tensors = state_of(*network),
         .metadata = {{format_key, format_name}, {classes_key, json(network->classes()).dump()}}},
        weights_hash_key);
}

TextureNetwork load_texture_network(const std::filesystem::path& path) {
    const SafeTensors file = read_safetensors(path);
    const auto field = [&](const char* key) {
        const auto found = file.metadata.find(std::string_view(key));
        return found == file.metadata.end() ? std::string() : found->second;
    };
    if (field(format_key) != format_name)
        throw Error("{}: is not a texture network that Ganymede saved; train one, or give Inception weights",
                    path.string());
    const json classes = json::parse(field(classes_key), nullptr, /*allow_exceptions=*/false);
    const auto is_text = [](const json& name) { return name.is_string(); };
    if (!classes.is_array() || !std::all_of(classes.begin(), classes.end(), is_text))
        throw Error("{}: its class names are not a list of texts; the file is damaged", path.string());
    if (field(weights_hash_key) != data_hash(file.tensors))
        throw Error("{}: its weights do not have the hash that was stored with them; the file is damaged",
                    path.string());

    TextureNetwork network(classes.get<std::vector<std::string>>());
    load_state(*network, file.tensors, "", path.string());
    network->eval();
    return network;
}

namespace {

class FrozenTextureNetwork final : public FeatureNetwork {
public:
    explicit FrozenTextureNetwork(TextureNetwork network) : network_(std::move(network)) {
        network_->eval();
        const std::string hash = data_hash(state_of(*network_));
        const std::string label = fmt::format("({} px, {})", TextureNetworkImpl::side, hash.substr(0, 8));
        info_ = {
            .name = fmt::format("texture network of {} classes", network_->classes().size()),
            .distance = "texture distance " + label,
            .score = "texture score " + label,
            .protocol = fmt::format("bilinear to {0} x {0}, antialiased; [-1, 1]", TextureNetworkImpl::side),
            .weights_hash = hash};
    }
    const FeatureNetworkInfo& info() const override { return info_; }
    Features features(const at::Tensor& images) const override {
        const at::NoGradGuard guard;
        return network_.ptr()->forward(images);
    }

private:
    TextureNetwork network_;
    FeatureNetworkInfo info_;
};

}  // namespace

std::unique_ptr<FeatureNetwork> frozen(TextureNetwork network) {
    return std::make_unique<FrozenTextureNetwork>(std::move(network));
}

}  // namespace gan
