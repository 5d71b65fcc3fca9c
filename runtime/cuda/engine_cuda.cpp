#include "runtime/cuda/cuda_handles.h"
#include "runtime/cuda/passes.h"
#include "runtime/cuda/recording.h"
#include "runtime/model/backends.h"
#include "runtime/torch/torch_error.h"
#include "runtime/torch/torch_program.h"

#include <ATen/Context.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/headeronly/version.h>

#include <cuda_runtime.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>

// The LibTorch engine on an NVIDIA GPU. Each shape of pictures is run once while CUDA records what is asked
// of it; a picture is then one small upload, the launch of that record, and one event. The shared library
// gan_cuda_engine.so; see runtime/model/backends.h.
//
// Compiled in every test, but written without a GPU and not run on one yet: tests/gpu/check does that, and
// measures. What it plays is TorchProgram, which is tested on the processor, with the passes of passes.cu.

namespace gan {
namespace {

constexpr int largest_chunk = 64;      // pictures at a time
constexpr int64_t address_floats = 4;  // before the inputs, which so stay aligned to 16 bytes

void run_on_current_stream(const MapPass& pass) {
    run_on_gpu(pass, c10::cuda::getCurrentCUDAStream(gpu).stream());
}

bool on_device(const float* memory) {
    cudaPointerAttributes attributes{};
    check_cuda(cudaPointerGetAttributes(&attributes, memory), "find the picture's memory");
    return attributes.type == cudaMemoryTypeDevice;
}

class CudaExecutable final : public Executable {
public:
    CudaExecutable(std::shared_ptr<const Program> program, std::shared_ptr<const TorchWeights> weights,
                   const Variant& variant, int pictures, const EngineOptions& options, cudaStream_t stream,
                   const GraphPool& pool)
        : stream_(stream),
          base_size_(int64_t{pictures} * variant.cells() * program->base_input),
          modulation_size_(int64_t{pictures} * 2 * program->modulation.channels),
          picture_size_(int64_t{pictures} * variant.cells() * program->resolution * program->resolution *
                        program->image_channels),
          program_(program, std::move(weights), variant, pictures, run_on_current_stream, options.taps) {
        for (auto& slot : slots_) slot = std::make_unique<Slot>(static_cast<size_t>(input_size()));
        record(int64_t{pictures} * variant.cells(), options.exact, pool);
    }

    ~CudaExecutable() override {
        const c10::cuda::CUDAGuard device(gpu);
        cudaStreamSynchronize(stream_);
        recording_.reset();
    }

    /// `rgb` may be the GPU's own memory (a slot of the frame bridge): the picture is then written there in
    /// the order of the backend's stream, and this returns before it is.
    void infer(std::span<const float> base, std::span<const float> modulation,
               std::span<float> rgb) override {
        try {
            const c10::cuda::CUDAGuard device(gpu);
            const bool stays = on_device(rgb.data());
            float* const picture = stays ? rgb.data() : host_picture();
            Slot& slot = *slots_[next_++ % slots_.size()];
            slot.done.wait();
            std::memcpy(slot.inputs.get(), &picture, sizeof(picture));
            float* const rest = std::copy(base.begin(), base.end(), slot.inputs.get() + address_floats);
            std::copy(modulation.begin(), modulation.end(), rest);
            check_cuda(cudaMemcpyAsync(inputs_.mutable_data_ptr(), slot.inputs.get(),
                                       static_cast<size_t>(input_size()) * sizeof(float),
                                       cudaMemcpyHostToDevice, stream_),
                       "take the inputs over");
            check_cuda(cudaGraphLaunch(recording_->get(), stream_), "make a picture");
            slot.done.record(stream_);
            if (stays) return;
            slot.done.wait();
            std::copy_n(picture, rgb.size(), rgb.begin());
        } catch (...) {
            rethrow_as_error("make a picture");
        }
    }

