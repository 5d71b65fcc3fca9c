#include "runtime/gpu/cuda_frames.h"

#include "runtime/base/module.h"
#include "runtime/cuda/frame_source.h"

namespace gan {

std::unique_ptr<FrameSource> open_cuda_frames(int device, void* stream) {
    static const auto open = reinterpret_cast<OpenCudaFrames*>(
        module_function("gan_cuda.so", "gan_open_cuda_frames", "frames of CUDA are shared by"));
    return std::unique_ptr<FrameSource>(open(device, stream));
}

}  // namespace gan
