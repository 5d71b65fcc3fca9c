#include "trainer/libtorch.h"
#include "trainer/networks/functions.h"
#include "trainer/networks/norm_kernels.h"

#include <algorithm>
#include <vector>

namespace gan {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

/// Rows that are added up in float before the sum goes into a double: 2^-24 * 256 is 1.5e-5 at worst.
constexpr int64_t run = 256;

/// A map in channels last as rows of channels.
template <class T>
struct Rows {
    explicit Rows(const at::Tensor& x)
        : data(static_cast<T*>(x.data_ptr())),
          pictures(x.size(0)),
          channels(x.size(1)),
          area(x.size(2) * x.size(3)) {}
    T* data;
    int64_t pictures, channels, area;
    T* picture(int64_t n) const { return data + n * area * channels; }
};

/// Sums over each picture by `add(rows, count, first, second)`, run by run: two (N, C) of doubles.
template <class A, class Add>
std::pair<at::Tensor, at::Tensor> sums_of(int64_t pictures, int64_t area, int64_t channels, const Add& add) {
    const auto options = at::TensorOptions().dtype(at::kDouble);
    at::Tensor first = at::zeros({pictures, channels}, options),
               second = at::zeros({pictures, channels}, options);
    at::parallel_for(0, pictures, 1, [&](int64_t begin, int64_t end) {
        std::vector<A> partial(static_cast<size_t>(2 * channels));
        for (int64_t n = begin; n < end; ++n) {
            double* sums = first.data_ptr<double>() + n * channels;
            double* others = second.data_ptr<double>() + n * channels;
            for (int64_t row = 0; row < area; row += run) {
                std::fill(partial.begin(), partial.end(), A(0));
                add(n, row, std::min(run, area - row), partial.data(), partial.data() + channels);
                for (int64_t c = 0; c < channels; ++c) {
                    sums[c] += partial[static_cast<size_t>(c)];
                    others[c] += partial[static_cast<size_t>(channels + c)];
                }
            }
        }
    });
    return {first, second};
}

struct Factors {
    at::Tensor scale, shift;  // (N, C), of the accumulator's type
};

Factors factors_of(const at::Tensor& gain, const at::Tensor& bias, const at::Tensor& mean,
                   const at::Tensor& rstd, int64_t pictures, at::ScalarType type) {
    const at::Tensor scale = (gain.to(at::kDouble) * rstd).expand({pictures, rstd.size(0)});
    const at::Tensor shift = bias.to(at::kDouble) - mean * scale;
    return {scale.to(type).contiguous(), shift.to(type).contiguous()};
}

template <class T>
constexpr at::ScalarType accumulator = c10::CppTypeToScalarType<accumulate_t<T>>::value;

template <class Body>
auto with_type(at::ScalarType type, const Body& body) {
    if (type == at::kBFloat16) return body(c10::BFloat16{});
    if (type == at::kDouble) return body(double{});
    return body(float{});
}

// Ioffe and Szegedy 2015, arXiv:1502.03167, with a rectifier behind it. Only what cannot be worked out again
// is kept for the way back: x, and numbers per channel.
class NormRelu : public torch::autograd::Function<NormRelu> {
public:
    /// `given`: mean and variance, or undefined tensors; a pair, so that nothing is differentiated by them.
    static tensor_list forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& gain,
                               const at::Tensor& bias, const std::pair<at::Tensor, at::Tensor>& given,
                               double eps) {
        const at::Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast);
        auto [mean, var] = given;
        const bool of_batch = !mean.defined();
        if (of_batch) std::tie(mean, var) = moments(x);
        mean = mean.to(at::kDouble);
        const at::Tensor rstd = (var.to(at::kDouble) + eps).rsqrt();
        at::Tensor y = at::empty_like(x);
        with_type(x.scalar_type(), [&](auto zero) {
            using T = decltype(zero);
            using A = accumulate_t<T>;
            const Rows<T> from(x), to(y);
            const Factors f = factors_of(gain, bias, mean, rstd, from.pictures, accumulator<T>);
            at::parallel_for(0, from.pictures, 1, [&](int64_t begin, int64_t end) {
                for (int64_t n = begin; n < end; ++n)
                    scale_relu<T>(from.picture(n), from.area, from.channels,
                                  f.scale.data_ptr<A>() + n * from.channels,
                                  f.shift.data_ptr<A>() + n * from.channels, to.picture(n));
            });
        });
        context->save_for_backward({x, gain, bias, mean, rstd});
        context->saved_data["of_batch"] = of_batch;
        context->mark_non_differentiable({mean, var});
        return {y, mean, var};
    }

    static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
        const auto saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &gain = saved[1], &bias = saved[2], &mean = saved[3],
                         &rstd = saved[4];
        const bool of_batch = context->saved_data["of_batch"].toBool();
        const at::Tensor dy = gradients[0].to(x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
        at::Tensor dx = at::empty_like(x), dgain, dbias;
        with_type(x.scalar_type(), [&](auto zero) {
            using T = decltype(zero);
            using A = accumulate_t<T>;
            const Rows<T> from(x), down(dy), to(dx);
            const int64_t channels = from.channels;
            const Factors f = factors_of(gain, bias, mean, rstd, from.pictures, accumulator<T>);
            const at::Tensor origin = mean.to(accumulator<T>);
            const A* scale = f.scale.template data_ptr<A>();
            const A* shift = f.shift.template data_ptr<A>();
            auto [sum, product] = sums_of<A>(
                from.pictures, from.area, channels,
                [&](int64_t n, int64_t row, int64_t count, A* first, A* second) {
                    add_gradients<T>(from.picture(n) + row * channels, down.picture(n) + row * channels,
                                     count, channels, scale + n * channels, shift + n * channels,
                                     origin.data_ptr<A>(), first, second);
                });
            // The normalised map is (x - mean) rstd; dgain and dbias are sums of dy times it, and of dy.
            product = product * rstd;
            const bool shared = gain.size(0) == 1;
            dgain = (shared ? product.sum(0, true) : product).to(gain.scalar_type());
            dbias = (shared ? sum.sum(0, true) : sum).to(bias.scalar_type());
            at::Tensor slope = at::zeros_like(rstd), constant = at::zeros_like(rstd);
            if (of_batch) {
                const double count = static_cast<double>(from.pictures * from.area);
                const at::Tensor g = gain.to(at::kDouble);
                const at::Tensor mean_sum = (g * sum).sum(0) / count,
                                 mean_product = (g * product).sum(0) / count;
                slope = -rstd * rstd * mean_product;
                constant = -rstd * mean_sum - slope * mean;
            }
            slope = slope.to(accumulator<T>);
            constant = constant.to(accumulator<T>);
            at::parallel_for(0, from.pictures, 1, [&](int64_t begin, int64_t end) {
                for (int64_t n = begin; n < end; ++n)
                    input_gradient<T>(from.picture(n), down.picture(n), from.area, channels,
                                      scale + n * channels, shift + n * channels,
                                      slope.template data_ptr<A>(), constant.template data_ptr<A>(),
                                      to.picture(n));
            });
        });
        return {dx, dgain, dbias, {}, {}};
    }

