#pragma once

#include "runtime/gpu/cuda_frames.h"
#include "runtime/gpu/frame_bridge.h"
#include "runtime/gpu/gpu.h"

#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace gan {

/// A CUDA device and the Vulkan device that is the same GPU.
class CudaTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(cudaSetDevice(0), cudaSuccess) << "no CUDA device: this check needs an NVIDIA GPU";
        ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
        source = open_cuda_frames(0, stream);
        for (const GpuInfo& found : VulkanInstance::get()->gpus())
            if (found.uuid == source->uuid()) gpu = std::make_unique<Gpu>(found.uuid_text());
        ASSERT_TRUE(gpu) << "Vulkan does not know the GPU " << source->name()
                         << ": is its driver's ICD file installed, with the graphics libraries?";
    }
    void TearDown() override {
        source.reset();
        if (stream != nullptr) cudaStreamDestroy(stream);
    }

    cudaStream_t stream = nullptr;
    std::unique_ptr<FrameSource> source;
    std::unique_ptr<Gpu> gpu;
};

/// Memory of the device's own.
template <class T>
class CudaArray {
public:
    explicit CudaArray(size_t count) {
        EXPECT_EQ(cudaMalloc(reinterpret_cast<void**>(&data_), count * sizeof(T)), cudaSuccess);
        EXPECT_EQ(cudaMemset(data_, 0, count * sizeof(T)), cudaSuccess);
    }
    ~CudaArray() { cudaFree(data_); }
    CudaArray(const CudaArray&) = delete;
    CudaArray& operator=(const CudaArray&) = delete;
    T* get() const { return data_; }

private:
    T* data_ = nullptr;
};

}  // namespace gan
