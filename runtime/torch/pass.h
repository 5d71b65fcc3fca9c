#pragma once

#include <cstdint>

namespace gan {

/// Everything between two convolutions in one reading and one writing of a map, where LibTorch's own
/// operations would read and write it four to six times:
///
///     value  = main + its bias + shortcut + its bias
///     h      = activation(scale[n, c] * value + shift[n, c])
///     result = h, laid out as the next convolution wants it, or the finished picture
///
/// Plain data without LibTorch, so that nvcc can read it. run_on_processor() runs it on the processor and
/// runtime/cuda/passes.h on a GPU, both by the formulas of pass_pixel.h. All sums are float32, whatever
/// the maps' numbers are; what is beyond f16, read or written, is its largest number. Maps lie channels last,
/// (N, height, width, channels).
enum class PassNumbers { F32, BF16, F16 };
enum class PassActivation { None, Relu, LeakyRelu, Elu, Gelu };

/// How `main` lies in memory. H and W are the value's; p and q are 0 or 1.
enum class PassSource {
    Map,     // (N, H, W, stride), or (N, H / 2, W / 2, stride) where a pixel stands for 2x2
    Phases,  // (N, H / 2 + 1, W / 2 + 1, 4 C): pixel (2 i + p, 2 j + q) is at (i + p, j + q), from channel
             // (2 p + q) C on
    Terms,   // what UpConvForm::Differences adds up. Pixel (2 i + p, 2 j + q) is the sum of
             //   here (N, H / 2, W / 2, C)                at (i, j)
             //   across (N, H / 2, W / 2 + 1, 2 C)        at (i, j + q), from channel q C on
             //   down (N, H / 2 + 1, W / 2, 2 C)          at (i + p, j), from channel p C on
             //   both (N, H / 2 + 1, W / 2 + 1, 4 C)      at (i + p, j + q), from channel (2 p + q) C on
};

enum class PassResult {
    None,         // only what is kept
    Map,          // (N, H + 2 halo_y, W + 2 halo_x, C): the halo repeats the opposite edge
    Differences,  // four maps, what `Terms` are convolutions of: h (N, H, W, C); across (N, H, W + 1, C),
                  // h[x] - h[x - 1]; down (N, H + 1, W, C), likewise; both (N, H + 1, W + 1, C)
    Planar,       // tanh(value), float32 (N, planar_channels, H, W)
};

struct PassMap {
    const void* data = nullptr;
    int stride = 0;  // numbers from one pixel to the next: at least C
    bool doubled = false;
    const float* bias = nullptr;  // (C), or none
};

struct MapPass {
    PassNumbers numbers = PassNumbers::F32;
    int pictures = 0;  // N
    int height = 0;    // H, W and C of the value
    int width = 0;
    int channels = 0;

    PassSource source = PassSource::Map;
    PassMap main;  // Phases and Terms: the first map and the bias
    const void* across = nullptr;
    const void* down = nullptr;
    const void* both = nullptr;
    PassMap shortcut;  // none: its data is null

    void* kept = nullptr;  // (N, H, W, C): the value itself, where somebody else needs it

    const float* scale = nullptr;  // (C) of the first picture; none: h is the value
    const float* shift = nullptr;
    int64_t modulation_stride = 0;  // numbers from one picture's scales to the next's
    PassActivation activation = PassActivation::None;

    PassResult result = PassResult::None;
    int halo_y = 0;
    int halo_x = 0;
    bool wrap_y = false;  // Differences: beyond an edge lies the opposite one, else zeros
    bool wrap_x = false;
    void* map = nullptr;  // Map and Differences
    void* across_result = nullptr;
    void* down_result = nullptr;
    void* both_result = nullptr;
    int planar_channels = 0;         // the first of C
    float* const* planar = nullptr;  // where the picture's address is read when the pass runs: a captured
                                     // CUDA graph then writes each picture to another place
};

/// What runs passes on one device, in order.
using PassRunner = void (*)(const MapPass&);

}  // namespace gan
