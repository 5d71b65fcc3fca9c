#pragma once

#include <cuda_runtime.h>

#include <cstddef>

namespace gan {

inline constexpr int gpu = 0;  // the first that CUDA_VISIBLE_DEVICES leaves

/// Throws Error: "CUDA could not `what`: ...".
void check_cuda(cudaError_t result, const char* what);

/// Memory of the host that the GPU reads and writes itself.
class PinnedFloats {
public:
    explicit PinnedFloats(size_t count);
    ~PinnedFloats();
    PinnedFloats(const PinnedFloats&) = delete;
    PinnedFloats& operator=(const PinnedFloats&) = delete;
    float* get() const { return values_; }

private:
    float* values_ = nullptr;
};

class CudaEvent {
public:
    CudaEvent();
    ~CudaEvent();
    CudaEvent(const CudaEvent&) = delete;
    CudaEvent& operator=(const CudaEvent&) = delete;
    void record(cudaStream_t stream);
    void wait();

private:
    cudaEvent_t event_ = nullptr;
};

/// Waits for no other, nor do others for it.
class CudaStream {
public:
    CudaStream();
    ~CudaStream();
    CudaStream(const CudaStream&) = delete;
    CudaStream& operator=(const CudaStream&) = delete;
    cudaStream_t get() const { return stream_; }

private:
    cudaStream_t stream_ = nullptr;
};

}  // namespace gan
