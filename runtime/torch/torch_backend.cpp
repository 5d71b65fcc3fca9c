#include "runtime/base/error.h"
#include "runtime/model/backends.h"
#include "runtime/torch/own_terms.h"
#include "runtime/torch/processor_passes.h"
#include "runtime/torch/torch_error.h"
#include "runtime/torch/torch_program.h"

#include <ATen/ops/from_blob.h>
#include <c10/core/InferenceMode.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <fstream>

// The LibTorch engine on the processor: what tests of the CUDA engine's logic run, and what plays where
// OpenVINO is missing. The shared library gan_torch.so; see runtime/model/backends.h.

namespace gan {
namespace {

/// A line of /proc/cpuinfo, of the first processor; empty: it does not say.
std::string processor_field(const std::string& name) {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(name)) return line.substr(std::min(line.find(':') + 2, line.size()));
    return {};
}

/// Throws Error where the processor would have to imitate this precision, many times slower than f32.
void check_precision(Precision precision) {
    if (precision == Precision::F32) return;
    const bool bf16 = precision == Precision::BF16;
    const std::string flags = processor_field("flags") + " ";
    for (const char* flag : {bf16 ? " avx512_bf16 " : " avx512_fp16 ", bf16 ? " amx_bf16 " : " amx_fp16 "})
        if (flags.find(flag) != std::string::npos) return;
    throw Error("{} needs a processor with {} or AMX, which {} has not; use --precision f32",
                bf16 ? "bf16" : "f16", bf16 ? "AVX-512 BF16" : "AVX-512 FP16", processor_field("model name"));
}

class ProcessorExecutable final : public Executable {
public:
    ProcessorExecutable(std::shared_ptr<const Program> program, std::shared_ptr<const TorchWeights> weights,
                        const Variant& variant, int pictures, const EngineOptions& options)
        : rows_(int64_t{pictures} * variant.cells()),
          threads_(options.threads),
          program_(std::move(program), std::move(weights), variant, pictures, run_on_processor,
                   options.taps) {}

    void infer(std::span<const float> base, std::span<const float> modulation,
               std::span<float> rgb) override {
        try {
            const c10::InferenceMode no_gradients;
            const OwnTerms terms(threads_);
            float* const picture = rgb.data();
            const auto columns = static_cast<int64_t>(base.size()) / rows_;
            program_.run(at::from_blob(const_cast<float*>(base.data()), {rows_, columns}, at::kFloat),
                         modulation.data(), &picture);
        } catch (...) {
            rethrow_as_error("make a picture");
        }
    }

    std::optional<std::vector<float>> tap(const std::string& name) override { return program_.tap(name); }

private:
    const int64_t rows_;  // of the base input: a cell each
    const int threads_;
    TorchProgram program_;
};

class ProcessorBackend final : public Backend {
public:
    ProcessorBackend(std::shared_ptr<const Program> program, const EngineOptions& options)
        : program_(std::move(program)), options_(options) {
        check_precision(options_.precision);
        const c10::InferenceMode no_gradients;
        const OwnTerms terms(options_.threads);
        weights_ = std::make_shared<TorchWeights>(
            *program_, at::TensorOptions(at::kCPU).dtype(torch_type(options_.precision)));
    }

    /// With a first picture: oneDNN compiles its code for a shape when it first meets it.
    std::unique_ptr<Executable> compile(const Variant& variant, int pictures) override {
        auto executable =
            std::make_unique<ProcessorExecutable>(program_, weights_, variant, pictures, options_);
        const auto count = static_cast<size_t>(pictures), cells = static_cast<size_t>(variant.cells());
        const auto side = static_cast<size_t>(program_->resolution);
        const std::vector<float> base(count * cells * static_cast<size_t>(program_->base_input));
        const std::vector<float> modulation(count * 2 * static_cast<size_t>(program_->modulation.channels));
        std::vector<float> rgb(count * cells * side * side * static_cast<size_t>(program_->image_channels));
        executable->infer(base, modulation, rgb);
        return executable;
    }

    /// Small maps are bound by reading the weights, which several pictures share.
    int chunk() const override { return 4; }
    double macs() const override { return torch_macs(*program_); }
    std::string description() const override {
        return fmt::format("LibTorch {}.{} on {}, {}, {} thread{}", TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR,
                           processor_field("model name"), name_of(options_.precision), options_.threads,
                           options_.threads == 1 ? "" : "s");
    }

private:
    std::shared_ptr<const Program> program_;
    EngineOptions options_;
    std::shared_ptr<const TorchWeights> weights_;
};

}  // namespace
}  // namespace gan

extern "C" {
extern __attribute__((visibility("default"))) const uint64_t gan_backend_interface;
const uint64_t gan_backend_interface = gan::backend_interface;

__attribute__((visibility("default"))) gan::Backend* gan_torch_backend(
    const std::shared_ptr<const gan::Program>& program, const gan::EngineOptions& options) {
    try {
        return std::make_unique<gan::ProcessorBackend>(program, options).release();
    } catch (...) {
        gan::rethrow_as_error("open the network");
    }
}
}
