#pragma once

#include <cstdint>
#include <span>

namespace gan {

/// A shader in SPIR-V, twice: computing pixels, and drawing them. Which is faster depends on the GPU
/// (Device::run()). No `fragment`: it computes only.
struct ShaderCode {
    std::span<const uint32_t> compute;
    std::span<const uint32_t> fragment;
};

}  // namespace gan
