#pragma once

#include <cstddef>
#include <vector>

// What lowering folds into a weight. T is float or double.

namespace gan {

/// sigma of W (rows, columns), as the reference's evaluation mode computes it from `u` (rows): one step of
/// power iteration, v = u W / |u W|, then sigma = |W v|, since u' = W v / |W v|. Norms below eps are
/// replaced by eps. Source: ajbrock/BigGAN-PyTorch layers.py, class SN.
template <class T>
double spectral_sigma(const std::vector<T>& w, size_t rows, const std::vector<double>& u, double eps);

/// u W v, both stored: torch.nn.utils.spectral_norm in evaluation mode.
template <class T>
double stored_sigma(const std::vector<T>& w, const std::vector<double>& u, const std::vector<double>& v);

/// (out, in, 3, 3) -> (in, out, 4, 4), UpConvForm::Transposed: nearest x2 repeats each pixel, so that the
/// taps of a 3x3 kernel that fall on copies of one pixel add up. Along one axis the taps (a, b, c) become (c,
/// b + c, a + b, a) in the orientation of a transposed convolution of stride 2 and padding 1.
template <class T>
std::vector<T> transposed_taps(const std::vector<T>& w, int out, int in);

/// (out, in, 3, 3) -> (9, out, in), UpConvForm::Differences.
template <class T>
std::vector<T> difference_weights(const std::vector<T>& w, int out, int in);

}  // namespace gan
