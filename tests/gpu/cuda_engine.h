#pragma once

#include "runtime/model/backends.h"
#include "tests/engine_promises.h"

#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace gan {

inline std::unique_ptr<Backend> open_cuda_backend(const std::shared_ptr<const Program>& program,
                                                  const EngineOptions& options) {
    return module_backend("gan_cuda_engine.so", "gan_cuda_backend", program, options);
}

inline std::unique_ptr<Engine> open_on_gpu(const Checkpoint& checkpoint, const EngineOptions& options = {},
                                           const LowerOptions& lowered = {}) {
    return std::make_unique<Engine>(std::make_shared<Program>(lower(checkpoint, lowered)), options,
                                    open_cuda_backend);
}

/// Floats of the GPU's own.
class DeviceFloats {
public:
    explicit DeviceFloats(size_t count) : count_(count) {
        EXPECT_EQ(cudaMalloc(reinterpret_cast<void**>(&data_), count * sizeof(float)), cudaSuccess);
    }
    ~DeviceFloats() { cudaFree(data_); }
    DeviceFloats(const DeviceFloats&) = delete;
    DeviceFloats& operator=(const DeviceFloats&) = delete;
    std::span<float> span() const { return {data_, count_}; }
    std::vector<float> values() const {
        std::vector<float> result(count_);
        EXPECT_EQ(cudaMemcpy(result.data(), data_, count_ * sizeof(float), cudaMemcpyDeviceToHost),
                  cudaSuccess);
        return result;
    }

private:
    float* data_ = nullptr;
    size_t count_;
};

/// Bytes of the GPU's memory that are in use, by everybody.
inline size_t gpu_bytes() {
    size_t left = 0, all = 0;
    EXPECT_EQ(cudaMemGetInfo(&left, &all), cudaSuccess);
    return all - left;
}

}  // namespace gan
