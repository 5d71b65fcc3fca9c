#pragma once

#include "runtime/model/tensor.h"

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <functional>
#include <string>

namespace gan {

/// A LibTorch tensor over the same elements, which stay shared and must not be written. [any thread]
at::Tensor to_torch(const Tensor& tensor);
/// The elements, contiguous, on the CPU; shared when they already are.
Tensor from_torch(const at::Tensor& tensor);

/// Parameters and buffers by name, in their own types.
StateDict state_of(const torch::nn::Module& module);

/// Copies the tensors `prefix`name into parameters and buffers, converting their type. `fit`, if there is
/// one, may give other values for a tensor: of the target's shape; undefined for those that are stored.
/// Throws Error naming the first that is missing, is too many, or has another shape; nothing is changed then.
/// `source` stands for the file.
using FitTensor =
    std::function<at::Tensor(const std::string& name, const at::Tensor& target, const at::Tensor& stored)>;
void load_state(torch::nn::Module& module, const StateDict& tensors, const std::string& prefix,
                const std::string& source, const FitTensor& fit = {});

}  // namespace gan
