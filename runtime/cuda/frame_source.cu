#include "runtime/cuda/frame_source.h"

#include "runtime/base/error.h"

#include <cuda_runtime.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <utility>

namespace gan {
namespace {

void check(cudaError_t result, const char* what) {
    if (result == cudaSuccess) return;
    cudaGetLastError();  // the next call is not to report it again
    if (result == cudaErrorInsufficientDriver || result == cudaErrorNoDevice)
        throw Error("CUDA cannot {}: there is no NVIDIA driver for CUDA {} here; install or update it", what,
                    CUDART_VERSION / 1000);
    if (result == cudaErrorDevicesUnavailable)
        throw Error("CUDA cannot {}: the GPU is taken by another program alone (its compute mode)", what);
    throw Error("CUDA cannot {}: {}", what, cudaGetErrorString(result));
}

/// The device that a thread's calls go to is the thread's: set for one call, and put back.
class OnDevice {
public:
    explicit OnDevice(int device) {
        check(cudaGetDevice(&before_), "find a device");
        check(cudaSetDevice(device), "use the device");
    }
    ~OnDevice() { cudaSetDevice(before_); }
    OnDevice(const OnDevice&) = delete;
    OnDevice& operator=(const OnDevice&) = delete;

private:
    int before_ = 0;
};

class CudaFrames final : public FrameSource {
public:
    CudaFrames(int device, cudaStream_t stream) : device_(device), stream_(stream) {
        int count = 0;
        check(cudaGetDeviceCount(&count), "begin");
        if (device < 0 || device >= count)
            throw Error("there is no CUDA device {}; this machine has {}, counted from 0", device, count);
        cudaDeviceProp properties{};
        check(cudaGetDeviceProperties(&properties, device), "describe the device");
        name_ = properties.name;
        std::copy_n(properties.uuid.bytes, uuid_.size(), uuid_.begin());
    }

    ~CudaFrames() override {
        cudaSetDevice(device_);
        forget_timelines();
        while (!memories_.empty()) release_memory(memories_.begin()->first);
    }

    std::string name() const override { return name_; }
    std::array<uint8_t, 16> uuid() const override { return uuid_; }

    void* import_memory(int descriptor, size_t allocation, size_t bytes) override {
        cudaExternalMemoryHandleDesc from{};
        from.type = cudaExternalMemoryHandleTypeOpaqueFd;
        from.handle.fd = descriptor;
        from.size = allocation;
        from.flags = cudaExternalMemoryDedicated;
        cudaExternalMemory_t memory = nullptr;
        take_over({descriptor}, [&] {
            const OnDevice here(device_);
            check(cudaImportExternalMemory(&memory, &from), "import the memory of a picture");
        });
        try {
            const OnDevice here(device_);
            cudaExternalMemoryBufferDesc whole{};
            whole.size = bytes;
            void* address = nullptr;
            check(cudaExternalMemoryGetMappedBuffer(&address, memory, &whole), "map the memory of a picture");
            memories_[address] = memory;
            return address;
        } catch (...) {
            cudaDestroyExternalMemory(memory);
            throw;
        }
    }

    void release_memory(void* address) override {
        const auto found = memories_.find(address);
        if (found == memories_.end()) return;
        const cudaExternalMemory_t memory = found->second;
        memories_.erase(found);
        try {
            const OnDevice here(device_);
            cudaFree(address);  // the mapping goes before what it maps
            cudaDestroyExternalMemory(memory);
        } catch (const Error&) {
            // The device is gone, and its memory with it.
        }
    }

    void import_timelines(int written, int shown) override {
        cudaExternalSemaphore_t first = nullptr;
        take_over({written, shown}, [&] { first = timeline(written); });
        cudaExternalSemaphore_t second = nullptr;
        try {
            take_over({shown}, [&] { second = timeline(shown); });
        } catch (...) {
            cudaDestroyExternalSemaphore(first);
            throw;
        }
        forget_timelines();  // those of an earlier bridge, of another size
        written_ = first;
        shown_ = second;
    }

    void wait_shown(uint64_t moment) override {
        const OnDevice here(device_);
        cudaExternalSemaphoreWaitParams params{};
        params.params.fence.value = moment;
        check(cudaWaitExternalSemaphoresAsync(&shown_, &params, 1, stream_), "wait for Vulkan");
    }

    void signal_written(uint64_t moment) override {
        const OnDevice here(device_);
        cudaExternalSemaphoreSignalParams params{};
        params.params.fence.value = moment;
        check(cudaSignalExternalSemaphoresAsync(&written_, &params, 1, stream_), "hand a picture to Vulkan");
    }

    void finish() override {
        const OnDevice here(device_);
        check(cudaStreamSynchronize(stream_), "finish a picture");
    }

private:
    /// Calls `import`, which takes the first descriptor over where it succeeds; where it fails all are
    /// closed.
    template <class Import>
    static void take_over(std::initializer_list<int> descriptors, const Import& import) {
        try {
            import();
        } catch (...) {
            for (const int descriptor : descriptors) ::close(descriptor);
            throw;
        }
    }

    cudaExternalSemaphore_t timeline(int descriptor) const {
        const OnDevice here(device_);
        cudaExternalSemaphoreHandleDesc from{};
        from.type = cudaExternalSemaphoreHandleTypeTimelineSemaphoreFd;
        from.handle.fd = descriptor;
        cudaExternalSemaphore_t semaphore = nullptr;
        check(cudaImportExternalSemaphore(&semaphore, &from), "import a timeline");
        return semaphore;
    }

    void forget_timelines() {
        for (cudaExternalSemaphore_t* semaphore : {&written_, &shown_})
            if (*semaphore != nullptr) cudaDestroyExternalSemaphore(std::exchange(*semaphore, nullptr));
    }

    const int device_;
    const cudaStream_t stream_;
    std::string name_;
    std::array<uint8_t, 16> uuid_{};
    std::map<void*, cudaExternalMemory_t> memories_;  // by where they are mapped
    cudaExternalSemaphore_t written_ = nullptr;       // of the one bridge that lives
    cudaExternalSemaphore_t shown_ = nullptr;
};

}  // namespace
}  // namespace gan

extern "C" __attribute__((visibility("default"))) gan::FrameSource* gan_open_cuda_frames(int device,
                                                                                         void* stream) {
    return new gan::CudaFrames(device, static_cast<cudaStream_t>(stream));
}
