#pragma once

#include "runtime/gpu/frame_source.h"

#include <memory>

namespace gan {

/// CUDA's side of a FrameBridge, from the module gan_cuda, which is loaded when this is first called: what
/// runs without it never touches CUDA. `device` as CUDA counts; `stream`: a cudaStream_t, which must outlive
/// the source. Throws Error that says what is missing (the module, the driver, the device). [any thread]
std::unique_ptr<FrameSource> open_cuda_frames(int device, void* stream);

}  // namespace gan
