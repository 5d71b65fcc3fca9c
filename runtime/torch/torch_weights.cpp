#include "runtime/torch/torch_weights.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/mkldnn_reorder_conv2d_weight.h>

#include <algorithm>

namespace gan {
namespace {

/// A view of a program's numbers.
at::Tensor view_of(const std::vector<float>& values, at::IntArrayRef shape, int64_t offset = 0) {
    return at::from_blob(const_cast<float*>(values.data()) + offset, shape, at::kFloat);
}

/// Of a 3x3 kernel's three rows (dimension 2) or columns (3): what the two rows of a phase's 2x2 kernel are,
/// since upsampling has doubled what they read. Phase 0 sees one pixel before and twice the own one.
at::Tensor halves(const at::Tensor& weight, int64_t dimension, int phase) {
    const auto first = weight.narrow(dimension, 0, 1 + phase).sum(dimension, true);
    const auto second = weight.narrow(dimension, 1 + phase, 2 - phase).sum(dimension, true);
    return at::cat({first, second}, dimension);
}

/// Output o of the transposed convolution reads input i by the tap o - 2 i + 1: output 2 i by tap 3 of the
/// input before and tap 1 of the own one, output 2 i + 1 by tap 2 of the own and tap 0 of the next one.
at::Tensor taps_of(const at::Tensor& weight, int64_t dimension, int phase) {
    return weight.slice(dimension, 1 - phase, 4 - phase, 2).flip(dimension);
}

/// The four 2x2 kernels (4 C, in, 2, 2) of an upsampling convolution.
at::Tensor phases_of(const Op& op, int64_t in) {
    const int64_t c = op.channels;
    std::vector<at::Tensor> phases;
    for (int p = 0; p < 2; ++p)
        for (int q = 0; q < 2; ++q)
            phases.push_back(
                op.form == UpConvForm::Transposed
                    ? taps_of(taps_of(view_of(op.weight, {in, c, 4, 4}), 2, p), 3, q).transpose(0, 1)
                    : halves(halves(view_of(op.weight, {c, in, 3, 3}), 2, p), 3, q));
    return at::cat(phases, 0);
}

/// Zeros after a matrix's last rows, up to `rows`.
at::Tensor padded_rows(const at::Tensor& weight, int64_t rows) {
    return at::constant_pad_nd(weight, {0, 0, 0, 0, 0, 0, 0, rows - weight.size(0)});
}

}  // namespace

TorchWeights::TorchWeights(const Program& program, const at::TensorOptions& options) : options_(options) {
    const std::vector<int> sizes = map_sizes(program);
    for (size_t i = 0; i < program.ops.size(); ++i) {
        const Op& op = program.ops[i];
        ops_.emplace_back();
        add(program, i, op.inputs.empty() ? 0 : sizes[static_cast<size_t>(op.inputs[0])]);
    }
}

at::Tensor TorchWeights::placed(const at::Tensor& tensor) {
    // A view of the program must not be kept, even where nothing is converted.
    at::Tensor result = tensor.to(options_, /*non_blocking=*/false, /*copy=*/true).contiguous();
    bytes_ += result.nbytes();
    return result;
}

/// `side`: of the map that it will mostly read, which decides how oneDNN packs.
at::Tensor TorchWeights::convolution(const at::Tensor& weight, int side, int padding) {
    if (!options_.device().is_cpu()) {
        at::Tensor result = weight.to(options_.dtype().toScalarType())
                                .contiguous(at::MemoryFormat::ChannelsLast)
                                .to(options_.device());
        bytes_ += result.nbytes();
        return result;
    }
    const at::Tensor typed = weight.to(options_.dtype().toScalarType()).contiguous();
    bytes_ += typed.nbytes();
    return at::mkldnn_reorder_conv2d_weight(typed.to_mkldnn(), {padding, padding}, {1, 1}, {1, 1}, 1,
                                            std::vector<int64_t>{1, weight.size(1), side, side});
}

void TorchWeights::add_attention(const Op& op, int in, int side) {
    const int64_t k = op.key_channels, v = op.value_channels;
    const int64_t width = std::max(k, v);
    const auto part = [&](int64_t first, int64_t rows) {
        return padded_rows(view_of(op.weight, {rows, in, 1, 1}, first * in), width);
    };
    const at::Tensor out =
        at::constant_pad_nd(view_of(op.out_weight, {op.channels, v, 1, 1}), {0, 0, 0, 0, 0, width - v});
    TorchOp& result = ops_.back();
    result.head_width = static_cast<int>(width);
    result.weights = {convolution(part(0, k), side, 0),
                      convolution(at::cat({part(k, k), part(2 * k, v)}, 0), side, 0),
                      convolution(out, side, 0)};
}

void TorchWeights::add(const Program& program, size_t index, int side) {
    const Op& op = program.ops[index];
    const int64_t c = op.channels;
    TorchOp& result = ops_.back();
    const int in =
        op.inputs.empty() ? program.base_input : program.ops[static_cast<size_t>(op.inputs[0])].channels;
    if (op.kind == OpKind::Attention) return add_attention(op, in, side);
    if (op.kind == OpKind::Linear) {
        result.weights = {placed(view_of(op.weight, {c, 16, in}).transpose(0, 1).reshape({16 * c, in}))};
        result.bias = placed(view_of(op.bias, {c, 16}).transpose(0, 1).reshape({16 * c}));
        return;
    }
    if (op.kind != OpKind::Conv && op.kind != OpKind::UpConv) return;
    result.bias = view_of(op.bias, {c}).to(options_.device(), at::kFloat, false, /*copy=*/true);
    bytes_ += result.bias.nbytes();
    if (op.kind == OpKind::Conv) {
        at::Tensor weight = view_of(op.weight, {c, in, op.kernel, op.kernel});
        // Tensor cores work on eight channels at a time, and a picture has three.
        if (!options_.device().is_cpu() && c < 8) weight = padded_rows(weight, 8);
        result.weights = {convolution(weight, side, op.kernel / 2)};
    } else if (op.form != UpConvForm::Differences) {
        result.weights = {convolution(phases_of(op, in), side, 1)};
    } else {
        // Rows {s, -a, c} by columns {s, -a, c}; see UpConvForm.
        const at::Tensor nine = view_of(op.weight, {9, c, in, 1, 1});
        const auto several = [&](std::initializer_list<int64_t> which, int more_y, int more_x) {
            std::vector<at::Tensor> rows;
            for (const int64_t k : which) rows.push_back(nine[k]);
            return convolution(at::cat(rows, 0), side + std::max(more_y, more_x), 0);
        };
        result.weights = {several({0}, 0, 0), several({1, 2}, 0, 1), several({3, 6}, 1, 0),
                          several({4, 5, 7, 8}, 1, 1)};
    }
}

}  // namespace gan
