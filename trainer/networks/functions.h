#pragma once

#include "runtime/model/config.h"

#include <ATen/core/Tensor.h>

#include <utility>

namespace gan {

// Differentiable functions that the networks are made of. Pictures are (N, C, H, W), in any memory format,
// fastest in channels last; results keep it. Everything runs on the device of its inputs. [any thread]

/// A weight divided by its largest singular value as power iteration estimates it (Miyato et al. 2018,
/// arXiv:1802.05957, algorithm 1), W seen as (out, -1):
///     v = unit(u W), u' = unit(v W^T), sigma = v W^T u'^T
/// with unit(x) = x / max(|x|, eps). u' and v count as constants; sigma carries its gradient.
struct Normalised {
    at::Tensor weight;  // W / sigma, in `dtype`
    at::Tensor u;       // (1, out)
    at::Tensor sigma;   // ()
};
Normalised spectral_norm(const at::Tensor& weight, const at::Tensor& u, double eps, at::ScalarType dtype);

/// Convolution with a 1x1 or 3x3 kernel, stride 1, that keeps the map's size. `wrap` pads with what is at the
/// other side, so that what tiles stays tiling; otherwise with zeros.
at::Tensor convolve(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool wrap);

/// convolve(nearest upsampling of x by 2), as one 4x4 transposed convolution of stride 2: 16 of 36 products.
at::Tensor upsample_convolve(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                             bool wrap);

/// Average pooling by 2 of convolve(x), as one 4x4 convolution of stride 2: 16 of 36 products.
at::Tensor convolve_pool(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool wrap);

/// Batch norm, modulation and activation in one pass over memory each way:
///     activation((x - mean) / sqrt(var + eps) * gain + bias)
///   x           (N, C, H, W)
///   gain, bias  (N, C) or (1, C)
///   mean, var   (C), to normalise by; undefined: those of this batch, over N, H and W, biased
/// In float at least, whatever x is. Returns the result, in x's type, and the mean and variance used.
struct NormResult {
    at::Tensor y;
    at::Tensor mean;  // (C)
    at::Tensor var;   // (C)
};
NormResult norm_activate(const at::Tensor& x, const at::Tensor& gain, const at::Tensor& bias,
                         const at::Tensor& mean, const at::Tensor& var, double eps, Activation activation);

/// As the enumeration says. Source of Gelu: Hendrycks and Gimpel 2016, arXiv:1606.08415.
at::Tensor activate(const at::Tensor& x, Activation activation);

}  // namespace gan
