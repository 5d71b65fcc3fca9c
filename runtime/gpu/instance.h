#pragma once

#include "runtime/gpu/vulkan.h"

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace gan {

/// A GPU that the machine has, or the software driver, and what it can do.
struct GpuInfo {
    enum class Kind { Discrete, Integrated, Virtual, Other, Software };
    std::string name;
    Kind kind = Kind::Other;
    std::array<uint8_t, 16> uuid{};  // CUDA's cudaDeviceProp.uuid is the same for the same device
    std::array<uint8_t, 16> driver_uuid{};
    std::string driver;              // "llvmpipe Mesa 22.3.6 (LLVM 15.0.6)"
    uint32_t api = 0;                // VK_API_VERSION
    uint64_t memory = 0;             // bytes of its largest local heap
    uint32_t max_side = 0;           // pixels of the largest picture
    bool shares_memory = false;      // exports memory as file descriptors
    bool shares_semaphores = false;  // and timeline semaphores: together, the shared path of the frame bridge
    bool imports_host_memory = false;
    bool presents = false;  // pictures in windows
    std::string fault;      // why it cannot be used ("its driver has no timeline semaphores"); or empty
    VkPhysicalDevice handle = VK_NULL_HANDLE;

    std::string uuid_text() const;  // "6d657361-3232-2e33-2e36-000000000000"
};

std::string_view name_of(GpuInfo::Kind kind);

/// The GPU whose name contains `choice` (upper or lower case), whose UUID it is, or the one for "software";
/// the first that can be used when it is empty. Throws Error that lists them.
const GpuInfo& choose_gpu(const std::vector<GpuInfo>& gpus, const std::string& choice);

/// The Vulkan loader and the devices behind it; shared by all that ask for the same kind.
class VulkanInstance {
public:
    /// Opens the loader when nobody has it open. `validate`: with the validation layers. Throws Error naming
    /// the package that is missing. [any thread]
    static std::shared_ptr<VulkanInstance> get(bool validate = false);
    ~VulkanInstance();
    VulkanInstance(const VulkanInstance&) = delete;
    VulkanInstance& operator=(const VulkanInstance&) = delete;

    /// Usable ones first, software last. [any thread]
    const std::vector<GpuInfo>& gpus() const { return gpus_; }
    /// choose_gpu() among them.
    const GpuInfo& find(const std::string& choice) const { return choose_gpu(gpus_, choice); }
    /// For windows' surfaces, which are enabled where the loader knows them.
    VkInstance handle() const { return handle_; }
    /// What the validation layers found since this was last asked. [any thread]
    std::vector<std::string> take_messages();

private:
    explicit VulkanInstance(bool validate);
    VkInstance handle_ = VK_NULL_HANDLE;
    VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
    std::vector<GpuInfo> gpus_;
    std::mutex mutex_;
    std::vector<std::string> messages_;
    friend VkBool32 gpu_message(VkDebugUtilsMessageSeverityFlagBitsEXT, VkDebugUtilsMessageTypeFlagsEXT,
                                const VkDebugUtilsMessengerCallbackDataEXT*, void*);
};

}  // namespace gan
