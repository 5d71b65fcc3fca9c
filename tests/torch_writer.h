#pragma once

#include "runtime/model/tensor.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gan {

/// Writes what torch.save writes, for tests: the opcodes of pickle protocol 2 and both containers.
class PickleWriter {
public:
    PickleWriter() { raw("\x80\x02"); }

    PickleWriter& raw(std::string_view bytes);
    PickleWriter& text(const std::string& value);  // BINUNICODE
    PickleWriter& integer(int64_t value);          // LONG1
    PickleWriter& tuple(const std::vector<int64_t>& values);
    PickleWriter& global(const std::string& module, const std::string& name);
    /// torch._utils._rebuild_tensor_v2 on a storage.
    PickleWriter& tensor(const std::string& key, DType dtype, int64_t count, int64_t offset,
                         const std::vector<int64_t>& shape, const std::vector<int64_t>& strides);
    /// The bytes, ended by STOP.
    std::vector<std::byte> finish();

private:
    std::string bytes_;
};

/// A storage's bytes by key.
using Storages = std::map<std::string, std::vector<std::byte>>;

std::vector<std::byte> legacy_container(const std::vector<std::byte>& pickle, const Storages& storages,
                                        const std::map<std::string, DType>& dtypes);
std::vector<std::byte> zip_container(const std::vector<std::byte>& pickle, const Storages& storages,
                                     bool compress = false);

/// A flat state dict in either container, one contiguous storage a tensor.
std::vector<std::byte> save_state_dict(const StateDict& tensors, bool zip);

}  // namespace gan
