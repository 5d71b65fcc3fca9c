#include "runtime/cli/commands.h"
#include "runtime/gpu/instance.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace gan {
namespace {

std::string version_text(uint32_t version) {
    return fmt::format("{}.{}.{}", VK_API_VERSION_MAJOR(version), VK_API_VERSION_MINOR(version),
                       VK_API_VERSION_PATCH(version));
}

const char* yes(bool is) {
    return is ? "yes" : "no";
}

void print_json(const VulkanInstance& instance) {
    auto list = nlohmann::json::array();
    for (const GpuInfo& gpu : instance.gpus())
        list.push_back({{"name", gpu.name},
                        {"kind", name_of(gpu.kind)},
                        {"uuid", gpu.uuid_text()},
                        {"driver", gpu.driver},
                        {"vulkan", version_text(gpu.api)},
                        {"memory", gpu.memory},
                        {"largest_side", gpu.max_side},
                        {"shares_memory", gpu.shares_memory},
                        {"shares_semaphores", gpu.shares_semaphores},
                        {"imports_host_memory", gpu.imports_host_memory},
                        {"usable", gpu.fault.empty()},
                        {"fault", gpu.fault}});
    fmt::print("{}\n", list.dump(2));
}

int print_gpus(bool json) {
    const auto instance = VulkanInstance::get();
    if (json) {
        print_json(*instance);
        return 0;
    }
    for (const GpuInfo& gpu : instance->gpus()) {
        fmt::print("{} ({})\n", gpu.name, name_of(gpu.kind));
        if (!gpu.fault.empty()) fmt::print("  cannot be used: {}\n", gpu.fault);
        fmt::print("  uuid                 {}\n", gpu.uuid_text());
        fmt::print("  driver               {}, Vulkan {}\n", gpu.driver, version_text(gpu.api));
        fmt::print("  memory               {:.1f} GiB; pictures up to {} pixels a side\n",
                   static_cast<double>(gpu.memory) / (1u << 30), gpu.max_side);
        fmt::print("  formats              linear16f (colours), data32f (heights, normals, masks)\n");
        fmt::print("  shared with CUDA     memory {}, semaphores {}: {}\n", yes(gpu.shares_memory),
                   yes(gpu.shares_semaphores),
                   gpu.shares_memory && gpu.shares_semaphores ? "no copy through the host"
                                                              : "frames are copied through the host");
        fmt::print("  imports host memory  {}\n", yes(gpu.imports_host_memory));
    }
    if (instance->gpus().empty())
        throw Error("Vulkan finds no GPU; install mesa-vulkan-drivers, which has a software driver");
    return 0;
}

}  // namespace

void add_gpus(CLI::App& app, Command& chosen) {
    auto* command = app.add_subcommand("gpus", "List the GPUs that work on pictures, and what each can do");
    auto json = std::make_shared<bool>(false);
    command->add_flag("--json", *json, "As JSON");
    command->callback([json, &chosen] { chosen = [json] { return print_gpus(*json); }; });
}

}  // namespace gan
