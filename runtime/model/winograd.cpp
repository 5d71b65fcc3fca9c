#include "runtime/model/winograd.h"

#include "runtime/model/winograd_kernels.h"

#include <immintrin.h>
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace gan {
namespace {

/// Transformed tiles and their products should stay near the second-level caches: 2, 4 and 8 MB were within a
/// tenth of one another on a machine with 2 MB a core, 8 the best in most layers (tests/bench/winograd.cpp).
constexpr size_t scratch_bytes = size_t{8} << 20;

using Row = std::array<double, 3>;

/// One axis of a form: see winograd_kernels.inc, which has the maps' side.
struct Axis {
    int step;                        // pixels from one input tile to the next
    int outputs;                     // pixels of one output tile
    int components;                  // of one input tile
    std::span<const Row> weights;    // one row a product, of three weights
    std::span<const int> component;  // that each product takes

    // Of both axes:
    size_t all_components() const { return static_cast<size_t>(components * components); }
    size_t all_products() const { return weights.size() * weights.size(); }
    size_t component_of(size_t product) const {
        return static_cast<size_t>(component[product / weights.size()] * components +
                                   component[product % weights.size()]);
    }
};

// Products of taps (a, b, c).
constexpr Row f2[] = {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}};
constexpr Row f4[] = {{1. / 4, 0, 0},
                      {-1. / 6, -1. / 6, -1. / 6},
                      {-1. / 6, 1. / 6, -1. / 6},
                      {1. / 24, 1. / 12, 1. / 6},
                      {1. / 24, -1. / 12, 1. / 6},
                      {0, 0, 1}};
// Products of (s, -a, c), s = a + b + c: UpConvForm::Differences.
constexpr Row up1[] = {{0, -1, 0}, {1, 0, 0}, {0, 0, 1}};
// a, s / 2, (a - b - c) / 2, (c - a - b) / 2, c
constexpr Row up2[] = {{0, -1, 0}, {.5, 0, 0}, {-.5, -1, 0}, {-.5, 0, 1}, {0, 0, 1}};
constexpr int in_order[] = {0, 1, 2, 3, 4, 5};
constexpr int third_twice[] = {0, 1, 2, 2, 3};

const Axis& axis_of(WinogradForm form) {
    static constexpr Axis axes[] = {{2, 2, 4, f2, in_order},
                                    {4, 4, 6, f4, in_order},
                                    {1, 2, 3, up1, in_order},
                                    {2, 4, 4, up2, third_twice}};
    return axes[static_cast<size_t>(form)];
}

/// Rows and columns of `op`'s stored weights, of which (a, b, c) or (s, -a, c) are sums.
std::span<const std::array<double, 4>> basis_of(const Op& op) {
    using Basis = std::array<double, 4>;
    static constexpr Basis same[] = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}};
    static constexpr Basis from_taps[] = {{1, 1, 1, 0}, {-1, 0, 0, 0}, {0, 0, 1, 0}};
    static constexpr Basis from_transposed[] = {{0, 1, 0, 1}, {0, 0, 0, -1}, {1, 0, 0, 0}};  // c, b+c, a+b, a
    if (op.kind == OpKind::Conv || op.form == UpConvForm::Differences) return same;
    if (op.form == UpConvForm::Plain) return from_taps;
    return from_transposed;
}

int rounded_up(int n, int multiple) {
    return (n + multiple - 1) / multiple * multiple;
}

/// Denormals are zero on whichever thread computes, as in the rest of the engine.
class FlushDenormals {
public:
    FlushDenormals() { _mm_setcsr(mode_ | _MM_FLUSH_ZERO_ON | denormals_are_zero); }
    ~FlushDenormals() { _mm_setcsr(mode_); }
    FlushDenormals(const FlushDenormals&) = delete;
    FlushDenormals& operator=(const FlushDenormals&) = delete;

private:
    static constexpr unsigned denormals_are_zero = 0x40;
    unsigned mode_ = _mm_getcsr();
};

template <class Body>
void parallel(size_t count, const Body& body) {
    oneapi::tbb::parallel_for(
        oneapi::tbb::blocked_range<size_t>(0, count),
        [&](const auto& range) {
            const FlushDenormals flushed;
            for (size_t i = range.begin(); i < range.end(); ++i) body(i);
        },
        oneapi::tbb::static_partitioner());
}

}  // namespace

