#include "trainer/metrics/inception.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/model/safetensors.h"
#include "runtime/model/torch_file.h"
#include "trainer/state.h"

#include <ATen/ATen.h>

#include <array>

namespace gan {
namespace {

constexpr int64_t input_side = 299;      // pixels
constexpr int64_t feature_count = 2048;  // F
constexpr double bn_eps = 1e-3;

using Pair = std::array<int64_t, 2>;  // vertical, horizontal

/// Convolution, batch norm, ReLU.
struct InceptionLayer {
    std::string name;
    int64_t out;
    Pair kernel{1, 1};
    int64_t stride = 1;
    bool padded = true;  // to keep the size
};

enum class Pool { None, Average, Maximum, Halve };  // 3 x 3, stride 1 with padding; Halve: maximum, stride 2

/// A pool, layers one after the other, then layers side by side on what these give.
struct Branch {
    Pool pool = Pool::None;
    std::vector<InceptionLayer> chain;
    std::vector<InceptionLayer> fork;
};

/// Branches side by side on one input, their channels joined in order.
struct Block {
    std::string name;  // empty for the stem, whose layers are named without it
    std::vector<Branch> branches;
    std::string path(const InceptionLayer& layer) const {
        return name.empty() ? layer.name : name + "." + layer.name;
    }
};

Block block_a(const std::string& name, int64_t pooled) {
    return {name,
            {{Pool::None, {{"branch1x1", 64}}},
             {Pool::None, {{"branch5x5_1", 48}, {"branch5x5_2", 64, {5, 5}}}},
             {Pool::None,
              {{"branch3x3dbl_1", 64}, {"branch3x3dbl_2", 96, {3, 3}}, {"branch3x3dbl_3", 96, {3, 3}}}},
             {Pool::Average, {{"branch_pool", pooled}}}}};
}

Block block_b(const std::string& name) {
    return {
        name,
        {{Pool::None, {{"branch3x3", 384, {3, 3}, 2, false}}},
         {Pool::None,
          {{"branch3x3dbl_1", 64}, {"branch3x3dbl_2", 96, {3, 3}}, {"branch3x3dbl_3", 96, {3, 3}, 2, false}}},
         {Pool::Halve}}};
}

Block block_c(const std::string& name, int64_t inner) {
    return {
        name,
        {{Pool::None, {{"branch1x1", 192}}},
         {Pool::None, {{"branch7x7_1", inner}, {"branch7x7_2", inner, {1, 7}}, {"branch7x7_3", 192, {7, 1}}}},
         {Pool::None,
          {{"branch7x7dbl_1", inner},
           {"branch7x7dbl_2", inner, {7, 1}},
           {"branch7x7dbl_3", inner, {1, 7}},
           {"branch7x7dbl_4", inner, {7, 1}},
           {"branch7x7dbl_5", 192, {1, 7}}}},
         {Pool::Average, {{"branch_pool", 192}}}}};
}

Block block_d(const std::string& name) {
    return {name,
            {{Pool::None, {{"branch3x3_1", 192}, {"branch3x3_2", 320, {3, 3}, 2, false}}},
             {Pool::None,
              {{"branch7x7x3_1", 192},
               {"branch7x7x3_2", 192, {1, 7}},
               {"branch7x7x3_3", 192, {7, 1}},
               {"branch7x7x3_4", 192, {3, 3}, 2, false}}},
             {Pool::Halve}}};
}

Block block_e(const std::string& name, Pool pool) {
    return {
        name,
        {{Pool::None, {{"branch1x1", 320}}},
         {Pool::None, {{"branch3x3_1", 384}}, {{"branch3x3_2a", 384, {1, 3}}, {"branch3x3_2b", 384, {3, 1}}}},
         {Pool::None,
          {{"branch3x3dbl_1", 448}, {"branch3x3dbl_2", 384, {3, 3}}},
          {{"branch3x3dbl_3a", 384, {1, 3}}, {"branch3x3dbl_3b", 384, {3, 1}}}},
         {pool, {{"branch_pool", 192}}}}};
}

std::vector<Block> blocks_of(InceptionForm form) {
    return {{"",
             {{Pool::None,
               {{"Conv2d_1a_3x3", 32, {3, 3}, 2, false},
                {"Conv2d_2a_3x3", 32, {3, 3}, 1, false},
                {"Conv2d_2b_3x3", 64, {3, 3}}}}}},
            {"", {{Pool::Halve, {{"Conv2d_3b_1x1", 80}, {"Conv2d_4a_3x3", 192, {3, 3}, 1, false}}}}},
            {"", {{Pool::Halve}}},
            block_a("Mixed_5b", 32),
            block_a("Mixed_5c", 64),
            block_a("Mixed_5d", 64),
            block_b("Mixed_6a"),
            block_c("Mixed_6b", 128),
            block_c("Mixed_6c", 160),
            block_c("Mixed_6d", 160),
            block_c("Mixed_6e", 192),
            block_d("Mixed_7a"),
            block_e("Mixed_7b", Pool::Average),
            block_e("Mixed_7c", form == InceptionForm::Fid ? Pool::Maximum : Pool::Average)};
}

int64_t classes_of(InceptionForm form) {
    return form == InceptionForm::Fid ? 1008 : 1000;
}

FeatureNetworkInfo info_of(InceptionForm form, std::string hash) {
    if (form == InceptionForm::Fid)
        return {.name = "Inception v3, TensorFlow 2015-12-05",
                .distance = "FID",
                .score = "Inception Score",
                .protocol = "bilinear to 299 x 299, corners not aligned, no antialiasing; [-1, 1]",
                .weights_hash = std::move(hash)};
    return {
        .name = "Inception v3, torchvision",
        .distance = "FID by torchvision's Inception",
        .score = "Inception Score by torchvision's Inception",
        .protocol = "ImageNet mean and deviation; bilinear to 299 x 299, corners aligned, no antialiasing",
        .weights_hash = std::move(hash)};
}

class Inception final : public FeatureNetwork {
public:
    Inception(InceptionForm form, const StateDict& weights, at::ScalarType dtype, at::Device device);
    const FeatureNetworkInfo& info() const override { return info_; }
    Features features(const at::Tensor& images) const override;

private:
    struct Weights {
        at::Tensor weight;  // (out, in, kernel)
        at::Tensor bias;    // (out)
    };
    at::Tensor resized(const at::Tensor& images) const;
    at::Tensor pooled(const at::Tensor& x, Pool pool) const;
    at::Tensor layer(const at::Tensor& x, const Block& block, const InceptionLayer& layer) const;

