#include "trainer/networks/functions.h"

#include "trainer/networks/norm_kernels.h"

#include <torch/torch.h>

namespace gan {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

at::Tensor unit(const at::Tensor& x, double eps) {
    return x / x.norm().clamp_min(eps);
}

// With u and v constant, sigma = u W v^T has the gradient u^T v.
class SpectralNorm : public torch::autograd::Function<SpectralNorm> {
public:
    static tensor_list forward(AutogradContext* context, const at::Tensor& weight, const at::Tensor& u,
                               double eps, at::ScalarType dtype) {
        const at::Tensor matrix = weight.flatten(1);
        const at::Tensor v = unit(at::mm(u, matrix), eps);
        const at::Tensor image = at::mm(v, matrix.t());
        const at::Tensor next = unit(image, eps);
        const at::Tensor sigma = (image * next).sum();
        context->save_for_backward({weight, next, v, sigma});
        context->mark_non_differentiable({next, sigma});
        return {(weight / sigma).to(dtype), next, sigma};
    }
    static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
        const auto saved = context->get_saved_variables();
        const at::Tensor &weight = saved[0], &u = saved[1], &v = saved[2], &sigma = saved[3];
        at::Tensor gradient = gradients[0].to(weight.scalar_type()) / sigma;
        const at::Tensor along = (gradient * weight).sum() / sigma;
        gradient = gradient - (along * u.t() * v).view(weight.sizes());
        return {gradient, {}, {}, {}};
    }
};

/// Each of a map's sides continued by one with what is at the other.
at::Tensor wrapped(const at::Tensor& x) {
    return at::_pad_circular(x, {1, 1, 1, 1});
}

/// 3x3 kernels summed over a 2x2 box: 4x4.
at::Tensor box_summed(const at::Tensor& weight) {
    const at::Tensor tall = at::pad(weight, {0, 0, 0, 1}) + at::pad(weight, {0, 0, 1, 0});
    return at::pad(tall, {0, 1, 0, 0}) + at::pad(tall, {1, 0, 0, 0});
}

}  // namespace

Normalised spectral_norm(const at::Tensor& weight, const at::Tensor& u, double eps, at::ScalarType dtype) {
    const auto results = SpectralNorm::apply(weight, u, eps, dtype);
    return {results[0], results[1], results[2]};
}

at::Tensor convolve(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool wrap) {
    const bool wide = weight.size(2) == 3;
    if (wide && wrap) return at::conv2d(wrapped(x), weight, bias);
    return at::conv2d(x, weight, bias, 1, wide ? 1 : 0);
}

at::Tensor upsample_convolve(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                             bool wrap) {
    const at::Tensor kernel = box_summed(weight.flip({2, 3}).transpose(0, 1)).to(x.scalar_type());
    if (wrap) return at::conv_transpose2d(wrapped(x), kernel, bias, 2, 3);
    return at::conv_transpose2d(x, kernel, bias, 2, 1);
}

at::Tensor convolve_pool(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool wrap) {
    const at::Tensor kernel = (box_summed(weight) * 0.25).to(x.scalar_type());
    if (wrap) return at::conv2d(wrapped(x), kernel, bias, 2);
    return at::conv2d(x, kernel, bias, 2, 1);
}

at::Tensor activate(const at::Tensor& x, Activation activation) {
    switch (activation) {
        case Activation::Relu:
            return at::relu(x);
        case Activation::LeakyRelu:
            return at::leaky_relu(x, 0.1);
        case Activation::Elu:
            return at::elu(x);
        case Activation::Gelu:
            return at::gelu(x);
    }
    return x;
}

}  // namespace gan
