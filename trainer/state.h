#pragma once

#include "runtime/model/tensor.h"

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <string>

namespace gan {

/// A LibTorch tensor over the same elements, which stay shared and must not be written. [any thread]
at::Tensor to_torch(const Tensor& tensor);
/// The elements, contiguous, on the CPU; shared when they already are.
Tensor from_torch(const at::Tensor& tensor);

/// Parameters and buffers by name, in their own types.
StateDict state_of(const torch::nn::Module& module);

/// Copies the tensors `prefix`name into parameters and buffers, converting their type. Throws Error naming
/// the first that is missing, is too many, or has another shape; nothing is changed then. `source` stands for
/// the file.
void load_state(torch::nn::Module& module, const StateDict& tensors, const std::string& prefix,
                const std::string& source);

}  // namespace gan
