#include "trainer/networks/functions.h"

#include "trainer/libtorch.h"
#include "trainer/networks/norm_kernels.h"

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

// Each of a map's sides continued by one with what is at the other. at::pad's circular form gives maps whose
// channels come first, and all that follows would be copied to and fro.
at::Tensor continued(const at::Tensor& x) {
    const int64_t h = x.size(2), w = x.size(3);
    at::Tensor out =
        at::empty({x.size(0), x.size(1), h + 2, w + 2}, x.options(), at::MemoryFormat::ChannelsLast);
    const at::Tensor rows = out.narrow(2, 1, h);
    rows.narrow(3, 1, w).copy_(x);
    rows.select(3, 0).copy_(x.select(3, w - 1));
    rows.select(3, w + 1).copy_(x.select(3, 0));
    out.select(2, 0).copy_(out.select(2, h));
    out.select(2, h + 1).copy_(out.select(2, 1));
    return out;
}

class Wrapped : public torch::autograd::Function<Wrapped> {
public:
    static at::Tensor forward(AutogradContext*, const at::Tensor& x) { return continued(x); }
    static tensor_list backward(AutogradContext*, const tensor_list& gradients) {
        const at::Tensor& g = gradients[0];
        const int64_t h = g.size(2) - 2, w = g.size(3) - 2;
        at::Tensor rows = g.narrow(2, 1, h).clone(at::MemoryFormat::ChannelsLast);
        rows.select(2, h - 1).add_(g.select(2, 0));
        rows.select(2, 0).add_(g.select(2, h + 1));
        at::Tensor x = rows.narrow(3, 1, w).clone(at::MemoryFormat::ChannelsLast);
        x.select(3, w - 1).add_(rows.select(3, 0));
        x.select(3, 0).add_(rows.select(3, w + 1));
        return {x};
    }
};

at::Tensor wrapped(const at::Tensor& x) {
    return Wrapped::apply(x);
}

/// 3x3 kernels summed over a 2x2 box: 4x4.
at::Tensor box_summed(const at::Tensor& weight) {
    const at::Tensor tall = at::pad(weight, {0, 0, 0, 1}) + at::pad(weight, {0, 0, 1, 0});
    return at::pad(tall, {0, 1, 0, 0}) + at::pad(tall, {1, 0, 0, 0});
}

// A transposed 4x4 convolution of stride 2. Its gradients are those of the convolution that it transposes,
// for which oneDNN has fast kernels; for weights of the transposed form, and with a padding of 3, it falls
// back on im2col. On maps without edges the convolution's input is continued.
class UpConvolution : public torch::autograd::Function<UpConvolution> {
public:
    static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& kernel,
                              const at::Tensor& bias, bool wrap) {
        context->save_for_backward({x, kernel});
        context->saved_data["wrap"] = wrap;
        context->saved_data["bias"] = bias.defined();
        return at::conv_transpose2d(wrap ? continued(x) : x, kernel, bias, 2, wrap ? 3 : 1);
    }
    static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
        const auto saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &kernel = saved[1];
        const bool wrap = context->saved_data["wrap"].toBool();
        const at::Tensor g = wrap ? continued(gradients[0]) : gradients[0];
        const int64_t padding = wrap ? 0 : 1;
        at::Tensor of_x, of_kernel, of_bias;
        if (context->needs_input_grad(0)) of_x = at::conv2d(g, kernel, {}, 2, padding);
        if (context->needs_input_grad(1))
            of_kernel = std::get<1>(at::convolution_backward(x, g, kernel, at::OptionalIntArrayRef(), {2, 2},
                                                             {padding, padding}, {1, 1}, false, {0, 0}, 1,
                                                             {false, true, false}));
        if (context->saved_data["bias"].toBool() && context->needs_input_grad(2))
            of_bias = gradients[0].sum({0, 2, 3});
        return {of_x, of_kernel, of_bias, {}};
    }
};

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
    return UpConvolution::apply(x, kernel, bias, wrap);
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