const WinogradKernels* winograd_kernels() {
    if (__builtin_cpu_supports("avx512f")) return &winograd_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &winograd_avx2;
    return nullptr;
}

std::optional<WinogradForm> winograd_form(const Op& op, int map) {
    // A form whose weights grow pays where a map has many tiles to share them.
    if (op.kind == OpKind::UpConv) return map >= 16 ? WinogradForm::Up2 : WinogradForm::Up1;
    if (op.kind != OpKind::Conv || op.kernel != 3) return std::nullopt;
    return map >= 32 ? WinogradForm::F4 : WinogradForm::F2;
}

WinogradConv::WinogradConv(const Op& op, int in, WinogradForm form, const WinogradKernels& kernels)
    : kernels_(kernels), form_(form), in_(in), out_(op.channels), bias_(op.bias) {
    const Axis& axis = axis_of(form);
    const auto basis = basis_of(op);
    const size_t side_products = axis.weights.size();
    // Products by stored taps, along one axis.
    std::vector<std::array<double, 4>> matrix(side_products);
    for (size_t product = 0; product < side_products; ++product)
        for (size_t tap = 0; tap < 4; ++tap)
            for (size_t i = 0; i < 3; ++i) matrix[product][tap] += axis.weights[product][i] * basis[i][tap];

    const auto inputs = static_cast<size_t>(in);
    const auto outputs = static_cast<size_t>(out_);
    const size_t side = op.kind == OpKind::UpConv && op.form == UpConvForm::Transposed ? 4 : 3;
    const auto tap = [&](size_t o, size_t i, size_t t) -> double {
        if (side == 4) return op.weight[(i * outputs + o) * 16 + t];
        if (op.kind == OpKind::UpConv && op.form == UpConvForm::Differences)
            return op.weight[(t * outputs + o) * inputs + i];
        return op.weight[(o * inputs + i) * 9 + t];
    };

    // A block of inputs at a time, for one output: every access is then along a row or stays in the cache.
    constexpr size_t panel = winograd_panel;
    constexpr size_t block = 64;
    const size_t panels = (outputs + panel - 1) / panel;
    weights_.assign(axis.all_products() * panels * inputs * panel, 0.0f);
    parallel(panels, [&](size_t p) {
        using Block = std::array<double, block>;
        std::array<Block, 16> taps{};
        std::array<Block, 24> half;  // rows of products by columns of taps
        for (size_t first = 0; first < inputs; first += block)
            for (size_t o = p * panel; o < std::min(outputs, (p + 1) * panel); ++o) {
                const size_t count = std::min(block, inputs - first);
                for (size_t t = 0; t < side * side; ++t)
                    for (size_t i = 0; i < count; ++i) taps[t][i] = tap(o, first + i, t);
                const auto combine = [&](const std::array<double, 4>& factors, const Block* from,
                                         size_t stride, Block& to) {
                    to.fill(0);
                    for (size_t k = 0; k < side; ++k)
                        if (factors[k] != 0)
                            for (size_t i = 0; i < block; ++i) to[i] += factors[k] * from[k * stride][i];
                };
                for (size_t y = 0; y < side_products; ++y)
                    for (size_t c = 0; c < side; ++c) combine(matrix[y], &taps[c], side, half[y * side + c]);
                for (size_t product = 0; product < axis.all_products(); ++product) {
                    Block sum;
                    combine(matrix[product % side_products], &half[product / side_products * side], 1, sum);
                    float* to = &weights_[((product * panels + p) * inputs + first) * panel + o % panel];
                    for (size_t i = 0; i < count; ++i) to[i * panel] = static_cast<float>(sum[i]);
                }
            }
    });
}

double WinogradConv::macs(int map) const {
    const Axis& axis = axis_of(form_);
    return std::pow(static_cast<double>(map) / axis.step, 2) * static_cast<double>(axis.all_products()) *
           in_ * out_;
}

/// A few tiles of all pictures, done together.
struct WinogradConv::Layout {
    int tiles_x, tiles_y, tiles;  // tiles: of all pictures
    int together;
    size_t component_row, product_row;  // floats from one tile's channels to the next tile's
    size_t component_stride, product_stride;
};

