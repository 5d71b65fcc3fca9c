#include "runtime/model/backends.h"

#include "runtime/base/assets.h"
#include "runtime/base/module.h"

#include <dlfcn.h>
#include <link.h>

#include <array>
#include <charconv>
#include <fstream>
#include <vector>

namespace gan {
namespace {

constexpr std::array<std::string_view, 4> engine_names{"auto", "openvino", "torch", "cuda"};
constexpr int oldest_driver = 580;  // that CUDA 13 runs on

std::string_view title_of(EngineKind kind) {
    return kind == EngineKind::Cuda ? "CUDA" : kind == EngineKind::Torch ? "LibTorch" : "OpenVINO";
}

/// In which order engines are tried.
std::vector<EngineKind> order_of(EngineKind asked) {
    switch (asked) {
        case EngineKind::Cuda:
            return {EngineKind::Cuda, EngineKind::OpenVino, EngineKind::Torch};
        case EngineKind::Torch:
            return {EngineKind::Torch, EngineKind::OpenVino};
        default:
            return {EngineKind::OpenVino, EngineKind::Torch};
    }
}

void check_driver(const std::string& driver) {
    if (driver.empty()) throw NoEngine("there is no NVIDIA driver");
    int major = 0;
    std::from_chars(driver.data(), driver.data() + driver.size(), major);
    if (major < oldest_driver)
        throw NoEngine("the driver {} is older than CUDA 13 needs ({})", driver, oldest_driver);
}

/// A LibTorch in this process that is not ours: two of them abort when they register their operators.
std::string foreign_libtorch() {
    std::string found;
    ::dl_iterate_phdr(
        [](dl_phdr_info* info, size_t, void* result) {
            const std::filesystem::path path = info->dlpi_name;
            if (path.filename() != "libtorch_cpu.so") return 0;
            // Where modules find it, from the build folder and from its folder of tests.
            for (const char* place : {"../packages/torch/lib", "../../packages/torch/lib"}) {
                std::error_code ignored;
                if (std::filesystem::equivalent(path, program_folder() / place / path.filename(), ignored))
                    return 0;
            }
            *static_cast<std::string*>(result) = path.string();
            return 0;
        },
        &found);
    return found;
}

/// LibTorch finds out once for all whether it has CUDA, so that half is opened first wherever it can be: else
/// the CUDA engine could not be had any more in a process that has run LibTorch on the processor.
void open_cuda_half(const EngineMachine& machine) {
    try {
        check_driver(machine.driver);
        module_function(machine.cuda_module, "gan_backend_interface", "");
    } catch (const Error&) {
        // Whoever asks for CUDA is told.
    }
}

std::unique_ptr<Backend> open_one(EngineKind kind, const EngineMachine& machine,
                                  const std::shared_ptr<const Program>& program,
                                  const EngineOptions& options) {
    switch (kind) {
        case EngineKind::Cuda:
            check_driver(machine.driver);
            return module_backend(machine.cuda_module, "gan_cuda_backend", program, options);
        case EngineKind::Torch:
            open_cuda_half(machine);
            return module_backend(machine.torch_module, "gan_torch_backend", program, options);
        default:
            return machine.openvino(program, options);
    }
}

}  // namespace

std::string_view name_of(EngineKind kind) {
    return engine_names[static_cast<size_t>(kind)];
}

std::optional<EngineKind> engine_kind_named(std::string_view name) {
    for (size_t i = 0; i < engine_names.size(); ++i)
        if (engine_names[i] == name) return static_cast<EngineKind>(i);
    return std::nullopt;
}

std::string nvidia_driver(const std::filesystem::path& file) {
    // "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 ...": the first word that is a
    // number with a point.
    std::ifstream in(file);
    for (std::string word; in >> word;)
        if (word.find('.') != std::string::npos && word.find_first_not_of("0123456789.") == std::string::npos)
            return word;
    return {};
}

EngineMachine this_machine() {
    return {.driver = nvidia_driver()};
}

std::unique_ptr<Backend> module_backend(const std::string& module, const char* function,
                                        const std::shared_ptr<const Program>& program,
                                        const EngineOptions& options) {
    const auto find = [&](const char* symbol) {
        try {
            return module_function(module, symbol, "this engine is");
        } catch (const Error& failure) {
            throw NoEngine("{}", failure.what());
        }
    };
    if (const std::string other = foreign_libtorch(); !other.empty())
        throw NoEngine("this process has loaded another LibTorch already ({}), and two of them end it",
                       other);
    if (*static_cast<const uint64_t*>(find("gan_backend_interface")) != backend_interface)
        throw NoEngine("the module {} is of another version of Ganymede; build it again", module);
    EngineOptions resolved = options;
    resolved.threads = engine_threads(options);
    return std::unique_ptr<Backend>(reinterpret_cast<OpenBackend*>(find(function))(program, resolved));
}

std::unique_ptr<Backend> open_backend_on(const EngineMachine& machine,
                                         const std::shared_ptr<const Program>& program,
                                         const EngineOptions& options) {
    std::string reasons;
    for (const EngineKind kind : order_of(options.engine)) {
        try {
            auto backend = open_one(kind, machine, program, options);
            if (!reasons.empty()) backend->note = fmt::format("{}; {} is used", reasons, title_of(kind));
            return backend;
        } catch (const NoEngine& failure) {
            reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", title_of(kind), failure.what());
        } catch (const Error& failure) {
            if (reasons.empty()) throw;
            throw Error("{}; {}: {}", reasons, title_of(kind), failure.what());
        }
    }
    throw NoEngine("there is no engine: {}", reasons);
}

std::unique_ptr<Backend> open_backend(std::shared_ptr<const Program> program, const EngineOptions& options) {
    return open_backend_on(this_machine(), program, options);
}

}  // namespace gan
