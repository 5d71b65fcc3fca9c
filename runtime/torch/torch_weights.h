#pragma once

#include "runtime/model/program.h"

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

namespace gan {

/// The weights of one operation, as LibTorch's convolutions want them. Convolutions' biases are left to the
/// passes that read what the convolutions give.
struct TorchOp {
    /// Linear: (16 C, in), its rows in the order rows, columns, channels, so that it gives a map that lies
    /// channels last. Conv: one; a picture's on GPUs has more rows, for tensor cores. UpConv: one 2x2
    /// convolution of 4 C channels, whose result is PassSource::Phases; or, of the form Differences, the four
    /// 1x1 convolutions of PassSource::Terms. Attention: theta; phi and g together; o. All three of the heads
    /// are padded with zeros to one width, since the fused operators ask for one.
    std::vector<at::Tensor> weights;
    at::Tensor bias;     // (C), float32; Linear: (16 C), as its weights
    int head_width = 0;  // Attention
};

/// The weights of a program on one device, in one type: converted once, shared by all shapes of pictures. On
/// the processor convolutions are packed for oneDNN, which would else reorder them in every run; on GPUs they
/// lie channels last.
class TorchWeights {
public:
    TorchWeights(const Program& program, const at::TensorOptions& options);

    const at::TensorOptions& options() const { return options_; }
    const TorchOp& operator[](size_t op) const { return ops_[op]; }
    size_t bytes() const { return bytes_; }

private:
    at::Tensor placed(const at::Tensor& tensor);
    at::Tensor convolution(const at::Tensor& weight, int side, int padding);
    void add(const Program& program, size_t index, int side);
    void add_attention(const Op& op, int in, int side);

    at::TensorOptions options_;
    std::vector<TorchOp> ops_;
    size_t bytes_ = 0;
};

}  // namespace gan