private:
    /// Mean and biased variance, about the first pixel so that little cancels.
    static std::pair<at::Tensor, at::Tensor> moments(const at::Tensor& x) {
        at::Tensor mean, var;
        with_type(x.scalar_type(), [&](auto zero) {
            using T = decltype(zero);
            using A = accumulate_t<T>;
            const Rows<T> from(x);
            const at::Tensor origin =
                x.select(0, 0).select(1, 0).select(1, 0).to(accumulator<T>).contiguous();
            const auto [sum, square] =
                sums_of<A>(from.pictures, from.area, from.channels,
                           [&](int64_t n, int64_t row, int64_t count, A* first, A* second) {
                               add_moments<T>(from.picture(n) + row * from.channels, count, from.channels,
                                              origin.data_ptr<A>(), first, second);
                           });
            const double count = static_cast<double>(from.pictures * from.area);
            const at::Tensor shifted = sum.sum(0) / count;
            var = (square.sum(0) / count - shifted * shifted).clamp_min(0);
            mean = shifted + origin.to(at::kDouble);
        });
        return {mean, var};
    }
};

/// Of ATen's operations: any device, any activation.
NormResult composed(const at::Tensor& input, const at::Tensor& gain, const at::Tensor& bias, at::Tensor mean,
                    at::Tensor var, double eps, Activation activation) {
    const at::Tensor x = input.scalar_type() == at::kDouble ? input : input.to(at::kFloat);
    const auto over_map = [](const at::Tensor& t) { return t.unsqueeze(-1).unsqueeze(-1); };
    if (!mean.defined()) {
        mean = x.mean(at::IntArrayRef{0, 2, 3});
        var = x.var(at::IntArrayRef{0, 2, 3}, /*unbiased=*/false);
    }
    const at::Tensor scale = gain * (var + eps).rsqrt().to(gain.scalar_type());
    const at::Tensor shift = bias - mean.to(gain.scalar_type()) * scale;
    const at::Tensor y = x * over_map(scale) + over_map(shift);
    return {activate(y, activation).to(input.scalar_type()), mean.detach(), var.detach()};
}

}  // namespace

NormResult norm_activate(const at::Tensor& x, const at::Tensor& gain, const at::Tensor& bias,
                         const at::Tensor& mean, const at::Tensor& var, double eps, Activation activation) {
    const at::ScalarType type = x.scalar_type();
    const bool known = type == at::kFloat || type == at::kDouble || type == at::kBFloat16;
    if (!x.is_cpu() || !known || activation != Activation::Relu)
        return composed(x, gain, bias, mean, var, eps, activation);
    const auto results = NormRelu::apply(x, gain, bias, std::pair(mean, var), eps);
    return {results[0], results[1], results[2]};
}

}  // namespace gan
