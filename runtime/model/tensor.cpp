#include "runtime/model/tensor.h"

#include "runtime/base/error.h"

#include <fmt/ranges.h>

#include <array>
#include <bit>
#include <cstring>

namespace gan {
namespace {

struct DTypeFacts {
    DType dtype;
    std::string_view name;
    size_t size;  // bytes
};

constexpr std::array facts{
    DTypeFacts{DType::Bool, "BOOL", 1}, DTypeFacts{DType::U8, "U8", 1},     DTypeFacts{DType::I8, "I8", 1},
    DTypeFacts{DType::I16, "I16", 2},   DTypeFacts{DType::I32, "I32", 4},   DTypeFacts{DType::I64, "I64", 8},
    DTypeFacts{DType::F16, "F16", 2},   DTypeFacts{DType::BF16, "BF16", 2}, DTypeFacts{DType::F32, "F32", 4},
    DTypeFacts{DType::F64, "F64", 8},
};

float from_half(uint16_t half) {
    const uint32_t sign = (half & 0x8000u) << 16;
    const uint32_t exponent = (half >> 10) & 0x1f;
    const uint32_t mantissa = half & 0x3ff;
    if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
    if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;  // zero and subnormal numbers
    return sign != 0 ? -magnitude : magnitude;
}

float from_bfloat(uint16_t bits) {
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

template <class Stored, class T, class Convert>
void convert(std::span<const std::byte> bytes, std::vector<T>& out, Convert&& widen) {
    for (size_t i = 0; i < out.size(); ++i) {
        Stored value;
        std::memcpy(&value, bytes.data() + i * sizeof(Stored), sizeof(Stored));
        out[i] = static_cast<T>(widen(value));  // NOLINT(bugprone-signed-char-misuse): I8 is signed
    }
}

template <class Values>
Tensor owning(Values values, DType dtype, std::vector<int64_t> shape) {
    auto owner = std::make_shared<const Values>(std::move(values));
    Tensor tensor{dtype, std::move(shape), owner, std::as_bytes(std::span(*owner))};
    return tensor;
}

}  // namespace

size_t size_of(DType dtype) {
    return facts[static_cast<size_t>(dtype)].size;
}

std::string_view name_of(DType dtype) {
    return facts[static_cast<size_t>(dtype)].name;
}

std::optional<DType> dtype_named(std::string_view name) {
    for (const auto& fact : facts)
        if (fact.name == name) return fact.dtype;
    return std::nullopt;
}

int64_t Tensor::count() const {
    int64_t n = 1;
    for (int64_t d : shape) n *= d;
    return n;
}

bool Tensor::is_floating() const {
    return dtype == DType::F16 || dtype == DType::BF16 || dtype == DType::F32 || dtype == DType::F64;
}

template <class T>
std::vector<T> Tensor::to() const {
    std::vector<T> out(static_cast<size_t>(count()));
    const auto same = [](auto v) { return v; };
    switch (dtype) {
        case DType::Bool:
        case DType::U8:
            convert<uint8_t>(bytes, out, same);
            break;
        case DType::I8:
            convert<int8_t>(bytes, out, same);
            break;
        case DType::I16:
            convert<int16_t>(bytes, out, same);
            break;
        case DType::I32:
            convert<int32_t>(bytes, out, same);
            break;
        case DType::I64:
            convert<int64_t>(bytes, out, same);
            break;
        case DType::F16:
            convert<uint16_t>(bytes, out, from_half);
            break;
        case DType::BF16:
            convert<uint16_t>(bytes, out, from_bfloat);
            break;
        case DType::F32:
            convert<float>(bytes, out, same);
            break;
        case DType::F64:
            convert<double>(bytes, out, same);
            break;
    }
    return out;
}

template std::vector<float> Tensor::to() const;
template std::vector<double> Tensor::to() const;
template std::vector<int64_t> Tensor::to() const;

Tensor make_tensor(std::vector<float> values, std::vector<int64_t> shape) {
    return owning(std::move(values), DType::F32, std::move(shape));
}

Tensor make_tensor(std::vector<int64_t> values, std::vector<int64_t> shape) {
    return owning(std::move(values), DType::I64, std::move(shape));
}

Tensor make_tensor(std::vector<std::byte> bytes, DType dtype, std::vector<int64_t> shape) {
    return owning(std::move(bytes), dtype, std::move(shape));
}

std::string shape_text(std::span<const int64_t> shape) {
    return fmt::format("({})", fmt::join(shape, ", "));
}

}  // namespace gan
