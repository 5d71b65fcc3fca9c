#pragma once

#include "runtime/model/tensor.h"

#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace gan {

/// Part of a PyTorch storage that a pickle names; its bytes lie elsewhere in the file.
struct StorageRef {
    std::string key;
    DType dtype = DType::F32;
    int64_t count = 0;   // elements
    int64_t offset = 0;  // elements, within the storage of that key
};

/// A tensor as a pickle describes it: a strided view of a storage. Nothing is checked yet.
struct TensorRef {
    StorageRef storage;
    int64_t offset = 0;  // elements
    std::vector<int64_t> shape;
    std::vector<int64_t> strides;  // elements
};

using PickleScalar = std::variant<bool, int64_t, double, std::string>;

/// What a pickle of (nested) dictionaries holds, flattened: keys joined by dots.
struct PickleContents {
    std::map<std::string, TensorRef, std::less<>> tensors;
    std::map<std::string, PickleScalar, std::less<>> scalars;
    std::map<std::string, DType, std::less<>> storages;  // every storage named, also by what is not kept
    std::vector<std::string> texts;                      // when the pickle is a plain list of strings
    size_t length = 0;                                   // bytes of the pickle
};

/// Reads the pickle at the start of `bytes` without executing anything: it knows the opcodes and the
/// few constructors that PyTorch's state dicts use (collections.OrderedDict, torch._utils._rebuild_*,
/// torch.*Storage, numpy scalars, activation modules); any other is refused by name. `file` stands for
/// the file in messages. Throws Error. [any thread]
///
/// Source: pickletools of Python 3.11 for the opcodes, torch/serialization.py for the constructors.
PickleContents read_pickle(std::span<const std::byte> bytes, const std::string& file);

}  // namespace gan
