#include "trainer/networks/norm_kernels.h"

#include <bit>

namespace gan {
namespace {

// Chosen when the library is loaded, by what the processor has.
#if defined(__x86_64__) && !defined(GAN_SANITIZES_ADDRESSES) && !defined(GAN_SANITIZES_THREADS)
#define GAN_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define GAN_CLONES
#endif

inline float wide(float value) {
    return value;
}
inline double wide(double value) {
    return value;
}
inline float wide(c10::BFloat16 value) {
    return std::bit_cast<float>(uint32_t{value.x} << 16);
}

inline void store(float& to, float value) {
    to = value;
}
inline void store(double& to, double value) {
    to = value;
}
// To nearest, ties to even; without a branch, so that loops are vectorised.
inline void store(c10::BFloat16& to, float value) {
    const auto bits = std::bit_cast<uint32_t>(value);
    const uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    to.x = static_cast<uint16_t>(value != value ? 0x7fc0 : rounded);
}

template <class T, class A>
[[gnu::always_inline]] inline void moments(const T* __restrict x, int64_t rows, int64_t channels,
                                           const A* __restrict origin, A* __restrict sum,
                                           A* __restrict square) {
    for (int64_t row = 0; row < rows; ++row, x += channels)
        for (int64_t c = 0; c < channels; ++c) {
            const A value = wide(x[c]) - origin[c];
            sum[c] += value;
            square[c] += value * value;
        }
}

template <class T, class A>
[[gnu::always_inline]] inline void apply(const T* __restrict x, int64_t rows, int64_t channels,
                                         const A* __restrict scale, const A* __restrict shift,
                                         T* __restrict y) {
    for (int64_t row = 0; row < rows; ++row, x += channels, y += channels)
        for (int64_t c = 0; c < channels; ++c) {
            const A value = wide(x[c]) * scale[c] + shift[c];
            store(y[c], value < 0 ? A(0) : value);
        }
}

template <class T, class A>
[[gnu::always_inline]] inline void gradients(const T* __restrict x, const T* __restrict dy, int64_t rows,
                                             int64_t channels, const A* __restrict scale,
                                             const A* __restrict shift, const A* __restrict origin,
                                             A* __restrict sum, A* __restrict product) {
    for (int64_t row = 0; row < rows; ++row, x += channels, dy += channels)
        for (int64_t c = 0; c < channels; ++c) {
            const A value = wide(x[c]);
            const A g = value * scale[c] + shift[c] > 0 ? A(wide(dy[c])) : A(0);
            sum[c] += g;
            product[c] += g * (value - origin[c]);
        }
}

template <class T, class A>
[[gnu::always_inline]] inline void to_input(const T* __restrict x, const T* __restrict dy, int64_t rows,
                                            int64_t channels, const A* __restrict scale,
                                            const A* __restrict shift, const A* __restrict slope,
                                            const A* __restrict constant, T* __restrict dx) {
    for (int64_t row = 0; row < rows; ++row, x += channels, dy += channels, dx += channels)
        for (int64_t c = 0; c < channels; ++c) {
            const A value = wide(x[c]);
            const A g = value * scale[c] + shift[c] > 0 ? A(wide(dy[c])) : A(0);
            store(dx[c], g * scale[c] + slope[c] * value + constant[c]);
        }
}

}  // namespace

// A function that has clones can be no template.
#define GAN_KERNELS(T, A)                                                                                   \
    template <>                                                                                             \
    GAN_CLONES void add_moments<T>(const T* x, int64_t rows, int64_t channels, const A* origin, A* sum,     \
                                   A* square) {                                                             \
        moments(x, rows, channels, origin, sum, square);                                                    \
    }                                                                                                       \
    template <>                                                                                             \
    GAN_CLONES void scale_relu<T>(const T* x, int64_t rows, int64_t channels, const A* scale,               \
                                  const A* shift, T* y) {                                                   \
        apply(x, rows, channels, scale, shift, y);                                                          \
    }                                                                                                       \
    template <>                                                                                             \
    GAN_CLONES void add_gradients<T>(const T* x, const T* dy, int64_t rows, int64_t channels,               \
                                     const A* scale, const A* shift, const A* origin, A* sum, A* product) { \
        gradients(x, dy, rows, channels, scale, shift, origin, sum, product);                               \
    }                                                                                                       \
    template <>                                                                                             \
    GAN_CLONES void input_gradient<T>(const T* x, const T* dy, int64_t rows, int64_t channels,              \
                                      const A* scale, const A* shift, const A* slope, const A* constant,    \
                                      T* dx) {                                                              \
        to_input(x, dy, rows, channels, scale, shift, slope, constant, dx);                                 \
    }

GAN_KERNELS(float, float)
GAN_KERNELS(double, double)
GAN_KERNELS(c10::BFloat16, float)

}  // namespace gan
