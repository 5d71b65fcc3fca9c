#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace gan {

// The loops of norm_activate, over rows of a channels-last map: x is (rows, channels). Sums are in float, or
// in double for double; a caller adds up short runs of rows, so that they stay exact enough.

template <class T>
struct Accumulate {
    using type = float;
};
template <>
struct Accumulate<double> {
    using type = double;
};
template <class T>
using accumulate_t = typename Accumulate<T>::type;

/// sum += x - origin, square += (x - origin)^2; each (channels).
template <class T>
void add_moments(const T* x, int64_t rows, int64_t channels, const accumulate_t<T>* origin,
                 accumulate_t<T>* sum, accumulate_t<T>* square);

/// y = max(0, x * scale + shift); NaN stays.
template <class T>
void scale_relu(const T* x, int64_t rows, int64_t channels, const accumulate_t<T>* scale,
                const accumulate_t<T>* shift, T* y);

/// With g = dy where x * scale + shift > 0: sum += g, product += g * (x - origin).
template <class T>
void add_gradients(const T* x, const T* dy, int64_t rows, int64_t channels, const accumulate_t<T>* scale,
                   const accumulate_t<T>* shift, const accumulate_t<T>* origin, accumulate_t<T>* sum,
                   accumulate_t<T>* product);

/// dx = g * scale + slope * x + constant, with the same g.
template <class T>
void input_gradient(const T* x, const T* dy, int64_t rows, int64_t channels, const accumulate_t<T>* scale,
                    const accumulate_t<T>* shift, const accumulate_t<T>* slope,
                    const accumulate_t<T>* constant, T* dx);

}  // namespace gan
