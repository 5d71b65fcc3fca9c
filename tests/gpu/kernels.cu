#include "tests/gpu/kernels.h"

#include <cuda_runtime.h>

namespace gan {
namespace {

__global__ void write(float* values, size_t count, uint64_t frame, unsigned long long* checksum) {
    const size_t pixel = blockIdx.x * static_cast<size_t>(blockDim.x) + threadIdx.x;
    if (pixel >= count) return;
    const uint32_t level = level_of(frame, pixel);
    values[pixel] = static_cast<float>(level) / 255.0f * 2.0f - 1.0f;
    atomicAdd(checksum, static_cast<unsigned long long>(share_of(level, pixel)));
}

__global__ void spin(long long nanoseconds) {
    unsigned long long begin = 0, now = 0;
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(begin));
    do asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
    while (now - begin < static_cast<unsigned long long>(nanoseconds));
}

}  // namespace

void write_frame(float* values, size_t count, uint64_t frame, uint64_t* checksum, void* stream) {
    constexpr unsigned threads = 256;
    const auto blocks = static_cast<unsigned>((count + threads - 1) / threads);
    write<<<blocks, threads, 0, static_cast<cudaStream_t>(stream)>>>(
        values, count, frame, reinterpret_cast<unsigned long long*>(checksum));
}

void keep_busy(int milliseconds, void* stream) {
    spin<<<1, 1, 0, static_cast<cudaStream_t>(stream)>>>(milliseconds * 1000000LL);
}

}  // namespace gan
