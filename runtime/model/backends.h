#pragma once

#include "runtime/base/error.h"
#include "runtime/model/engine.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gan {

/// An engine cannot be had here, whatever it is asked for, so that another may take its place. Any other
/// Error of a backend is about what was asked.
class NoEngine final : public Error {
public:
    using Error::Error;
};

/// "auto", "openvino", "torch", "cuda".
std::string_view name_of(EngineKind kind);
std::optional<EngineKind> engine_kind_named(std::string_view name);

/// What engines there are to choose from. Tests pretend machines of other kinds.
struct EngineMachine {
    std::string driver;  // NVIDIA's, "580.65.06"; empty: there is none, and nothing of CUDA is touched
    std::string cuda_module = "gan_cuda_engine.so";
    std::string torch_module = "gan_torch.so";
    BackendFactory openvino = openvino_backend;
};
EngineMachine this_machine();

/// The version in what NVIDIA's driver says of itself; empty where the file is not there.
std::string nvidia_driver(const std::filesystem::path& file = "/proc/driver/nvidia/version");

/// Opens the engine that EngineOptions::engine asks for, else the next best one, and says in Backend::note
/// why it is not the first: "CUDA: the driver 535.54 is older than CUDA 13 needs (580); OpenVINO is used".
///     auto      OpenVINO, LibTorch on the processor; CUDA has to be asked for until it was run on a GPU
///     cuda      CUDA, OpenVINO, LibTorch
///     openvino  OpenVINO, LibTorch
///     torch     LibTorch, OpenVINO
/// Throws NoEngine when there is none, and Error when the first that there is refuses the request (bf16 on a
/// processor without it). [any thread]
std::unique_ptr<Backend> open_backend_on(const EngineMachine& machine,
                                         const std::shared_ptr<const Program>& program,
                                         const EngineOptions& options);

/// The engine of a module (runtime/base/module.h), which exports what is below. Throws NoEngine when it
/// cannot be loaded, was built with another interface, or when another copy of LibTorch is in this process,
/// which would end it. [any thread]
std::unique_ptr<Backend> module_backend(const std::string& module, const char* function,
                                        const std::shared_ptr<const Program>& program,
                                        const EngineOptions& options);

/// What modules export: `gan_backend_interface`, this number, and a function of this type
/// (`gan_torch_backend`, `gan_cuda_backend`), whose caller owns what it returns and has set
/// EngineOptions::threads. The number is to rise with every change of what crosses the boundary that the
/// sizes do not show.
using OpenBackend = Backend*(const std::shared_ptr<const Program>&, const EngineOptions&);
inline constexpr uint64_t backend_interface =
    (((uint64_t{1} << 16 | sizeof(Program)) << 16 | sizeof(Op)) << 16) | sizeof(EngineOptions);

}  // namespace gan
