#pragma once

#include "runtime/model/program.h"

#include <oneapi/tbb/cache_aligned_allocator.h>

#include <optional>
#include <vector>

namespace gan {

/// Inner loops for an instruction set: winograd_avx2, winograd_avx512; winograd_kernels.h.
struct WinogradKernels;

/// The best for this processor; null when it has neither AVX2 nor AVX-512.
const WinogradKernels* winograd_kernels();

/// How a 3x3 convolution is cut into tiles, after Winograd (Lavin and Gray 2015, "Fast algorithms for
/// convolutional neural networks"): tiles of the map and the weights are transformed, multiplied component
/// by component (a matrix product over channels each), and transformed back.
/// The two for nearest x2 followed by 3x3 use that both phases of an axis, of taps (a, b + c) and (a + b, c),
/// have the same sum a + b + c: at the point 1 one product serves both (2 n + 1 products for n pixels).
///
///               tile, pixels in -> out     products per output pixel
///   F2          2x2 -> 2x2                 4      weights x 1.78
///   F4          4x4 -> 4x4                 2.25   weights x 4
///   Up1         1x1 -> 2x2                 2.25   weights x 1
///   Up2         2x2 -> 4x4                 1.56   weights x 2.78
enum class WinogradForm { F2, F4, Up1, Up2 };

/// The form for a 3x3 convolution that sees maps of about `map` pixels a side; none for other operations.
std::optional<WinogradForm> winograd_form(const Op& op, int map);

/// A vector whose rows may be read by whole cache lines.
using AlignedFloats = std::vector<float, oneapi::tbb::cache_aligned_allocator<float>>;

/// Working memory of WinogradConv::run; several convolutions that never run at once may share it.
struct WinogradScratch {
    AlignedFloats components;
    AlignedFloats products;
};

/// A 3x3 convolution in float32, with the affine map and ReLU before it and the residual sum after it.
/// Immutable after construction.
class WinogradConv {
public:
    /// Transforms the weights of `op` (Conv 3x3 or UpConv), which sees `in` channels.
    WinogradConv(const Op& op, int in, WinogradForm form, const WinogradKernels& kernels);

    int out() const { return out_; }
    bool upsamples() const { return form_ >= WinogradForm::Up1; }
    size_t weight_bytes() const { return weights_.size() * sizeof(float); }
    /// Multiply-accumulates for one picture whose map has `map` pixels a side.
    double macs(int map) const;

    struct Maps {
        int pictures, height, width;  // of the input; all multiples of 4
        const float* input;           // (pictures, height, width, in)
        const float* scale;  // (pictures, in): max(0, scale x + shift) comes first; null: nothing does
        const float* shift;
        bool wrap_y, wrap_x;    // pad with the opposite edge instead of zeros
        const float* residual;  // (pictures, half the output's height, width, out): added after x2; or null
        float* output;          // (pictures, height, width, out), twice as high and wide if upsamples()
    };

    /// What run() will need for maps of this size.
    void reserve(int pictures, int height, int width, WinogradScratch& scratch) const;

    /// In parallel on the calling thread's oneTBB arena. The same bytes whatever the number of threads, and
    /// whatever the other pictures. Allocates nothing after reserve().
    void run(const Maps& maps, WinogradScratch& scratch) const;

private:
    struct Layout;
    Layout layout(int pictures, int height, int width) const;

    const WinogradKernels& kernels_;
    WinogradForm form_;
    int in_;
    int out_;
    AlignedFloats weights_;  // (products, panels of output channels, in, winograd_panel)
    std::vector<float> bias_;
};

}  // namespace gan
