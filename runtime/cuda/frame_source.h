#pragma once

#include "runtime/gpu/frame_source.h"

namespace gan {

/// CUDA's side of the frame bridge: imports the memory and the timelines that Vulkan exported, of the CUDA
/// device `device`, in the order of `stream` (a cudaStream_t that the caller keeps; not the default one,
/// which would wait for everything else). The whole of gan_cuda.so that others see, so that they need no
/// header of CUDA's; open_cuda_frames() (runtime/gpu/cuda_frames.h) loads it.
///
/// Throws Error: no NVIDIA driver, one too old for this CUDA, no such device, a device that is taken.
using OpenCudaFrames = FrameSource*(int device, void* stream);

}  // namespace gan
