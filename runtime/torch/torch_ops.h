#pragma once

#include <ATen/core/Tensor.h>

namespace gan {

/// A convolution of stride 1 without bias: (N, H, W, in) -> (N, H', W', out), channels last throughout.
/// `weight` as TorchWeights holds it; zeros are padded on both sides.
at::Tensor convolved(const at::Tensor& map, const at::Tensor& weight, int64_t padding_y, int64_t padding_x);

/// The largest of every 2x2: (N, H, W, C) -> (N, H / 2, W / 2, C).
at::Tensor pooled(const at::Tensor& map);

/// softmax(queries keys^T) values, without a scale: (N, Q, width), (N, K, width), (N, K, width) ->
/// (N, Q, width). By LibTorch's fused operator, which needs no room for the Q x K logits; but in float32 on
/// GPUs, where that one may round more than float32 does.
at::Tensor attended(const at::Tensor& queries, const at::Tensor& keys, const at::Tensor& values);

/// rows (M, in) weight^T + bias: (M, out). `groups` equal parts of the rows are multiplied one by one: a
/// product of more rows may add in another order.
at::Tensor multiplied(const at::Tensor& rows, const at::Tensor& weight, const at::Tensor& bias, int groups);

}  // namespace gan
