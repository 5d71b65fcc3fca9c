#pragma once

#include "trainer/networks/config.h"
#include "trainer/networks/layers.h"

#include <torch/nn/pimpl.h>

namespace gan {

/// BigGAN's or BigGAN-deep's projection discriminator (Miyato and Koyama 2018, arXiv:1802.05637). Names
/// follow ajbrock/BigGAN-PyTorch. In training mode every forward advances spectral norm by one step.
class DiscriminatorImpl : public torch::nn::Module {
public:
    /// As GeneratorImpl. Maps continue with zeros, whether pictures tile or not.
    explicit DiscriminatorImpl(const DiscriminatorConfig& config);

    /// How real images look.
    ///   x        (N, image channels, R, R) in [-1, 1]
    ///   labels   (N), class indices
    ///   compute  the type of maps
    ///   watch    may be empty
    ///   returns  (N, 1) in the type of the weights; no bound
    at::Tensor forward(const at::Tensor& x, const at::Tensor& labels, at::ScalarType compute,
                       const PartWatch& watch = {});

    const DiscriminatorConfig& config() const { return config_; }

private:
    DiscriminatorConfig config_;
    std::shared_ptr<SpectralWeight> input_conv_;  // of BigGAN-deep
    std::vector<std::vector<std::shared_ptr<Layer>>> blocks_;
    std::shared_ptr<SpectralWeight> linear_, embed_;
};
TORCH_MODULE(Discriminator);

}  // namespace gan
