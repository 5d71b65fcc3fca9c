#pragma once

#include "runtime/base/error.h"
#include "runtime/model/backends.h"
#include "runtime/model/latent.h"
#include "runtime/model/lower.h"
#include "tests/support.h"

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

/// What N pictures are asked for with: seeds from `seed` on, class 1.
struct Order {
    Order(const Engine& engine, const Variant& variant, uint64_t seed, int count) : psi(count, 0.5) {
        for (int i = 0; i < count; ++i) {
            const auto one = normal_latent(seed + static_cast<uint64_t>(i), engine.program().dim_z).z;
            z.insert(z.end(), one.begin(), one.end());
            conditioning.push_back({.classes = {{1, 1.0f}}});
        }
        request = {.variant = variant, .z = z, .psi = psi, .conditioning = conditioning};
    }
    Order(const Order&) = delete;
    Order& operator=(const Order&) = delete;

    std::vector<float> z;
    std::vector<double> psi;
    std::vector<Conditioning> conditioning;
    Request request;
};

inline std::vector<float> gpu_picture(Engine& engine, const Variant& variant = {}, uint64_t seed = 11,
                                      int count = 1) {
    engine.prepare(variant).get();
    const Order order(engine, variant, seed, count);
    std::vector<float> rgb(static_cast<size_t>(count) * engine.picture_size(variant));
    engine.run(order.request, rgb);
    return rgb;
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
