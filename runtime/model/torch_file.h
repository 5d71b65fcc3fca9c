#pragma once

#include "runtime/model/pickle.h"
#include "runtime/model/tensor.h"

#include <filesystem>

namespace gan {

/// Tensors and plain values of a file that torch.save wrote, nested dictionaries flattened with dots.
struct TorchFile {
    StateDict tensors;
    std::map<std::string, PickleScalar, std::less<>> scalars;
};

bool is_torch_file(std::span<const std::byte> bytes);

/// Reads both of torch.save's containers, the zip archive and the legacy sequence of pickles. Every
/// storage size, offset and stride is checked against the bytes there are; strided tensors come out
/// contiguous. Nothing is executed (pickle.h). Throws Error naming the file. [any thread]
TorchFile read_torch_file(const std::filesystem::path& path);
TorchFile parse_torch_file(std::span<const std::byte> bytes, const std::shared_ptr<const void>& owner,
                           const std::string& name);

}  // namespace gan
