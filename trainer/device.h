#pragma once

#include <c10/core/Device.h>

#include <string>

namespace gan {

/// The device of a name: "cpu", "cuda:N", or "auto", which is the first GPU when there is one and LibTorch's
/// CUDA half is installed, else the CPU. Opens that half, which nothing links; so this must come before
/// anything that asks LibTorch for CUDA, a seed or a gradient, which finds out once and for all. Throws Error
/// for another name and for a GPU that cannot be had.
at::Device open_device(const std::string& name);

/// What the processor calls itself; empty where /proc/cpuinfo does not say.
std::string processor_name();

}  // namespace gan
