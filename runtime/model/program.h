#pragma once

#include "runtime/model/config.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gan {

/// A generator as it is played: a flat list of operations with spectral norm, batch-norm statistics and
/// upsampling folded away, made by lower() and run by engines. Operation i makes value i; the list is
/// sorted, the last value is the picture. All values but the first are maps (channels, H, W) of one
/// picture; H and W follow from the base grid (4x4 a cell) and the upsampling on the way.
///
/// T is the type of the weights: float for engines, double for the tests' oracle.
enum class OpKind {
    Linear,     // base input (cells, in) -> base map (channels, 4 rows, 4 columns a cell)
    Affine,     // scale[c] * x + shift[c], then the activation; scale and shift from Modulation
    Conv,       // k x k, stride 1, padding (k - 1) / 2; weight (out, in, k, k), bias (out)
    UpConv,     // nearest x2, then 3x3; weight as `form` says, bias (out)
    Upsample,   // nearest x2
    Slice,      // the first `channels` channels
    Add,        // two inputs
    Attention,  // x + o(softmax(theta(x)^T maxpool2(phi(x))) maxpool2(g(x)))
    Tanh,
};

/// Three ways to compute nearest x2 followed by a 3x3 convolution; all give the same picture.
/// Cost per input pixel and pair of channels, and weights a pair:
///   Plain        36 products   9 weights   as written
///   Transposed   16 products  16 weights   a 4x4, stride-2, padding-1 transposed convolution, its taps
///                                          sums of the 3x3 taps (weight (in, out, 4, 4))
///   Differences   9 products   9 weights   1x1 convolutions of the map and of its differences
/// Differences: with taps (a, b, c) along one axis and s = a + b + c, the two outputs at input i are
/// s x[i] - a (x[i] - x[i-1]) and s x[i] + c (x[i+1] - x[i]). The tensor product over both axes needs
/// nine 1x1 weights, rows {s, -a, c} by columns {s, -a, c}: weight (9, out, in), row by row.
enum class UpConvForm { Plain, Transposed, Differences };

template <class T>
struct BasicOp {
    OpKind kind;
    std::vector<int> inputs;  // values
    int channels = 0;         // of the value it makes
    int kernel = 1;           // Conv
    UpConvForm form = UpConvForm::Plain;
    int norm = -1;         // Affine: index into Modulation::norms
    bool activate = true;  // Affine
    std::string tap;       // not empty: a name under which tests may read the value ("block0")
    /// Attention: rows theta (key_channels), phi (key_channels), g (value_channels) of (rows, in).
    std::vector<T> weight;
    std::vector<T> bias;
    std::vector<T> out_weight;  // Attention: gamma * o, (channels, value_channels)
    int key_channels = 0;       // Attention: C / 8
    int value_channels = 0;     // Attention: C / 2
};

/// One batch norm's place in the modulation vectors and its share of the condition.
struct Norm {
    int offset = 0;  // of its first channel among all channels
    int channels = 0;
    int z_offset = 0;  // first element of z it sees
    int z_size = 0;    // elements of z it sees; 0: none
};

/// What turns a condition into the scale and shift of every batch norm. Computed outside the engines'
/// graphs, in float32, so that psi, class mixes and bending never recompile anything.
///     gain = W_y y + W_z z + gain0,   bias likewise
///     scale = gain / sqrt(var + eps), shift = bias - mean * scale
/// with mean and var interpolated in psi. C is the number of channels of all norms together.
template <class T>
struct BasicModulation {
    int channels = 0;  // C
    std::vector<Norm> norms;
    int classes = 0;
    int shared_dim = 0;        // 0: no embedding, classes index class_weight directly
    std::vector<T> embedding;  // (classes, shared_dim), or empty
    std::vector<T>
        class_weight;  // (2 C, shared_dim), or (classes, 2 C) without embedding; gains, then biases
    std::vector<std::vector<T>> z_weight;  // per norm (2 channels, z_size): gains, then biases
    std::vector<T> constant;               // (2 C): 1 or the learned gain, 0 or the learned bias
    std::vector<double> psi;               // (rows), ascending; empty: one row
    std::vector<T> means;                  // (rows, C)
    std::vector<T> vars;                   // (rows, C)
    std::vector<T> eps;                    // (C)
    /// Tests only: interpolate like pytorch-pretrained-BigGAN, whose two weights are swapped.
    bool swapped_interpolation = false;

    int rows() const { return psi.empty() ? 1 : static_cast<int>(psi.size()); }
};

template <class T>
struct BasicProgram {
    std::vector<BasicOp<T>> ops;
    BasicModulation<T> modulation;
    int base_input = 0;        // elements a cell: what the first linear layer takes
    bool embeds_base = false;  // its input is [class embedding, z] rather than a part of z alone
    int dim_z = 0;
    int first_chunk = 0;  // elements of z in the base input
    int resolution = 0;
    int image_channels = 3;
    bool tileable = false;  // pictures tile: see BigGanConfig
    Activation activation = Activation::Relu;
    LatentDistribution latent = LatentDistribution::Normal;  // what engines make of normal latents
    std::vector<std::string> notes;

    /// Bytes of all weights in T.
    size_t weight_bytes() const;
    /// Multiply-accumulates of one picture of one cell, in the forms written here.
    double macs() const;
    /// Those of one operation; macs() adds the class product of the modulation.
    double op_macs(size_t op) const;
};

using Op = BasicOp<float>;
using Modulation = BasicModulation<float>;
using Program = BasicProgram<float>;

std::string_view name_of(OpKind kind);

/// Side of each value's map in pixels for one cell; 0 for the base input.
template <class T>
std::vector<int> map_sizes(const BasicProgram<T>& program);

}  // namespace gan
