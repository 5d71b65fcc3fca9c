#pragma once

#include <c10/cuda/CUDAStream.h>

#include <cuda_runtime.h>

namespace gan {

/// Milliseconds a call of what is asked of the current stream, by the GPU's own clock, after three calls.
template <class Work>
double gpu_ms(int rounds, const Work& work) {
    const cudaStream_t stream = c10::cuda::getCurrentCUDAStream().stream();
    cudaEvent_t begin = nullptr, end = nullptr;
    cudaEventCreate(&begin);
    cudaEventCreate(&end);
    for (int i = 0; i < 3; ++i) work();
    cudaEventRecord(begin, stream);
    for (int i = 0; i < rounds; ++i) work();
    cudaEventRecord(end, stream);
    cudaEventSynchronize(end);
    float total = 0;
    cudaEventElapsedTime(&total, begin, end);
    cudaEventDestroy(begin);
    cudaEventDestroy(end);
    return total / static_cast<double>(rounds);
}

}  // namespace gan
