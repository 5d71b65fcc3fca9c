#pragma once

#include "runtime/torch/pass.h"

#include <cmath>
#include <cstring>

// The formulas of passes, compiled for the processor by the C++ compiler and for GPUs by nvcc: what the tests
// find on the processor holds on both. T is the maps' number type; V numbers are worked on together, and
// divide all channels and strides.

#ifdef __CUDACC__
#define GAN_PASS_CODE __host__ __device__ inline
#else
#define GAN_PASS_CODE inline
#endif
#ifdef __CUDA_ARCH__
#define GAN_PASS_UNROLL _Pragma("unroll")
#else
#define GAN_PASS_UNROLL
#endif

namespace gan {

/// The largest number of a map's type, where float32 has larger ones; 0: it reaches as far. Whoever compiles
/// passes for a type of f16 says 65504.
template <class T>
inline constexpr float largest_number = 0;

/// What a T can be: what is larger becomes its largest number, since two infinities would soon make a NaN,
/// which spreads. A NaN stays one.
template <class T>
GAN_PASS_CODE float limited(float x) {
    constexpr float largest = largest_number<T>;
    if constexpr (largest > 0) {
        return x > largest ? largest : x < -largest ? -largest : x;
    } else {
        return x;
    }
}

template <class T, int V>
struct alignas(sizeof(T) * V < 16 ? sizeof(T) * V : 16) PassBlock {
    T values[V];
};

/// Convolutions give infinities of f16, too.
template <class T, int V>
GAN_PASS_CODE void add_block(const T* from, float (&to)[V]) {
    PassBlock<T, V> block;
#ifdef __CUDA_ARCH__
    block = *reinterpret_cast<const PassBlock<T, V>*>(from);
#else
    std::memcpy(&block, from, sizeof(block));
#endif
    for (int v = 0; v < V; ++v) to[v] += limited<T>(static_cast<float>(block.values[v]));
}

template <class T, int V>
GAN_PASS_CODE void store_block(const float (&from)[V], T* to) {
    PassBlock<T, V> block;
    for (int v = 0; v < V; ++v) block.values[v] = static_cast<T>(limited<T>(from[v]));
#ifdef __CUDA_ARCH__
    *reinterpret_cast<PassBlock<T, V>*>(to) = block;
#else
    std::memcpy(to, &block, sizeof(block));
#endif
}

/// Where the first channels of a pixel's addends lie; null: there is none.
template <class T>
struct PassPixel {
    const T* addends[5];
};

/// A pixel in a map of width `width` with `stride` numbers a pixel.
template <class T>
GAN_PASS_CODE const T* pixel_of(const void* map, int64_t row, int width, int column, int stride) {
    return static_cast<const T*>(map) + (row * width + column) * stride;
}

template <class T>
GAN_PASS_CODE const T* pixel_of(const MapPass& pass, const PassMap& map, int n, int y, int x) {
    const int halved = map.doubled ? 1 : 0;
    const int64_t rows = pass.height >> halved;
    return pixel_of<T>(map.data, n * rows + (y >> halved), pass.width >> halved, x >> halved, map.stride);
}

template <class T>
GAN_PASS_CODE PassPixel<T> addends_of(const MapPass& pass, int n, int y, int x) {
    PassPixel<T> pixel{};
    const int c = pass.channels;
    const int p = y & 1, q = x & 1;
    const int i = y >> 1, j = x >> 1;
    const int64_t rows = pass.height >> 1;
    const int columns = pass.width >> 1;
    if (pass.source == PassSource::Map) {
        pixel.addends[0] = pixel_of<T>(pass, pass.main, n, y, x);
    } else if (pass.source == PassSource::Phases) {
        pixel.addends[0] =
            pixel_of<T>(pass.main.data, n * (rows + 1) + i + p, columns + 1, j + q, 4 * c) + (2 * p + q) * c;
    } else {
        pixel.addends[0] = pixel_of<T>(pass.main.data, n * rows + i, columns, j, c);
        pixel.addends[1] = pixel_of<T>(pass.across, n * rows + i, columns + 1, j + q, 2 * c) + q * c;
        pixel.addends[2] = pixel_of<T>(pass.down, n * (rows + 1) + i + p, columns, j, 2 * c) + p * c;
        pixel.addends[3] =
            pixel_of<T>(pass.both, n * (rows + 1) + i + p, columns + 1, j + q, 4 * c) + (2 * p + q) * c;
    }
    if (pass.shortcut.data != nullptr) pixel.addends[4] = pixel_of<T>(pass, pass.shortcut, n, y, x);
    return pixel;
}

/// The value, from channel `c` on.
template <class T, int V>
GAN_PASS_CODE void value_of(const MapPass& pass, const PassPixel<T>& pixel, int c, float (&value)[V]) {
    for (int v = 0; v < V; ++v) value[v] = 0;
    for (const T* addend : pixel.addends)
        if (addend != nullptr) add_block<T, V>(addend + c, value);
    if (pass.main.bias != nullptr) add_block<float, V>(pass.main.bias + c, value);
    if (pass.shortcut.bias != nullptr) add_block<float, V>(pass.shortcut.bias + c, value);
}

GAN_PASS_CODE float activated(PassActivation activation, float x) {
    switch (activation) {
        case PassActivation::Relu:
            return x > 0 ? x : 0;
        case PassActivation::LeakyRelu:
            return x > 0 ? x : 0.1f * x;
        case PassActivation::Elu:
            return x > 0 ? x : expm1f(x);
        case PassActivation::Gelu:
            return 0.5f * x * (1 + erff(x * 0.70710678f));
        default:
            return x;
    }
}

/// From the value to h.
template <int V>
GAN_PASS_CODE void modulate_block(const MapPass& pass, int n, int c, float (&value)[V]) {
    if (pass.scale == nullptr) return;
    const int64_t at = n * pass.modulation_stride + c;
    // One by one: a norm's first channel may lie anywhere, where V numbers at once need an aligned address.
    for (int v = 0; v < V; ++v) value[v] = value[v] * pass.scale[at + v] + pass.shift[at + v];
    if (pass.activation == PassActivation::Relu) {
        for (int v = 0; v < V; ++v) value[v] = value[v] > 0 ? value[v] : 0;
    } else if (pass.activation != PassActivation::None) {
        for (int v = 0; v < V; ++v) value[v] = activated(pass.activation, value[v]);
    }
}

template <class T>
GAN_PASS_CODE T* result_pixel(void* map, int64_t row, int width, int column, int channels) {
    return map == nullptr ? nullptr : static_cast<T*>(map) + (row * width + column) * channels;
}

/// PassResult::None and Map: one place of (N, H + 2 halo_y, W + 2 halo_x), channels `begin` to `end`.
template <class T, int V>
GAN_PASS_CODE void map_pixel(const MapPass& pass, int n, int row, int column, int begin, int end) {
    const int h = pass.height, w = pass.width;
    const int y = (row - pass.halo_y + h) % h;
    const int x = (column - pass.halo_x + w) % w;
    const bool inside = y == row - pass.halo_y && x == column - pass.halo_x;
    const PassPixel<T> pixel = addends_of<T>(pass, n, y, x);
    T* const kept =
        inside ? result_pixel<T>(pass.kept, static_cast<int64_t>(n) * h + y, w, x, pass.channels) : nullptr;
    T* const result = result_pixel<T>(pass.map, static_cast<int64_t>(n) * (h + 2 * pass.halo_y) + row,
                                      w + 2 * pass.halo_x, column, pass.channels);
    for (int c = begin; c < end; c += V) {
        float value[V];
        value_of<T, V>(pass, pixel, c, value);
        if (kept != nullptr) store_block<T, V>(value, kept + c);
        if (result == nullptr) continue;
        modulate_block<V>(pass, n, c, value);
        store_block<T, V>(value, result + c);
    }
}

/// The place of a map that stands at `i`, which may be one beyond an edge; -1: zeros do.
GAN_PASS_CODE int within(int i, int extent, bool wraps) {
    if (i >= 0 && i < extent) return i;
    return wraps ? (i + extent) % extent : -1;
}

/// PassResult::Differences: one place of (N, H + 1, W + 1), which the smaller maps have or have not.
template <class T, int V>
GAN_PASS_CODE void difference_pixel(const MapPass& pass, int n, int row, int column, int begin, int end) {
    const int h = pass.height, w = pass.width;
    const int64_t first_row = static_cast<int64_t>(n) * h + row;         // of maps as high as the value
    const int64_t first_edge = static_cast<int64_t>(n) * (h + 1) + row;  // of those one row higher
    const bool in_y = row < h, in_x = column < w;
    const int channels = pass.channels;
    T* const kept = in_y && in_x ? result_pixel<T>(pass.kept, first_row, w, column, channels) : nullptr;
    T* const here = in_y && in_x ? result_pixel<T>(pass.map, first_row, w, column, channels) : nullptr;
    T* const across =
        in_y ? result_pixel<T>(pass.across_result, first_row, w + 1, column, channels) : nullptr;
    T* const down = in_x ? result_pixel<T>(pass.down_result, first_edge, w, column, channels) : nullptr;
    T* const both = result_pixel<T>(pass.both_result, first_edge, w + 1, column, channels);

    // This place, the one before it in its row, the one above it, and the one before that.
    PassPixel<T> pixels[4]{};
    bool there[4]{};
    GAN_PASS_UNROLL
    for (int k = 0; k < 4; ++k) {
        const int y = within(row - (k >> 1), h, pass.wrap_y);
        const int x = within(column - (k & 1), w, pass.wrap_x);
        there[k] = y >= 0 && x >= 0;
        if (there[k]) pixels[k] = addends_of<T>(pass, n, y, x);
    }
    for (int c = begin; c < end; c += V) {
        float values[4][V]{};
        GAN_PASS_UNROLL
        for (int k = 0; k < 4; ++k) {
            if (!there[k]) continue;
            value_of<T, V>(pass, pixels[k], c, values[k]);
            if (k == 0 && kept != nullptr) store_block<T, V>(values[0], kept + c);
            modulate_block<V>(pass, n, c, values[k]);
        }
        if (here != nullptr) store_block<T, V>(values[0], here + c);
        float difference[V];
        for (int v = 0; v < V; ++v) difference[v] = values[0][v] - values[1][v];
        if (across != nullptr) store_block<T, V>(difference, across + c);
        for (int v = 0; v < V; ++v) difference[v] -= values[2][v] - values[3][v];
        store_block<T, V>(difference, both + c);
        for (int v = 0; v < V; ++v) difference[v] = values[0][v] - values[2][v];
        if (down != nullptr) store_block<T, V>(difference, down + c);
    }
}

/// PassResult::Planar: one pixel of (N, H, W), all channels of the picture.
template <class T>
GAN_PASS_CODE void planar_pixel(const MapPass& pass, int n, int y, int x) {
    const PassPixel<T> pixel = addends_of<T>(pass, n, y, x);
    float* const picture = *pass.planar;
    for (int c = 0; c < pass.planar_channels; ++c) {
        float value[1];
        value_of<T, 1>(pass, pixel, c, value);
        const int64_t row = (static_cast<int64_t>(n) * pass.planar_channels + c) * pass.height + y;
        picture[row * pass.width + x] = tanhf(value[0]);
    }
}

/// The places that a pass visits: what the functions above are called for.
struct PassGrid {
    int rows = 0;
    int columns = 0;
};

GAN_PASS_CODE PassGrid grid_of(const MapPass& pass) {
    const int more_y = pass.result == PassResult::Differences ? 1 : 2 * pass.halo_y;
    const int more_x = pass.result == PassResult::Differences ? 1 : 2 * pass.halo_x;
    return {pass.height + more_y, pass.width + more_x};
}

/// Whether 8 numbers can be worked on together.
GAN_PASS_CODE bool goes_by_eights(const MapPass& pass) {
    return pass.channels % 8 == 0 && (pass.source != PassSource::Map || pass.main.stride % 8 == 0) &&
           pass.shortcut.stride % 8 == 0;
}

}  // namespace gan
