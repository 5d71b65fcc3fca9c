#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gan {

/// Element types that checkpoints use; the names are those of safetensors headers.
enum class DType { Bool, U8, I8, I16, I32, I64, F16, BF16, F32, F64 };

size_t size_of(DType dtype);  // bytes
std::string_view name_of(DType dtype);
std::optional<DType> dtype_named(std::string_view name);

/// A shared, immutable, contiguous (row-major) array. Copies share the elements, and whatever they
/// live in (a mapped file, a vector) stays alive with them.
struct Tensor {
    DType dtype = DType::F32;
    std::vector<int64_t> shape;
    std::shared_ptr<const void> owner;
    std::span<const std::byte> bytes;  // not necessarily aligned to the element size

    int64_t count() const;
    int64_t dim(size_t axis) const { return axis < shape.size() ? shape[axis] : 1; }
    bool is_floating() const;

    /// Elements converted to T (float or double); half formats and integers widen exactly.
    template <class T>
    std::vector<T> to() const;
};

/// Names to tensors, ordered by name.
using StateDict = std::map<std::string, Tensor, std::less<>>;

/// A tensor that owns `values`. The product of `shape` must be values.size().
Tensor make_tensor(std::vector<float> values, std::vector<int64_t> shape);
Tensor make_tensor(std::vector<int64_t> values, std::vector<int64_t> shape);
Tensor make_tensor(std::vector<std::byte> bytes, DType dtype, std::vector<int64_t> shape);

/// "(128, 3, 3)"
std::string shape_text(std::span<const int64_t> shape);

}  // namespace gan
