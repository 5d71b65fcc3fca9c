#include "runtime/model/backends.h"
#include "runtime/model/openvino_graph.h"

#include <immintrin.h>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset13.hpp>
#include <openvino/runtime/intel_cpu/properties.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <thread>

namespace gan {
namespace {

/// OpenVINO's messages carry file names and check macros; the last line says what happened.
std::string last_line(std::string_view what) {
    while (!what.empty() && what.back() == '\n') what.remove_suffix(1);
    return std::string(what.substr(what.rfind('\n') + 1));
}

/// One stream: one picture uses all threads. Pinning would fight a host's own. Precision is always set:
/// left alone, OpenVINO picks bf16 on recent processors. Denormals are flushed: a network whose gains are
/// bent towards zero is otherwise ten times slower.
ov::AnyMap properties(const EngineOptions& options) {
    const bool f32 = options.precision == Precision::F32;
    return {ov::hint::inference_precision(f32 ? ov::element::f32 : ov::element::bf16),
            ov::hint::execution_mode(f32 ? ov::hint::ExecutionMode::ACCURACY
                                         : ov::hint::ExecutionMode::PERFORMANCE),
            ov::num_streams(1),
            ov::inference_num_threads(options.threads),
            ov::hint::enable_cpu_pinning(false),
            ov::intel_cpu::denormals_optimization(true)};
}

/// One for the process, and never destroyed: unloading OpenVINO's plugins while its threads end is a risk
/// without a gain.
ov::Core& core() {
    static auto* const instance = new ov::Core;
    return *instance;
}

class OpenVinoExecutable final : public Executable {
public:
    OpenVinoExecutable(ov::CompiledModel compiled, std::map<std::string, size_t> taps)
        : compiled_(std::move(compiled)),
          request_(compiled_.create_infer_request()),
          taps_(std::move(taps)),
          base_(request_.get_input_tensor(0)),
          modulation_(request_.get_input_tensor(1)),
          picture_(request_.get_output_tensor(0)) {}

    void infer(std::span<const float> base, std::span<const float> modulation,
               std::span<float> rgb) override {
        std::copy(base.begin(), base.end(), base_.data<float>());
        std::copy(modulation.begin(), modulation.end(), modulation_.data<float>());
        const unsigned mode = _mm_getcsr();
        request_.infer();
        _mm_setcsr(mode);  // OpenVINO leaves its own on the caller's thread
        std::copy_n(picture_.data<float>(), rgb.size(), rgb.begin());
    }

    std::optional<std::vector<float>> tap(const std::string& name) override {
        const auto found = taps_.find(name);
        if (found == taps_.end()) return std::nullopt;
        const ov::Tensor tensor = request_.get_output_tensor(found->second);
        return std::vector<float>(tensor.data<float>(), tensor.data<float>() + tensor.get_size());
    }

private:
    ov::CompiledModel compiled_;
    ov::InferRequest request_;
    std::map<std::string, size_t> taps_;  // name -> output index
    ov::Tensor base_;
    ov::Tensor modulation_;
    ov::Tensor picture_;
};

class OpenVinoBackend final : public Backend {
public:
    OpenVinoBackend(std::shared_ptr<const Program> program, const EngineOptions& options)
        : program_(std::move(program)), options_(options) {
        options_.threads = engine_threads(options);
        if (options_.precision == Precision::F16)
            throw Error(
                "f16 is for GPUs and for --engine torch; on this processor use --precision bf16 or f32");
        if (options_.precision == Precision::BF16) {
            const auto abilities = core().get_property("CPU", ov::device::capabilities);
            if (std::find(abilities.begin(), abilities.end(), ov::device::capability::BF16) ==
                abilities.end())
                throw Error(
                    "bf16 needs a processor with AVX-512 BF16 or AMX, which {} has not; use --precision f32",
                    core().get_property("CPU", ov::device::full_name));
        } else {
            convs_ = winograd_convs(*program_);
        }
    }

    std::unique_ptr<Executable> compile(const Variant& variant, int pictures) override {
        try {
            OpenVinoGraph graph = build_openvino_graph(program_, variant, convs_, pictures, options_.taps);
            auto compiled = core().compile_model(graph.model, "CPU", properties(options_));
            return std::make_unique<OpenVinoExecutable>(std::move(compiled), std::move(graph.taps));
        } catch (const ov::Exception& failure) {
            throw Error("OpenVINO could not compile the network: {}", last_line(failure.what()));
        }
    }

    /// Several pictures share each reading of the weights, but in OpenVINO's own f32 convolutions, which were
    /// as fast one at a time.
    int chunk() const override { return options_.precision == Precision::F32 && convs_.empty() ? 1 : 4; }

    double macs() const override {
        double total = program_->macs();
        const std::vector<int> sizes = map_sizes(*program_);
        for (const auto& [i, conv] : convs_) {
            const auto op = static_cast<size_t>(i);
            total +=
                conv->macs(sizes[static_cast<size_t>(program_->ops[op].inputs[0])]) - program_->op_macs(op);
        }
        return total;
    }

    std::string description() const override {
        return fmt::format("OpenVINO {} on {}, {}, {} thread{}", ov::get_openvino_version().buildNumber,
                           core().get_property("CPU", ov::device::full_name), name_of(options_.precision),
                           options_.threads, options_.threads == 1 ? "" : "s");
    }

private:
    std::shared_ptr<const Program> program_;
    EngineOptions options_;
    WinogradConvs convs_;
};

}  // namespace

int engine_threads(const EngineOptions& options) {
    return options.threads > 0 ? options.threads
                               : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

double matrix_rate(const EngineOptions& options) {
    constexpr size_t side = 2048;
    EngineOptions exact = options;
    exact.threads = engine_threads(options);
    auto input = std::make_shared<ov::opset13::Parameter>(ov::element::f32, ov::Shape{side, side});
    const auto weight =
        ov::opset13::Constant::create(ov::element::f32, {side, side}, std::vector<float>(side * side, 0.5f));
    const auto product = std::make_shared<ov::opset13::MatMul>(input, weight, false, true);
    const auto model = std::make_shared<ov::Model>(ov::OutputVector{product}, ov::ParameterVector{input});
    auto request = core().compile_model(model, "CPU", properties(exact)).create_infer_request();
    double best = 1e9;  // seconds
    for (int i = 0; i < 8; ++i) {
        const auto start = std::chrono::steady_clock::now();
        request.infer();
        best =
            std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return static_cast<double>(side * side * side) / best / 1e9;
}

std::unique_ptr<Backend> openvino_backend(std::shared_ptr<const Program> program,
                                          const EngineOptions& options) {
    try {
        return std::make_unique<OpenVinoBackend>(std::move(program), options);
    } catch (const ov::Exception& failure) {
        throw NoEngine("OpenVINO could not be started: {}", last_line(failure.what()));
    }
}

}  // namespace gan
