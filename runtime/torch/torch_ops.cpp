#include "runtime/torch/torch_ops.h"

#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/softmax.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace gan {
namespace {

constexpr int64_t logits_at_once = int64_t{16} << 20;  // 64 MB of float32

at::Tensor as_channels_first(const at::Tensor& map) {
    return map.permute({0, 3, 1, 2});  // LibTorch's order of dimensions, over the same memory
}

at::Tensor as_channels_last(const at::Tensor& map) {
    return map.permute({0, 2, 3, 1}).contiguous();
}

/// With weights that are packed for oneDNN, LibTorch keeps maps channels last by this operator alone, which
/// has no C++ function: the one that torch.compile calls.
at::Tensor packed_convolution(const at::Tensor& input, const at::Tensor& weight,
                              const std::vector<int64_t>& padding) {
    static const c10::OperatorHandle convolution =
        c10::Dispatcher::singleton().findSchemaOrThrow("mkldnn::_convolution_pointwise", "");
    const std::vector<int64_t> ones{1, 1};
    torch::jit::Stack stack;
    torch::jit::push(stack, input, weight, c10::IValue(), padding, ones, ones, int64_t{1},
                     std::string("none"), c10::List<std::optional<at::Scalar>>(), c10::IValue());
    convolution.callBoxed(stack);
    return stack.back().toTensor();
}

}  // namespace

at::Tensor convolved(const at::Tensor& map, const at::Tensor& weight, int64_t padding_y, int64_t padding_x) {
    const at::Tensor input = as_channels_first(map);
    if (weight.is_mkldnn())
        return as_channels_last(packed_convolution(input, weight, {padding_y, padding_x}));
    return as_channels_last(at::convolution(input, weight, std::nullopt, {1, 1}, {padding_y, padding_x},
                                            {1, 1}, false, {0, 0}, 1));
}

at::Tensor pooled(const at::Tensor& map) {
    return as_channels_last(at::max_pool2d(as_channels_first(map), {2, 2}));
}

at::Tensor attended(const at::Tensor& queries, const at::Tensor& keys, const at::Tensor& values) {
    if (queries.is_cpu() || queries.scalar_type() != at::kFloat)
        return at::scaled_dot_product_attention(queries.unsqueeze(1), keys.unsqueeze(1), values.unsqueeze(1),
                                                std::nullopt, 0.0, false, 1.0)
            .squeeze(1);
    const int64_t count = queries.size(1);
    const int64_t piece = std::clamp<int64_t>(logits_at_once / (queries.size(0) * keys.size(1)), 1, count);
    std::vector<at::Tensor> pieces;
    for (int64_t first = 0; first < count; first += piece) {
        const at::Tensor some = queries.narrow(1, first, std::min(piece, count - first));
        pieces.push_back(at::matmul(at::softmax(at::matmul(some, keys.transpose(1, 2)), -1), values));
    }
    return at::cat(pieces, 1);
}

at::Tensor multiplied(const at::Tensor& rows, const at::Tensor& weight, const at::Tensor& bias, int groups) {
    if (groups == 1) return at::addmm(bias, rows, weight.t());
    std::vector<at::Tensor> results;
    for (const at::Tensor& group : rows.chunk(groups)) results.push_back(at::addmm(bias, group, weight.t()));
    return at::cat(results, 0);
}

}  // namespace gan
