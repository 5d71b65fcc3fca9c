#include "trainer/networks/generator.h"

#include "runtime/base/error.h"
#include "runtime/model/tensor.h"
#include "trainer/libtorch.h"
#include "trainer/networks/blocks.h"
#include "trainer/networks/functions.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

void expect_shape(const at::Tensor& tensor, const char* name, std::vector<int64_t> shape) {
    if (tensor.sizes() != at::IntArrayRef(shape))
        throw Error("{} has the shape {}; it should have {}", name, shape_text(tensor.sizes()),
                    shape_text(shape));
}

/// The first layer's bias in pictures that tile, (16 widths). Maps without edges know no places but those of
/// this layer: without a bias no picture can have what is the same for every z, a course of bricks; trained,
/// it outweighs z, and every picture has its pattern at the same places. So it is a lattice that is not
/// trained: 2x2 numbers, repeated, since a place that is the only one of its kind grows a motif of its own;
/// with three tenths of the deviation of what a unit normal z adds through orthogonal weights. With all of it
/// the same pattern showed for every z, at step 250 as at 500 of textures-64.
at::Tensor lattice(int width, int inputs) {
    const double deviation = 0.3 * std::sqrt(inputs / (16.0 * width));
    return at::randn({width, 2, 2}).repeat({1, 2, 2}).mul(deviation).flatten();
}

}  // namespace

GeneratorImpl::GeneratorImpl(const BigGanConfig& config) : config_(config) {
    validate(config, "the generator's configuration");
    const LayerOptions options{config.sn_eps, config.bn_eps, config.activation, config.tileable};
    const bool deep = config.family == Family::BigGanDeep;
    if (config.shared())
        shared_ = register_module("shared", torch::nn::Embedding(config.classes, config.shared_dim));
    const int linear_inputs = config.first_chunk() + (deep ? config.shared_dim : 0);
    linear_ = register_module("linear", std::make_shared<SpectralWeight>(
                                            std::vector<int64_t>{16 * config.widths[0], linear_inputs},
                                            config.tileable ? Bias::Fixed : Bias::Learned, config.sn_eps));
    if (config.tileable) {
        const at::NoGradGuard no_grad;
        linear_->bias.copy_(lattice(config.widths[0], linear_inputs));
    }
    int inputs = config.shared_dim;  // of a block's conditioning
    if (deep || config.hierarchical) inputs += config.first_chunk();
    torch::nn::ModuleList blocks, output;
    for (size_t stage = 0; stage + 1 < config.widths.size(); ++stage) {
        const int in = config.widths[stage], out = config.widths[stage + 1];
        for (int d = 0; d < config.depth; ++d) {
            const bool last = d + 1 == config.depth;
            std::vector<std::shared_ptr<Layer>> layers;
            if (deep)
                layers.push_back(
                    std::make_shared<DeepGeneratorBlock>(in, last ? out : in, last, inputs, options));
            else
                layers.push_back(std::make_shared<GeneratorBlock>(
                    in, out, inputs, config.shared() ? 0 : config.classes, options));
            if (last && std::ranges::count(config.attention, 8 << stage) > 0)
                layers.push_back(std::make_shared<Attention>(out, options));
            torch::nn::ModuleList block;
            for (const auto& layer : layers) block->push_back(layer);
            blocks->push_back(block);
            blocks_.push_back(std::move(layers));
        }
    }
    register_module("blocks", blocks);
    output_norm_ = std::make_shared<OutputNorm>(config.widths.back(), config.output_bn_eps, options);
    output_ = std::make_shared<SpectralWeight>(
        std::vector<int64_t>{config.image_channels, config.widths.back(), 3, 3}, Bias::Learned,
        config.sn_eps);
    output->push_back(output_norm_);
    output->push_back(std::make_shared<torch::nn::Module>());  // the activation, which has no tensors
    output->push_back(output_);
    register_module("output_layer", output);
}

at::Tensor GeneratorImpl::embed(const at::Tensor& labels) {
    const at::Tensor there = labels.to(device());
    return config_.shared() ? shared_(there) : there;
}

at::Tensor GeneratorImpl::forward(const at::Tensor& latents, const at::Tensor& y, at::ScalarType compute,
                                  const PartWatch& watch) {
    const at::Tensor z = latents.to(device());
    const int64_t count = z.size(0);
    expect_shape(z, "z", {count, config_.dim_z});
    expect_shape(
        y, "the conditioning",
        config_.shared() ? std::vector<int64_t>{count, config_.shared_dim} : std::vector<int64_t>{count});
    const bool deep = config_.family == Family::BigGanDeep;
    const auto chunk = [&](size_t n) {
        const int width = config_.first_chunk();
        return z.narrow(1, static_cast<int64_t>(n) * width, width);
    };
    if (watch && config_.shared()) watch("shared", y);
    const at::Tensor whole = deep ? at::cat({y, z}, 1) : z;
    at::Tensor x = linear(*linear_, deep ? whole : chunk(0));
    if (watch) watch("linear", x);
    x = x.view({count, config_.widths[0], 4, 4}).to(compute).contiguous(at::MemoryFormat::ChannelsLast);
    for (size_t i = 0; i < blocks_.size(); ++i) {
        const at::Tensor condition = deep ? whole : config_.hierarchical ? at::cat({y, chunk(i + 1)}, 1) : y;
        for (size_t j = 0; j < blocks_[i].size(); ++j) {
            x = blocks_[i][j]->forward(x, condition);
            if (watch) watch(fmt::format("blocks.{}.{}", i, j), x);
        }
    }
    x = convolve(*output_, output_norm_->forward(x, {}), config_.tileable);
    x = at::tanh(x.to(output_->weight.scalar_type()));
    if (watch) watch("output_layer", x);
    return x;
}

}  // namespace gan