    InceptionForm form_;
    FeatureNetworkInfo info_;
    std::vector<Block> blocks_;
    std::map<std::string, Weights> weights_;  // by Block::path; "fc" the classifier
};

Inception::Inception(InceptionForm form, const StateDict& weights, at::ScalarType dtype, at::Device device)
    : form_(form), info_(info_of(form, data_hash(weights))), blocks_(blocks_of(form)) {
    const auto read = [&](const std::string& name) { return to_torch(weights.at(name)).to(at::kDouble); };
    const auto keep = [&](const std::string& path, const at::Tensor& weight, const at::Tensor& bias) {
        weights_[path] = {weight.to(device, dtype), bias.to(device, dtype)};
    };
    for (const auto& [name, tensor] : weights) {
        constexpr std::string_view suffix = ".conv.weight";
        if (!name.ends_with(suffix)) continue;
        const std::string path = name.substr(0, name.size() - suffix.size());
        // Batch norm with fixed statistics is a scale and a shift of each channel.
        const at::Tensor scale = read(path + ".bn.weight") / (read(path + ".bn.running_var") + bn_eps).sqrt();
        keep(path, read(name) * scale.view({-1, 1, 1, 1}),
             read(path + ".bn.bias") - read(path + ".bn.running_mean") * scale);
    }
    keep("fc", read("fc.weight"), read("fc.bias"));
}

at::Tensor Inception::resized(const at::Tensor& images) const {
    const auto options = weights_.at("fc").weight.options();
    at::Tensor x = images.to(options);
    const bool imagenet = form_ == InceptionForm::Torchvision;
    if (imagenet) {
        const at::Tensor mean = at::tensor({0.485, 0.456, 0.406}, at::kDouble).to(options).view({1, 3, 1, 1});
        const at::Tensor std = at::tensor({0.229, 0.224, 0.225}, at::kDouble).to(options).view({1, 3, 1, 1});
        x = ((x + 1) / 2 - mean) / std;
    }
    return at::upsample_bilinear2d(x, {input_side, input_side}, /*align_corners=*/imagenet);
}

at::Tensor Inception::pooled(const at::Tensor& x, Pool pool) const {
    switch (pool) {
        case Pool::None:
            return x;
        case Pool::Average:
            return at::avg_pool2d(x, 3, 1, 1, /*ceil_mode=*/false,
                                  /*count_include_pad=*/form_ == InceptionForm::Torchvision);
        case Pool::Maximum:
            return at::max_pool2d(x, 3, 1, 1);
        case Pool::Halve:
            return at::max_pool2d(x, 3, 2);
    }
    return x;
}

at::Tensor Inception::layer(const at::Tensor& x, const Block& block, const InceptionLayer& layer) const {
    const Weights& weights = weights_.at(block.path(layer));
    const Pair padding = layer.padded ? Pair{layer.kernel[0] / 2, layer.kernel[1] / 2} : Pair{0, 0};
    return at::conv2d(x, weights.weight, weights.bias, layer.stride, padding).relu_();
}

Features Inception::features(const at::Tensor& images) const {
    check_images(images);
    const at::NoGradGuard guard;
    at::Tensor x = resized(images);
    for (const Block& block : blocks_) {
        std::vector<at::Tensor> parts;
        for (const Branch& branch : block.branches) {
            at::Tensor part = pooled(x, branch.pool);
            for (const InceptionLayer& next : branch.chain) part = layer(part, block, next);
            for (const InceptionLayer& next : branch.fork) parts.push_back(layer(part, block, next));
            if (branch.fork.empty()) parts.push_back(part);
        }
        x = at::cat(parts, 1);
    }
    x = x.mean({2, 3});
    const Weights& fc = weights_.at("fc");
    return {.features = x, .logits = at::linear(x, fc.weight, fc.bias)};
}

}  // namespace

std::map<std::string, std::vector<int64_t>, std::less<>> inception_shapes(InceptionForm form) {
    std::map<std::string, std::vector<int64_t>, std::less<>> shapes;
    int64_t channels = 3;
    for (const Block& block : blocks_of(form)) {
        int64_t joined = 0;
        const auto add = [&](const InceptionLayer& layer, int64_t in) {
            const std::string path = block.path(layer);
            shapes[path + ".conv.weight"] = {layer.out, in, layer.kernel[0], layer.kernel[1]};
            for (const char* name : {"weight", "bias", "running_mean", "running_var"})
                shapes[path + ".bn." + name] = {layer.out};
            return layer.out;
        };
        for (const Branch& branch : block.branches) {
            int64_t width = channels;
            for (const InceptionLayer& layer : branch.chain) width = add(layer, width);
            for (const InceptionLayer& layer : branch.fork) joined += add(layer, width);
            if (branch.fork.empty()) joined += width;
        }
        channels = joined;
    }
    shapes["fc.weight"] = {classes_of(form), feature_count};
    shapes["fc.bias"] = {classes_of(form)};
    return shapes;
}

std::unique_ptr<FeatureNetwork> make_inception(const StateDict& weights, const std::string& source,
                                               at::ScalarType dtype, at::Device device) {
    constexpr const char* wanted =
        "give the state dict of torchvision's inception_v3, or pt_inception-2015-12-05-6726825d.pth";
    const auto fc = weights.find("fc.weight");
    if (fc == weights.end())
        throw Error("{}: has no tensor fc.weight, so it is not an Inception v3; {}", source, wanted);
    InceptionForm form = InceptionForm::Fid;
    if (fc->second.dim(0) == classes_of(InceptionForm::Torchvision)) form = InceptionForm::Torchvision;
    StateDict used;  // and nothing else, so that the hash does not depend on what is left aside
    for (const auto& [name, shape] : inception_shapes(form)) {
        const auto found = weights.find(name);
        if (found == weights.end()) throw Error("{}: the tensor {} is missing; {}", source, name, wanted);
        const Tensor& tensor = found->second;
        if (tensor.shape != shape || !tensor.is_floating())
            throw Error("{}: the tensor {} is {} {}, but Inception v3 has floating-point {}; {}", source,
                        name, name_of(tensor.dtype), shape_text(tensor.shape),
                        name == "fc.weight" ? "(1000, 2048) or (1008, 2048)" : shape_text(shape), wanted);
        used.emplace(name, tensor);
    }
    return std::make_unique<Inception>(form, used, dtype, device);
}

std::unique_ptr<FeatureNetwork> open_inception(const std::filesystem::path& path, at::ScalarType dtype,
                                               at::Device device) {
    const auto file = MappedFile::open(path);
    const StateDict weights = is_torch_file(file->bytes())
                                  ? parse_torch_file(file->bytes(), file, path.string()).tensors
                                  : parse_safetensors(file->bytes(), file, path.string()).tensors;
    return make_inception(weights, path.string(), dtype, device);
}

}  // namespace gan