    std::optional<std::vector<float>> tap(const std::string& name) override {
        try {
            const c10::InferenceMode no_gradients;
            const c10::cuda::CUDAGuard device(gpu);
            return program_.tap(name);
        } catch (...) {
            rethrow_as_error("read a tap");
        }
    }

private:
    struct Slot {
        explicit Slot(size_t size) : inputs(size) {}
        PinnedFloats inputs;
        CudaEvent done;
    };

    int64_t input_size() const { return address_floats + base_size_ + modulation_size_; }

    /// Pinned when first needed: 200 MB for 64 large pictures, and whoever shows them on the GPU needs none.
    float* host_picture() {
        if (!host_picture_) host_picture_.emplace(static_cast<size_t>(picture_size_));
        return host_picture_->get();
    }

    /// `exact`: cuDNN takes the algorithms that its rules name, the same in every process; else those that
    /// are fastest when they are tried, which may differ from run to run in the last bits.
    void record(int64_t rows, bool exact, const GraphPool& pool) {
        Studio& site = studio();
        const std::lock_guard lock(site.mutex);
        const c10::InferenceMode no_gradients;
        const c10::cuda::CUDAStreamGuard stream(c10::cuda::getStreamFromExternal(site.stream.get(), gpu));
        at::Context& context = at::globalContext();
        context.setAllowTF32CuDNN(false);
        context.setAllowTF32CuBLAS(false);
        context.setDeterministicCuDNN(true);
        context.setBenchmarkCuDNN(!exact);

        const auto floats = at::TensorOptions(at::Device(at::kCUDA, gpu)).dtype(at::kFloat);
        inputs_ = at::zeros({input_size()}, floats);
        const at::Tensor base = inputs_.narrow(0, address_floats, base_size_).view({rows, base_size_ / rows});
        auto* const inputs = static_cast<float*>(inputs_.mutable_data_ptr());
        const float* const modulation = inputs + address_floats + base_size_;
        auto* const address = reinterpret_cast<float* const*>(inputs);
        {
            // Twice for real, as Recording asks for.
            const at::Tensor picture = at::empty({picture_size_}, floats);
            void* const to = picture.mutable_data_ptr();
            check_cuda(cudaMemcpyAsync(inputs, &to, sizeof(to), cudaMemcpyHostToDevice, site.stream.get()),
                       "take the inputs over");
            for (int i = 0; i < 2; ++i) program_.run(base, modulation, address);
            check_cuda(cudaStreamSynchronize(site.stream.get()), "try the network");
        }
        recording_.emplace(pool, [&] { program_.run(base, modulation, address); });
    }

    const cudaStream_t stream_;
    const int64_t base_size_;
    const int64_t modulation_size_;
    const int64_t picture_size_;
    std::optional<PinnedFloats> host_picture_;  // written by the GPU itself
    TorchProgram program_;
    at::Tensor inputs_;  // on the GPU: the picture's address, base and modulation
    std::array<std::unique_ptr<Slot>, 3> slots_;
    size_t next_ = 0;
    std::optional<Recording> recording_;
};

class CudaBackend final : public Backend {
public:
    CudaBackend(std::shared_ptr<const Program> program, const EngineOptions& options)
        : program_(std::move(program)), options_(options) {
        find_gpu();
        const c10::InferenceMode no_gradients;
        const c10::cuda::CUDAGuard device(gpu);
        stream_.emplace();
        pool_.emplace();
        weights_ = std::make_shared<TorchWeights>(
            *program_, at::TensorOptions(at::Device(at::kCUDA, gpu)).dtype(torch_type(options_.precision)));
    }

    std::unique_ptr<Executable> compile(const Variant& variant, int pictures) override {
        try {
            const c10::cuda::CUDAGuard device(gpu);
            return std::make_unique<CudaExecutable>(program_, weights_, variant, pictures, options_,
                                                    stream_->get(), *pool_);
        } catch (...) {
            free_cache();  // fewer pictures at a time may need it
            rethrow_as_error("prepare the network on the GPU");
        }
    }

