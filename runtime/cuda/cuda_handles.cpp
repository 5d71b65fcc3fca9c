#include "runtime/cuda/cuda_handles.h"

#include "runtime/base/error.h"

namespace gan {

void check_cuda(cudaError_t result, const char* what) {
    if (result == cudaSuccess) return;
    cudaGetLastError();  // the next call is not to report it again
    throw Error("CUDA could not {}: {}", what, cudaGetErrorString(result));
}

PinnedFloats::PinnedFloats(size_t count) {
    void* memory = nullptr;
    check_cuda(cudaHostAlloc(&memory, count * sizeof(float), cudaHostAllocDefault), "reserve host memory");
    values_ = static_cast<float*>(memory);
}

PinnedFloats::~PinnedFloats() {
    cudaFreeHost(values_);
}

CudaEvent::CudaEvent() {
    check_cuda(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "make an event");
}

CudaEvent::~CudaEvent() {
    cudaEventDestroy(event_);
}

void CudaEvent::record(cudaStream_t stream) {
    check_cuda(cudaEventRecord(event_, stream), "record an event");
}

void CudaEvent::wait() {
    check_cuda(cudaEventSynchronize(event_), "finish a picture");
}

CudaStream::CudaStream() {
    check_cuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "make a stream");
}

CudaStream::~CudaStream() {
    cudaStreamDestroy(stream_);
}

}  // namespace gan
