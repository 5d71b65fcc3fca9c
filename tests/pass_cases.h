#pragma once

#include "runtime/torch/pass.h"

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace gan {

/// A pass over random maps, and the same by LibTorch's own operations, one after the other: the plain twin
/// that every PassRunner is held against, on the processor and on GPUs.
struct PassCase {
    at::ScalarType type = at::kFloat;
    int channels = 16;
    int pictures = 2;
    int height = 8;
    int width = 12;
    PassSource source = PassSource::Map;
    bool doubled = false;   // main, where it is a map
    bool sliced = false;    // main has more channels than are read
    bool shortcut = false;  // of half the size
    bool keeps = false;
    PassActivation activation = PassActivation::Relu;
    bool affine = true;
    PassResult result = PassResult::Map;
    bool wrap_y = false;  // Map: with a halo
    bool wrap_x = false;
    bool large = false;  // a tenth of what is read, and more of the results, is beyond f16's largest number
};

/// Every way to read and to write a map, with whole blocks of channels and without, in one number type.
std::vector<PassCase> pass_cases(at::ScalarType type);

std::string text_of(const PassCase& it);

/// The largest difference between what `runner` gives on `device` and the twin, in units of the number type's
/// rounding of values around 1, or around what is read where that is large.
double difference_from_twin(const PassCase& it, at::Device device, PassRunner runner);

/// A pass and all the memory that it points to, for measurements.
struct PassMemory {
    explicit PassMemory(const PassCase& it, at::Device device);
    PassMemory(const PassMemory&) = delete;
    PassMemory& operator=(const PassMemory&) = delete;

    size_t bytes() const;  // that a run reads and writes at least
    /// What the results must be, and what they are: kept, map, across, down, both, or the picture.
    std::vector<at::Tensor> twin() const;
    std::vector<at::Tensor> results() const;

    PassCase it;
    MapPass pass;
    std::vector<at::Tensor> sources;
    at::Tensor main_bias, shortcut_source, shortcut_bias, modulation;
    std::vector<at::Tensor> outputs;  // as results()
    at::Tensor address;               // of the picture
};

}  // namespace gan
