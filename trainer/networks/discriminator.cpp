#include "trainer/networks/discriminator.h"

#include "trainer/libtorch.h"
#include "trainer/networks/blocks.h"
#include "trainer/networks/functions.h"

#include <algorithm>

namespace gan {

DiscriminatorImpl::DiscriminatorImpl(const DiscriminatorConfig& config, bool wrap)
    : config_(config), wrap_(wrap) {
    const LayerOptions options{.sn_eps = config.sn_eps, .activation = config.activation, .wrap = wrap};
    const auto weight = [&](std::vector<int64_t> shape, Bias bias) {
        return std::make_shared<SpectralWeight>(std::move(shape), bias, config.sn_eps);
    };
    const bool deep = config.family == Family::BigGanDeep;
    const auto stages = blocks_of(config);
    if (deep)
        input_conv_ =
            register_module("input_conv", weight({stages[0].in, config.image_channels, 3, 3}, Bias::Learned));
    torch::nn::ModuleList blocks;
    for (const DiscriminatorBlock& stage : stages) {
        const size_t first = layers_.size();
        if (deep)
            for (int d = 0; d < config.depth; ++d)
                layers_.push_back(std::make_shared<DeepScoringBlock>(d == 0 ? stage.in : stage.out, stage.out,
                                                                     d == 0 && stage.down, options));
        else
            layers_.push_back(std::make_shared<ScoringBlock>(stage.in, config.wide ? stage.out : stage.in,
                                                             stage.out, stage.down, layers_.empty(),
                                                             options));
        if (std::ranges::count(config.attention, stage.label) > 0)
            layers_.push_back(std::make_shared<Attention>(stage.out, options));
        torch::nn::ModuleList block;
        for (size_t i = first; i < layers_.size(); ++i) block->push_back(layers_[i]);
        blocks->push_back(block);
    }
    register_module("blocks", blocks);
    linear_ = register_module("linear", weight({1, stages.back().out}, Bias::Learned));
    embed_ = register_module("embed", weight({config.classes, stages.back().out}, Bias::None));
}

at::Tensor DiscriminatorImpl::forward(const at::Tensor& x, const at::Tensor& labels, at::ScalarType compute) {
    const at::ScalarType full = linear_->weight.scalar_type();
    at::Tensor h = x.to(linear_->weight.device(), compute).contiguous(at::MemoryFormat::ChannelsLast);
    if (input_conv_) h = convolve(*input_conv_, h, wrap_);
    for (const auto& layer : layers_) h = layer->forward(h, {});
    h = activate(h, config_.activation).to(full).sum(at::IntArrayRef{2, 3});  // (N, features)
    if (config_.dropout > 0) h = at::dropout(h, config_.dropout, is_training());
    const at::Tensor projected = at::embedding(embed_->normalised(full), labels.to(h.device())) * h;
    return linear(*linear_, h) + projected.sum(1, true);
}

}  // namespace gan
