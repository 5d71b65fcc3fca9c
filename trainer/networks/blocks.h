#pragma once

#include "trainer/networks/layers.h"

namespace gan {

// Residual blocks. Each convolution beside an upsampling or a pooling is one of stride 2, and 1x1 shortcuts
// run on the smaller map: exact, for both commute.

/// BigGAN's generator block: doubles the map.
class GeneratorBlock : public Layer {
public:
    /// Conditioning is `inputs` wide, or `classes` > 0 plain classes.
    GeneratorBlock(int in, int out, int inputs, int classes, const LayerOptions& options);
    at::Tensor forward(const at::Tensor& x, const at::Tensor& y) override;

private:
    std::shared_ptr<SpectralWeight> conv1_, conv2_, conv_sc_;
    std::shared_ptr<ConditionalNorm> bn1_, bn2_;
    bool wrap_;
};

/// BigGAN-deep's: a bottleneck of a quarter of `in`; the shortcut drops channels.
class DeepGeneratorBlock : public Layer {
public:
    DeepGeneratorBlock(int in, int out, bool up, int inputs, const LayerOptions& options);
    at::Tensor forward(const at::Tensor& x, const at::Tensor& y) override;

private:
    std::shared_ptr<SpectralWeight> conv1_, conv2_, conv3_, conv4_;
    std::shared_ptr<ConditionalNorm> bn1_, bn2_, bn3_, bn4_;
    int out_;
    bool up_, wrap_;
};

/// BigGAN's discriminator block.
class ScoringBlock : public Layer {
public:
    /// `first`: without the activation before its first convolution.
    ScoringBlock(int in, int hidden, int out, bool down, bool first, const LayerOptions& options);
    at::Tensor forward(const at::Tensor& x, const at::Tensor&) override;

private:
    std::shared_ptr<SpectralWeight> conv1_, conv2_, conv_sc_;
    bool down_, first_;
    LayerOptions options_;
};

/// BigGAN-deep's: a bottleneck of a quarter of `out`; the shortcut adds channels.
class DeepScoringBlock : public Layer {
public:
    DeepScoringBlock(int in, int out, bool down, const LayerOptions& options);
    at::Tensor forward(const at::Tensor& x, const at::Tensor&) override;

private:
    std::shared_ptr<SpectralWeight> conv1_, conv2_, conv3_, conv4_, conv_sc_;
    bool down_;
    LayerOptions options_;
};

}  // namespace gan