    int chunk() const override { return std::clamp(options_.batch, 1, largest_chunk); }
    double macs() const override { return torch_macs(*program_); }
    void* stream() const override { return stream_->get(); }
    int device() const override { return gpu; }
    std::string description() const override {
        return fmt::format("LibTorch {}.{} on {}, {}, CUDA graphs", TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR,
                           name_, name_of(options_.precision));
    }

private:
    /// Throws NoEngine unless there is a GPU that LibTorch and the passes run on.
    void find_gpu() {
        int count = 0;
        cudaDeviceProp properties{};
        cudaError_t result = cudaGetDeviceCount(&count);
        if (result == cudaSuccess && count > 0) result = cudaGetDeviceProperties(&properties, gpu);
        if (result != cudaSuccess || count == 0) {
            cudaGetLastError();
            throw NoEngine("no GPU can be used ({})", count == 0 && result == cudaSuccess
                                                          ? "there is none"
                                                          : cudaGetErrorString(result));
        }
        name_ = properties.name;
        if (!at::globalContext().hasCUDA())
            throw NoEngine("LibTorch had begun on the processor before; start Ganymede again");
        if (options_.precision == Precision::BF16 && properties.major < 8)
            throw Error("bf16 needs a GPU of compute capability 8.0, and {} has {}.{}; use --precision f16",
                        name_, properties.major, properties.minor);
        try {
            try_gpu();
        } catch (const std::exception& failure) {
            const std::string text = failure.what();
            throw NoEngine("{} cannot run it: {}", name_, text.substr(0, text.find('\n')));
        }
    }

    /// One convolution and one pass: does what was compiled fit this GPU, and are all libraries there? While
    /// another network is recorded the GPU cannot be waited for, nor LibTorch's cache be freed, as cuDNN does
    /// where it tries algorithms: hence in the studio.
    void try_gpu() const {
        const c10::InferenceMode no_gradients;
        const c10::cuda::CUDAGuard device(gpu);
        Studio& site = studio();
        const std::lock_guard lock(site.mutex);
        const c10::cuda::CUDAStreamGuard stream(c10::cuda::getStreamFromExternal(site.stream.get(), gpu));
        const auto options =
            at::TensorOptions(at::Device(at::kCUDA, gpu)).dtype(torch_type(options_.precision));
        const at::Tensor map = at::zeros({1, 8, 8, 8}, options);
        const at::Tensor made =
            at::convolution(map, map, std::nullopt, {1, 1}, {0, 0}, {1, 1}, false, {0, 0}, 1);
        const at::Tensor copy = at::empty({1, 8, 8, 8}, options);
        MapPass pass{.pictures = 1, .height = 8, .width = 8, .channels = 8};
        pass.numbers = options_.precision == Precision::F32   ? PassNumbers::F32
                       : options_.precision == Precision::F16 ? PassNumbers::F16
                                                              : PassNumbers::BF16;
        pass.main = {.data = map.const_data_ptr(), .stride = 8};
        pass.kept = copy.mutable_data_ptr();
        run_on_current_stream(pass);
        check_cuda(cudaStreamSynchronize(site.stream.get()), "run at all");
    }

    std::shared_ptr<const Program> program_;
    EngineOptions options_;
    std::string name_;
    std::optional<CudaStream> stream_;  // of all pictures; recordings are launched here
    std::optional<GraphPool> pool_;     // of all recordings
    std::shared_ptr<const TorchWeights> weights_;
};

}  // namespace
}  // namespace gan

extern "C" {
extern __attribute__((visibility("default"))) const uint64_t gan_backend_interface;
const uint64_t gan_backend_interface = gan::backend_interface;

__attribute__((visibility("default"))) gan::Backend* gan_cuda_backend(
    const std::shared_ptr<const gan::Program>& program, const gan::EngineOptions& options) {
    try {
        return std::make_unique<gan::CudaBackend>(program, options).release();
    } catch (...) {
        gan::rethrow_as_error("open the network on the GPU");
    }
}
}
