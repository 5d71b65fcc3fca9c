#pragma once

#include "runtime/model/config.h"

#include <torch/nn/module.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gan {

/// What every layer of a network shares.
struct LayerOptions {
    double sn_eps = 1e-6;
    double bn_eps = 1e-5;
    Activation activation = Activation::Relu;
    bool wrap = false;  // convolutions continue a map with what is at its other side
};

/// A part of a network: from map to map, with conditioning where it has a use for it.
class Layer : public torch::nn::Module {
public:
    virtual at::Tensor forward(const at::Tensor& x, const at::Tensor& y) = 0;
};

/// Told of a network's parts in the order in which they compute: the name that a part's weights begin with,
/// and what it made.
using PartWatch = std::function<void(const std::string& part, const at::Tensor& made)>;

enum class Bias { None, Learned, Fixed };

/// The weight (and bias) of a spectrally normalised layer: convolution, linear, or embedding.
///   weight (out, ...), bias (out) if any, u0 (1, out), sv0 (1): the last sigma, for the log
class SpectralWeight : public torch::nn::Module {
public:
    /// Bias::Fixed is stored and not trained; zeros, for others to fill.
    SpectralWeight(std::vector<int64_t> shape, Bias bias, double eps);

    /// weight / sigma, in `dtype`. In training mode u0 moves on by one power iteration; in eval mode the
    /// iteration is made as well, and not stored, as the reference does.
    at::Tensor normalised(at::ScalarType dtype);
    /// `iterations` of them, stored.
    void converge(int iterations);
    at::Tensor bias_as(at::ScalarType dtype) const { return bias.defined() ? bias.to(dtype) : bias; }

    at::Tensor weight, bias, u0, sv0;

private:
    double eps_;
};

/// x W^T + b in the type of the weight: conditioning is small and stays in full precision.
at::Tensor linear(SpectralWeight& layer, const at::Tensor& x);
/// A 1x1 or 3x3 convolution in the type of x.
at::Tensor convolve(SpectralWeight& layer, const at::Tensor& x, bool wrap);
/// The same after nearest upsampling by 2, and before average pooling by 2; see functions.h.
at::Tensor upsample_convolve(SpectralWeight& layer, const at::Tensor& x, bool wrap);
at::Tensor convolve_pool(SpectralWeight& layer, const at::Tensor& x, bool wrap);

/// Batch norm. stored_mean, stored_var (channels) move by 0.1 towards a batch's in training mode, and are
/// what eval mode normalises by.
class BatchNorm : public Layer {
public:
    BatchNorm(int channels, double eps, Activation activation);

    /// Until end(), eval mode normalises by each batch's own statistics and gathers them.
    void begin_measuring();
    /// Mean and biased variance of all that passed since begin_measuring(): (channels), double.
    std::pair<at::Tensor, at::Tensor> end_measuring();

    at::Tensor stored_mean, stored_var;

protected:
    /// activation(norm(x) gain + bias); gain and bias are (N, channels) or (1, channels).
    at::Tensor pass(const at::Tensor& x, const at::Tensor& gain, const at::Tensor& bias);

private:
    double eps_;
    Activation activation_;
    bool measuring_ = false;
    at::Tensor sum_, squares_;  // of values, weighted by their number
    double count_ = 0;
};

/// The batch norm whose gain and bias come from the conditioning vector, or, for embeddings that are not
/// shared, from the class.
class ConditionalNorm : public BatchNorm {
public:
    /// `inputs` wide; `classes` > 0 makes plain embeddings of that many classes instead.
    ConditionalNorm(int channels, int inputs, int classes, const LayerOptions& options);
    /// activation(norm(x) (1 + gain(y)) + bias(y)); y is (N, inputs), or (N) of class indices.
    at::Tensor forward(const at::Tensor& x, const at::Tensor& y) override;

private:
    std::shared_ptr<torch::nn::Module> gain_, bias_;
};

/// The batch norm before a generator's last convolution: gain and bias (channels) of its own.
class OutputNorm : public BatchNorm {
public:
    OutputNorm(int channels, double eps, const LayerOptions& options);
    at::Tensor forward(const at::Tensor& x, const at::Tensor&) override;

    at::Tensor gain, bias;
};

/// Self-attention (Zhang et al. 2018, arXiv:1805.08318) as BigGAN has it: keys and values pooled by 2, logits
/// not scaled, gamma o(...) + x.
class Attention : public Layer {
public:
    Attention(int channels, const LayerOptions& options);
    at::Tensor forward(const at::Tensor& x, const at::Tensor&) override;

    at::Tensor gamma;  // ()

private:
    std::shared_ptr<SpectralWeight> theta_, phi_, g_, o_;
};

}  // namespace gan
