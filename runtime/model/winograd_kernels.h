#pragma once

#include <cstddef>

namespace gan {

/// The inner loops of WinogradConv for one instruction set. Maps are channels-last (H, W, C), vectors run
/// along channels. A tile's components lie `component_stride` floats apart.
struct WinogradInputTile {
    const float* map;  // (height, width, channels)
    int height, width, channels;
    int y, x;             // of the tile's first pixel; may lie outside of the map
    bool wrap_y, wrap_x;  // pixels outside come from the opposite edge, else they are zero
    const float* scale;   // (channels): each pixel becomes max(0, scale * pixel + shift); null: left alone
    const float* shift;
    float* components;
    size_t component_stride;
};

struct WinogradOutputTile {
    const float* products;
    size_t component_stride;
    const float* bias;      // (channels)
    const float* residual;  // (height / 2, width / 2, channels), added after nearest x2; null: none
    float* map;             // (height, width, channels)
    int width, channels;
    int y, x;  // of the tile's first pixel
};

struct WinogradKernels {
    struct Tiles {
        void (*input)(const WinogradInputTile&);
        void (*output)(const WinogradOutputTile&);
    };
    const Tiles* tiles;  // by WinogradForm
    /// c (rows, panel) = a (rows, depth) b (depth, panel); each number is one chain of fused multiply-adds
    /// along depth, whatever the number of rows.
    void (*product)(const float* a, size_t a_stride, const float* b, float* c, size_t c_stride, int rows,
                    int depth);
};

/// Columns of one product, and channels to which products are padded.
constexpr int winograd_panel = 32;

extern const WinogradKernels winograd_avx2;
extern const WinogradKernels winograd_avx512;

}  // namespace gan
