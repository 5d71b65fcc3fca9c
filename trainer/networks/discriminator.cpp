#include "trainer/networks/discriminator.h"

#include "trainer/libtorch.h"
#include "trainer/networks/blocks.h"
#include "trainer/networks/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gan {

// Zeros around maps, also where the generator continues them with their other side: what it sees is rolled at
// random then, so that its edges lie across seams as elsewhere.
DiscriminatorImpl::DiscriminatorImpl(const DiscriminatorConfig& config) : config_(config) {
    const LayerOptions options{.sn_eps = config.sn_eps, .activation = config.activation};
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
        std::vector<std::shared_ptr<Layer>> layers;
        if (deep)
            for (int d = 0; d < config.depth; ++d)
                layers.push_back(std::make_shared<DeepScoringBlock>(d == 0 ? stage.in : stage.out, stage.out,
                                                                    d == 0 && stage.down, options));
        else
            layers.push_back(std::make_shared<ScoringBlock>(stage.in, config.wide ? stage.out : stage.in,
                                                            stage.out, stage.down, blocks_.empty(), options));
        if (std::ranges::count(config.attention, stage.label) > 0)
            layers.push_back(std::make_shared<Attention>(stage.out, options));
        torch::nn::ModuleList block;
        for (const auto& layer : layers) block->push_back(layer);
        blocks->push_back(block);
        blocks_.push_back(std::move(layers));
    }
    register_module("blocks", blocks);
    linear_ = register_module("linear", weight({1, stages.back().out}, Bias::Learned));
    embed_ = register_module("embed", weight({config.classes, stages.back().out}, Bias::None));
}

at::Tensor DiscriminatorImpl::forward(const at::Tensor& x, const at::Tensor& labels, at::ScalarType compute,
                                      const PartWatch& watch) {
    const at::ScalarType full = linear_->weight.scalar_type();
    at::Tensor h = x.to(linear_->weight.device(), compute).contiguous(at::MemoryFormat::ChannelsLast);
    if (input_conv_) {
        h = convolve(*input_conv_, h, false);
        if (watch) watch("input_conv", h);
    }
    for (size_t i = 0; i < blocks_.size(); ++i)
        for (size_t j = 0; j < blocks_[i].size(); ++j) {
            h = blocks_[i][j]->forward(h, {});
            if (watch) watch(fmt::format("blocks.{}.{}", i, j), h);
        }
    h = activate(h, config_.activation).to(full).sum(at::IntArrayRef{2, 3});  // (N, features)
    if (config_.dropout > 0) h = at::dropout(h, config_.dropout, is_training());
    const at::Tensor projected = at::embedding(embed_->normalised(full), labels.to(h.device())) * h;
    if (watch) watch("embed", projected);
    const at::Tensor score = linear(*linear_, h);
    if (watch) watch("linear", score);
    return score + projected.sum(1, true);
}

}  // namespace gan
