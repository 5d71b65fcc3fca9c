#include "trainer/networks/layers.h"

#include "trainer/libtorch.h"
#include "trainer/networks/functions.h"

#include <cmath>

namespace gan {
SpectralWeight::SpectralWeight(std::vector<int64_t> shape, Bias kind, double eps) : eps_(eps) {
    weight = register_parameter("weight", torch::empty(shape));
    if (kind == Bias::Fixed) bias = register_buffer("bias", torch::zeros({shape[0]}));
    if (kind == Bias::Learned) {
        // PyTorch's own rule for biases, which the reference keeps.
        const double bound = 1 / std::sqrt(static_cast<double>(weight[0].numel()));
        bias = register_parameter("bias", torch::empty({shape[0]}).uniform_(-bound, bound));
    }
    u0 = register_buffer("u0", torch::randn({1, shape[0]}));
    sv0 = register_buffer("sv0", torch::ones({1}));
}

at::Tensor SpectralWeight::normalised(at::ScalarType dtype) {
    const Normalised result = spectral_norm(weight, u0, eps_, dtype);
    if (is_training()) {
        at::NoGradGuard no_grad;
        u0.copy_(result.u);
        sv0.copy_(result.sigma.reshape({1}));
    }
    return result.weight;
}

void SpectralWeight::converge(int iterations) {
    at::NoGradGuard no_grad;
    for (int i = 0; i < iterations; ++i) {
        const Normalised result = spectral_norm(weight, u0, eps_, weight.scalar_type());
        u0.copy_(result.u);
        sv0.copy_(result.sigma.reshape({1}));
    }
}

at::Tensor linear(SpectralWeight& layer, const at::Tensor& x) {
    const at::ScalarType type = layer.weight.scalar_type();
    return at::linear(x.to(type), layer.normalised(type), layer.bias);
}

at::Tensor convolve(SpectralWeight& layer, const at::Tensor& x, bool wrap) {
    const at::ScalarType type = x.scalar_type();
    return convolve(x, layer.normalised(type), layer.bias_as(type), wrap);
}

// Taps are summed in full precision.
at::Tensor upsample_convolve(SpectralWeight& layer, const at::Tensor& x, bool wrap) {
    return upsample_convolve(x, layer.normalised(layer.weight.scalar_type()), layer.bias_as(x.scalar_type()),
                             wrap);
}

at::Tensor convolve_pool(SpectralWeight& layer, const at::Tensor& x, bool wrap) {
    return convolve_pool(x, layer.normalised(layer.weight.scalar_type()), layer.bias_as(x.scalar_type()),
                         wrap);
}

BatchNorm::BatchNorm(int channels, double eps, Activation activation) : eps_(eps), activation_(activation) {
    stored_mean = register_buffer("stored_mean", torch::zeros({channels}));
    stored_var = register_buffer("stored_var", torch::ones({channels}));
}

void BatchNorm::begin_measuring() {
    measuring_ = true;
    sum_ = squares_ = at::zeros_like(stored_mean, at::kDouble);
    count_ = 0;
}

std::pair<at::Tensor, at::Tensor> BatchNorm::end_measuring() {
    measuring_ = false;
    const at::Tensor mean = sum_ / count_;
    return {mean, (squares_ / count_ - mean * mean).clamp_min(0)};
}

at::Tensor BatchNorm::pass(const at::Tensor& x, const at::Tensor& gain, const at::Tensor& bias) {
    if (!is_training() && !measuring_)
        return norm_activate(x, gain, bias, stored_mean, stored_var, eps_, activation_).y;
    const NormResult result = norm_activate(x, gain, bias, {}, {}, eps_, activation_);
    at::NoGradGuard no_grad;
    const double count = static_cast<double>(x.numel() / x.size(1));
    if (measuring_) {
        const at::Tensor mean = result.mean.to(at::kDouble);
        sum_ = sum_ + mean * count;
        squares_ = squares_ + (result.var.to(at::kDouble) + mean * mean) * count;
        count_ += count;
    } else {
        constexpr double momentum = 0.1;  // fixed in the reference
        const double unbiased = count > 1 ? count / (count - 1) : 1;
        stored_mean.lerp_(result.mean.to(stored_mean.scalar_type()), momentum);
        stored_var.lerp_((result.var * unbiased).to(stored_var.scalar_type()), momentum);
    }
    return result.y;
}

ConditionalNorm::ConditionalNorm(int channels, int inputs, int classes, const LayerOptions& options)
    : BatchNorm(channels, options.bn_eps, options.activation) {
    const auto source = [&](const char* name) -> std::shared_ptr<torch::nn::Module> {
        if (classes > 0)
            return register_module(name, std::make_shared<torch::nn::EmbeddingImpl>(classes, channels));
        return register_module(name, std::make_shared<SpectralWeight>(std::vector<int64_t>{channels, inputs},
                                                                      Bias::None, options.sn_eps));
    };
    gain_ = source("gain");
    bias_ = source("bias");
}

at::Tensor ConditionalNorm::forward(const at::Tensor& x, const at::Tensor& y) {
    const auto modulation = [&](torch::nn::Module& source) {
        if (auto* layer = source.as<SpectralWeight>()) return linear(*layer, y);
        return source.as<torch::nn::EmbeddingImpl>()->forward(y);
    };
    return pass(x, 1 + modulation(*gain_), modulation(*bias_));
}

OutputNorm::OutputNorm(int channels, double eps, const LayerOptions& options)
    : BatchNorm(channels, eps, options.activation) {
    gain = register_parameter("gain", torch::ones({channels}));
    bias = register_parameter("bias", torch::zeros({channels}));
}

at::Tensor OutputNorm::forward(const at::Tensor& x, const at::Tensor&) {
    return pass(x, gain.unsqueeze(0), bias.unsqueeze(0));
}

Attention::Attention(int channels, const LayerOptions& options) {
    const auto layer = [&](const char* name, int out, int in) {
        return register_module(name, std::make_shared<SpectralWeight>(std::vector<int64_t>{out, in, 1, 1},
                                                                      Bias::None, options.sn_eps));
    };
    theta_ = layer("theta", channels / 8, channels);
    phi_ = layer("phi", channels / 8, channels);
    g_ = layer("g", channels / 2, channels);
    o_ = layer("o", channels, channels / 2);
    gamma = register_parameter("gamma", torch::zeros({}));
}

at::Tensor Attention::forward(const at::Tensor& x, const at::Tensor&) {
    const at::Tensor theta = convolve(*theta_, x, false).flatten(2);                    // (N, C/8, H W)
    const at::Tensor phi = at::max_pool2d(convolve(*phi_, x, false), 2).flatten(2);     // (N, C/8, H W / 4)
    const at::Tensor g = at::max_pool2d(convolve(*g_, x, false), 2).flatten(2);         // (N, C/2, H W / 4)
    const at::Tensor attention = at::softmax(at::bmm(theta.transpose(1, 2), phi), -1);  // (N, H W, H W / 4)
    const at::Tensor mixed =
        at::bmm(g, attention.transpose(1, 2)).view({x.size(0), -1, x.size(2), x.size(3)});
    const at::Tensor o = convolve(*o_, mixed.contiguous(at::MemoryFormat::ChannelsLast), false);
    return gamma.to(x.scalar_type()) * o + x;
}

}  // namespace gan
