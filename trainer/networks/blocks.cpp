#include "trainer/networks/blocks.h"

#include "trainer/libtorch.h"
#include "trainer/networks/functions.h"

namespace gan {
namespace {

std::shared_ptr<SpectralWeight> kernel(torch::nn::Module& module, const char* name, int in, int out, int side,
                                       const LayerOptions& options) {
    return module.register_module(
        name, std::make_shared<SpectralWeight>(std::vector<int64_t>{out, in, side, side}, Bias::Learned,
                                               options.sn_eps));
}

at::Tensor doubled(const at::Tensor& x) {
    return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
}

}  // namespace

GeneratorBlock::GeneratorBlock(int in, int out, int inputs, int classes, const LayerOptions& options)
    : conv1_(kernel(*this, "conv1", in, out, 3, options)),
      conv2_(kernel(*this, "conv2", out, out, 3, options)),
      conv_sc_(kernel(*this, "conv_sc", in, out, 1, options)),
      wrap_(options.wrap) {
    bn1_ = register_module("bn1", std::make_shared<ConditionalNorm>(in, inputs, classes, options));
    bn2_ = register_module("bn2", std::make_shared<ConditionalNorm>(out, inputs, classes, options));
}

at::Tensor GeneratorBlock::forward(const at::Tensor& x, const at::Tensor& y) {
    at::Tensor h = upsample_convolve(*conv1_, bn1_->forward(x, y), wrap_);
    h = convolve(*conv2_, bn2_->forward(h, y), wrap_);
    return h + doubled(convolve(*conv_sc_, x, wrap_));
}

DeepGeneratorBlock::DeepGeneratorBlock(int in, int out, bool up, int inputs, const LayerOptions& options)
    : conv1_(kernel(*this, "conv1", in, in / 4, 1, options)),
      conv2_(kernel(*this, "conv2", in / 4, in / 4, 3, options)),
      conv3_(kernel(*this, "conv3", in / 4, in / 4, 3, options)),
      conv4_(kernel(*this, "conv4", in / 4, out, 1, options)),
      out_(out),
      up_(up),
      wrap_(options.wrap) {
    bn1_ = register_module("bn1", std::make_shared<ConditionalNorm>(in, inputs, 0, options));
    bn2_ = register_module("bn2", std::make_shared<ConditionalNorm>(in / 4, inputs, 0, options));
    bn3_ = register_module("bn3", std::make_shared<ConditionalNorm>(in / 4, inputs, 0, options));
    bn4_ = register_module("bn4", std::make_shared<ConditionalNorm>(in / 4, inputs, 0, options));
}

at::Tensor DeepGeneratorBlock::forward(const at::Tensor& x, const at::Tensor& y) {
    at::Tensor h = bn2_->forward(convolve(*conv1_, bn1_->forward(x, y), wrap_), y);
    h = up_ ? upsample_convolve(*conv2_, h, wrap_) : convolve(*conv2_, h, wrap_);
    h = convolve(*conv3_, bn3_->forward(h, y), wrap_);
    h = convolve(*conv4_, bn4_->forward(h, y), wrap_);
    const at::Tensor kept = x.size(1) == out_ ? x : x.narrow(1, 0, out_);
    return h + (up_ ? doubled(kept) : kept);
}

ScoringBlock::ScoringBlock(int in, int hidden, int out, bool down, bool first, const LayerOptions& options)
    : conv1_(kernel(*this, "conv1", in, hidden, 3, options)),
      conv2_(kernel(*this, "conv2", hidden, out, 3, options)),
      down_(down),
      first_(first),
      options_(options) {
    if (in != out || down) conv_sc_ = kernel(*this, "conv_sc", in, out, 1, options);
}

at::Tensor ScoringBlock::forward(const at::Tensor& x, const at::Tensor&) {
    const auto act = [&](const at::Tensor& map) { return activate(map, options_.activation); };
    at::Tensor h = act(convolve(*conv1_, first_ ? x : act(x), options_.wrap));
    h = down_ ? convolve_pool(*conv2_, h, options_.wrap) : convolve(*conv2_, h, options_.wrap);
    at::Tensor shortcut = down_ ? at::avg_pool2d(x, 2) : x;
    if (conv_sc_) shortcut = convolve(*conv_sc_, shortcut, options_.wrap);
    return h + shortcut;
}

DeepScoringBlock::DeepScoringBlock(int in, int out, bool down, const LayerOptions& options)
    : conv1_(kernel(*this, "conv1", in, out / 4, 1, options)),
      conv2_(kernel(*this, "conv2", out / 4, out / 4, 3, options)),
      conv3_(kernel(*this, "conv3", out / 4, out / 4, 3, options)),
      conv4_(kernel(*this, "conv4", out / 4, out, 1, options)),
      down_(down),
      options_(options) {
    if (in != out) conv_sc_ = kernel(*this, "conv_sc", in, out - in, 1, options);
}

at::Tensor DeepScoringBlock::forward(const at::Tensor& x, const at::Tensor&) {
    const auto act = [&](const at::Tensor& map) { return activate(map, options_.activation); };
    at::Tensor h = convolve(*conv1_, act(x), options_.wrap);
    h = convolve(*conv2_, act(h), options_.wrap);
    h = act(convolve(*conv3_, act(h), options_.wrap));
    if (down_) h = at::avg_pool2d(h, 2);
    h = convolve(*conv4_, h, options_.wrap);
    at::Tensor shortcut = down_ ? at::avg_pool2d(x, 2) : x;
    if (conv_sc_) shortcut = at::cat({shortcut, convolve(*conv_sc_, shortcut, options_.wrap)}, 1);
    return h + shortcut;
}

}  // namespace gan
