#include "trainer/device.h"

#include "runtime/base/error.h"

#include <torch/cuda.h>

#include <dlfcn.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

namespace gan {
namespace {

/// N of "cuda:N"; 0 of "cuda".
std::optional<int> gpu_of(const std::string& name) {
    if (name == "cuda") return 0;
    if (!name.starts_with("cuda:")) return std::nullopt;
    int number = -1;
    const char* end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data() + 5, end, number);
    if (error != std::errc() || rest != end || number < 0 || number > 127) return std::nullopt;
    return number;
}

/// Empty when LibTorch's CUDA half is open and sees a GPU; else why not.
std::string open_cuda() {
    if (!std::filesystem::exists("/proc/driver/nvidia/version")) return "there is no NVIDIA driver";
    // Found beside libtorch_cpu.so, by this program's run path.
    if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr)
        return std::string("LibTorch's CUDA half could not be opened: ") + dlerror();
    return torch::cuda::is_available() ? "" : "LibTorch sees no GPU";
}

}  // namespace

at::Device open_device(const std::string& name) {
    if (name == "cpu") return at::kCPU;
    const bool automatic = name == "auto";
    const std::optional<int> gpu = automatic ? 0 : gpu_of(name);
    if (!gpu)
        throw Error(
            "--device {}: must be auto, cpu or cuda:N; one device trains, several GPUs or machines cannot "
            "yet",
            name);
    static const std::string problem = open_cuda();
    if (!problem.empty() && automatic) return at::kCPU;
    if (!problem.empty()) throw Error("--device {}: {}; take --device cpu", name, problem);
    if (const int count = torch::cuda::device_count(); *gpu >= count)
        throw Error("--device {}: there are {} GPUs, counted from 0", name, count);
    return {at::kCUDA, static_cast<at::DeviceIndex>(*gpu)};
}

std::string processor_name() {
    std::ifstream lines("/proc/cpuinfo");
    for (std::string line; std::getline(lines, line);)
        if (const size_t colon = line.find(": ");
            line.starts_with("model name") && colon != std::string::npos)
            return line.substr(colon + 2);
    return {};
}

}  // namespace gan