WinogradConv::Layout WinogradConv::layout(int pictures, int height, int width) const {
    const Axis& axis = axis_of(form_);
    Layout result{};
    result.tiles_x = width / axis.step;
    result.tiles_y = height / axis.step;
    result.tiles = pictures * result.tiles_y * result.tiles_x;
    result.component_row = static_cast<size_t>(rounded_up(in_, 16));
    result.product_row = static_cast<size_t>(rounded_up(out_, winograd_panel));
    const size_t tile_bytes = sizeof(float) * (axis.all_components() * result.component_row +
                                               axis.all_products() * result.product_row);
    const int limit = std::max(16, static_cast<int>(scratch_bytes / tile_bytes));
    const int rounds = (result.tiles + limit - 1) / limit;
    result.together = (result.tiles + rounds - 1) / rounds;
    result.component_stride = result.component_row * static_cast<size_t>(result.together);
    result.product_stride = result.product_row * static_cast<size_t>(result.together);
    return result;
}

void WinogradConv::reserve(int pictures, int height, int width, WinogradScratch& scratch) const {
    const Axis& axis = axis_of(form_);
    const Layout l = layout(pictures, height, width);
    const auto grow = [](AlignedFloats& floats, size_t size) {
        if (floats.size() < size) floats.resize(size);
    };
    grow(scratch.components, axis.all_components() * l.component_stride);
    grow(scratch.products, axis.all_products() * l.product_stride);
}

void WinogradConv::run(const Maps& maps, WinogradScratch& scratch) const {
    const Axis& axis = axis_of(form_);
    const Layout l = layout(maps.pictures, maps.height, maps.width);
    const auto inputs = static_cast<size_t>(in_);
    const auto outputs = static_cast<size_t>(out_);
    const auto pixels = static_cast<size_t>(maps.height) * static_cast<size_t>(maps.width);
    const size_t out_pixels = upsamples() ? pixels * 4 : pixels;
    const size_t panels = l.product_row / winograd_panel;
    const auto& tiles = kernels_.tiles[static_cast<size_t>(form_)];

    struct Place {
        size_t picture;
        int row, column;  // of tiles
    };
    const auto place = [&](int tile) {
        const int of_picture = tile % (l.tiles_x * l.tiles_y);
        return Place{static_cast<size_t>(tile / (l.tiles_x * l.tiles_y)), of_picture / l.tiles_x,
                     of_picture % l.tiles_x};
    };

    for (int first = 0; first < l.tiles; first += l.together) {
        const int count = std::min(l.together, l.tiles - first);
        parallel(static_cast<size_t>(count), [&](size_t i) {
            const auto [picture, row, column] = place(first + static_cast<int>(i));
            const size_t channel = picture * inputs;
            tiles.input({.map = maps.input + picture * pixels * inputs,
                         .height = maps.height,
                         .width = maps.width,
                         .channels = in_,
                         .y = row * axis.step - 1,
                         .x = column * axis.step - 1,
                         .wrap_y = maps.wrap_y,
                         .wrap_x = maps.wrap_x,
                         .scale = maps.scale == nullptr ? nullptr : maps.scale + channel,
                         .shift = maps.shift == nullptr ? nullptr : maps.shift + channel,
                         .components = scratch.components.data() + i * l.component_row,
                         .component_stride = l.component_stride});
        });
        parallel(axis.all_products() * panels, [&](size_t i) {
            const size_t product = i / panels;
            const size_t panel = i % panels;
            kernels_.product(scratch.components.data() + axis.component_of(product) * l.component_stride,
                             l.component_row, weights_.data() + i * inputs * winograd_panel,
                             scratch.products.data() + product * l.product_stride + panel * winograd_panel,
                             l.product_row, count, in_);
        });
        parallel(static_cast<size_t>(count), [&](size_t i) {
            const auto [picture, row, column] = place(first + static_cast<int>(i));
            tiles.output({.products = scratch.products.data() + i * l.product_row,
                          .component_stride = l.product_stride,
                          .bias = bias_.data(),
                          .residual = maps.residual == nullptr
                                          ? nullptr
                                          : maps.residual + picture * (out_pixels / 4) * outputs,
                          .map = maps.output + picture * out_pixels * outputs,
                          .width = upsamples() ? 2 * maps.width : maps.width,
                          .channels = out_,
                          .y = row * axis.outputs,
                          .x = column * axis.outputs});
        });
    }
}

}  // namespace gan
