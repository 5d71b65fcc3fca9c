#pragma once

#include "runtime/model/config.h"
#include "trainer/networks/layers.h"

#include <torch/nn/modules/embedding.h>
#include <torch/nn/pimpl.h>

namespace gan {

/// BigGAN's or BigGAN-deep's generator, as it is trained. To play one, lower its checkpoint
/// (runtime/model/lower.h).
///
/// Source: Brock, Donahue and Simonyan 2018, arXiv:1809.11096, appendix B. Names follow
/// ajbrock/BigGAN-PyTorch (blocks.0.0.conv1.weight, ...), so its state dicts load unchanged.
///
/// In training mode batch norm uses the batch's statistics, and every forward advances spectral norm's power
/// iteration by one step. In eval mode forward changes nothing and may run on any thread.
class GeneratorImpl : public torch::nn::Module {
public:
    /// Biases and u0 are drawn from torch's default generator; for the weights see initialise(). Throws
    /// Error when the configuration is not sane.
    explicit GeneratorImpl(const BigGanConfig& config);

    /// Where the weights are. Everything that is given to this network is moved there.
    at::Device device() const { return linear_->weight.device(); }

    /// Class conditioning for `labels` (N): rows of the shared embedding (N, shared_dim), or the labels
    /// themselves when classes are not embedded.
    at::Tensor embed(const at::Tensor& labels);

    /// Images for latents `z` and conditioning `y`.
    ///   z        (N, config.dim_z)  unit normal; split evenly over the blocks when hierarchical
    ///   y        (N, shared_dim), from embed(); a blend of rows morphs
    ///   compute  the type of maps: float, bfloat16 or, with weights in it, double. Norms, spectral norm and
    ///            conditioning stay in the type of the weights.
    ///   watch    may be empty
    ///   returns  (N, image channels, R, R) in [-1, 1], in the type of the weights
    /// Throws Error naming the tensor, its shape and the shape it should have.
    at::Tensor forward(const at::Tensor& z, const at::Tensor& y, at::ScalarType compute,
                       const PartWatch& watch = {});

    const BigGanConfig& config() const { return config_; }

private:
    BigGanConfig config_;
    torch::nn::Embedding shared_{nullptr};
    std::shared_ptr<SpectralWeight> linear_, output_;
    std::vector<std::vector<std::shared_ptr<Layer>>>
        blocks_;  // each with the attention that follows it, if any
    std::shared_ptr<OutputNorm> output_norm_;
};
TORCH_MODULE(Generator);

}  // namespace gan
