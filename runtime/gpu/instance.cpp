#include "runtime/gpu/instance.h"

#include <algorithm>
#include <cctype>
#include <cstring>

namespace gan {
namespace {

constexpr uint32_t wanted_api = VK_API_VERSION_1_2;

bool has(const std::vector<VkExtensionProperties>& there, const char* name) {
    return std::any_of(there.begin(), there.end(),
                       [name](const auto& one) { return std::strcmp(one.extensionName, name) == 0; });
}

std::vector<VkExtensionProperties> extensions_of(VkPhysicalDevice gpu) {
    uint32_t count = 0;
    vkEnumerateDeviceExtensionProperties(gpu, nullptr, &count, nullptr);
    std::vector<VkExtensionProperties> result(count);
    vkEnumerateDeviceExtensionProperties(gpu, nullptr, &count, result.data());
    result.resize(count);
    return result;
}

GpuInfo::Kind kind_of(VkPhysicalDeviceType type) {
    switch (type) {
        case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
            return GpuInfo::Kind::Discrete;
        case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
            return GpuInfo::Kind::Integrated;
        case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
            return GpuInfo::Kind::Virtual;
        case VK_PHYSICAL_DEVICE_TYPE_CPU:
            return GpuInfo::Kind::Software;
        default:
            return GpuInfo::Kind::Other;
    }
}

/// A timeline semaphore that leaves as a file descriptor: without it, no other API can wait for a picture.
bool exports_timelines(VkPhysicalDevice gpu) {
    const VkSemaphoreTypeCreateInfo type{.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
                                         .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE};
    const VkPhysicalDeviceExternalSemaphoreInfo asked{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_SEMAPHORE_INFO,
        .pNext = &type,
        .handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT};
    VkExternalSemaphoreProperties found{.sType = VK_STRUCTURE_TYPE_EXTERNAL_SEMAPHORE_PROPERTIES};
    vkGetPhysicalDeviceExternalSemaphoreProperties(gpu, &asked, &found);
    return (found.externalSemaphoreFeatures & VK_EXTERNAL_SEMAPHORE_FEATURE_EXPORTABLE_BIT) != 0;
}

/// What our shaders and the recorder need of a device; empty when it has all of it.
std::string fault_of(const GpuInfo& info, const std::vector<VkExtensionProperties>& extensions) {
    if (info.api < wanted_api) return "its driver knows no Vulkan 1.2";
    VkPhysicalDeviceTimelineSemaphoreFeatures timeline{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES};
    VkPhysicalDeviceFeatures2 features{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
                                       .pNext = &timeline};
    vkGetPhysicalDeviceFeatures2(info.handle, &features);
    if (timeline.timelineSemaphore == VK_FALSE) return "its driver has no timeline semaphores";
    if (features.features.shaderStorageImageWriteWithoutFormat == VK_FALSE)
        return "its shaders cannot write pictures of any format";
    if (!has(extensions, VK_KHR_PUSH_DESCRIPTOR_EXTENSION_NAME)) return "its driver has no push descriptors";
    return {};
}

GpuInfo describe(VkPhysicalDevice gpu) {
    GpuInfo info{.handle = gpu};
    VkPhysicalDeviceProperties basic;
    vkGetPhysicalDeviceProperties(gpu, &basic);
    info.name = basic.deviceName;
    info.kind = kind_of(basic.deviceType);
    info.api = basic.apiVersion;
    info.max_side = basic.limits.maxImageDimension2D;
    const auto extensions = extensions_of(gpu);
    info.fault = fault_of(info, extensions);
    if (info.api < wanted_api) return info;

    VkPhysicalDeviceDriverProperties driver{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES};
    VkPhysicalDeviceIDProperties id{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES,
                                    .pNext = &driver};
    VkPhysicalDeviceProperties2 properties{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
                                           .pNext = &id};
    vkGetPhysicalDeviceProperties2(gpu, &properties);
    std::copy(std::begin(id.deviceUUID), std::end(id.deviceUUID), info.uuid.begin());
    std::copy(std::begin(id.driverUUID), std::end(id.driverUUID), info.driver_uuid.begin());
    info.driver = fmt::format("{} {}", driver.driverName, driver.driverInfo);

    VkPhysicalDeviceMemoryProperties memory;
    vkGetPhysicalDeviceMemoryProperties(gpu, &memory);
    for (uint32_t i = 0; i < memory.memoryHeapCount; ++i)
        if ((memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) != 0)
            info.memory = std::max<uint64_t>(info.memory, memory.memoryHeaps[i].size);
    info.shares_memory = has(extensions, VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME);
    info.shares_semaphores =
        has(extensions, VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME) && exports_timelines(gpu);
    info.imports_host_memory = has(extensions, VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME);
    info.presents = has(extensions, VK_KHR_SWAPCHAIN_EXTENSION_NAME);
    return info;
}

/// What windows need of the loader, of this it knows.
std::vector<const char*> surface_extensions() {
    uint32_t count = 0;
    vkEnumerateInstanceExtensionProperties(nullptr, &count, nullptr);
    std::vector<VkExtensionProperties> there(count);
    vkEnumerateInstanceExtensionProperties(nullptr, &count, there.data());
    there.resize(count);
    std::vector<const char*> wanted{VK_KHR_SURFACE_EXTENSION_NAME, "VK_KHR_xcb_surface",
                                    "VK_KHR_xlib_surface",
                                    "VK_KHR_wayland_surface"};  // whose headers need their system's
    std::erase_if(wanted, [&](const char* name) { return !has(there, name); });
    return wanted;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

/// volk's function pointers are the process's own: they are filled by one thread at a time.
std::mutex loading;

}  // namespace

VkBool32 gpu_message(VkDebugUtilsMessageSeverityFlagBitsEXT, VkDebugUtilsMessageTypeFlagsEXT,
                     const VkDebugUtilsMessengerCallbackDataEXT* data, void* instance) {
    auto& self = *static_cast<VulkanInstance*>(instance);
    const std::lock_guard lock(self.mutex_);
    self.messages_.emplace_back(data->pMessage);
    return VK_FALSE;
}

std::string GpuInfo::uuid_text() const {
    std::string text;
    for (size_t i = 0; i < uuid.size(); ++i)
        text += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
    return text;
}

std::string_view name_of(GpuInfo::Kind kind) {
    static constexpr std::string_view names[] = {"discrete", "integrated", "virtual", "other", "software"};
    return names[static_cast<size_t>(kind)];
}

std::shared_ptr<VulkanInstance> VulkanInstance::get(bool validate) {
    // A validating one serves all: volk's pointers are those of the instance that was opened last, and a
    // plain one has none for the messages of the layers.
    static std::weak_ptr<VulkanInstance> plain, validating;
    const std::lock_guard lock(loading);
    auto instance = validating.lock();
    if (instance == nullptr && !validate) instance = plain.lock();
    if (instance == nullptr) {
        instance = std::shared_ptr<VulkanInstance>(new VulkanInstance(validate));
        (validate ? validating : plain) = instance;
    }
    return instance;
}

VulkanInstance::VulkanInstance(bool validate) {
    if (volkInitialize() != VK_SUCCESS)
        throw Error(
            "there is no Vulkan on this machine, which picture nodes need; install the package libvulkan1 "
            "and a driver (mesa-vulkan-drivers, or the GPU maker's)");
    const VkApplicationInfo application{.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
                                        .pApplicationName = "Ganymede",
                                        .apiVersion = wanted_api};
    const char* layers[] = {"VK_LAYER_KHRONOS_validation"};
    std::vector<const char*> extensions = surface_extensions();
    if (validate) extensions.push_back(VK_EXT_DEBUG_UTILS_EXTENSION_NAME);
    const VkValidationFeatureEnableEXT checks[] = {
        VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT};
    const VkDebugUtilsMessengerCreateInfoEXT messenger{
        .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
        .messageSeverity =
            VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
        .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT,
        .pfnUserCallback = gpu_message,
        .pUserData = this};
    const VkValidationFeaturesEXT synchronisation{.sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT,
                                                  .pNext = &messenger,
                                                  .enabledValidationFeatureCount = 1,
                                                  .pEnabledValidationFeatures = checks};
    VkInstanceCreateInfo info{.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
                              .pApplicationInfo = &application,
                              .enabledExtensionCount = static_cast<uint32_t>(extensions.size()),
                              .ppEnabledExtensionNames = extensions.data()};
    if (validate) {
        info.pNext = &synchronisation;
        info.enabledLayerCount = 1;
        info.ppEnabledLayerNames = layers;
    }
    const VkResult made = vkCreateInstance(&info, nullptr, &handle_);
    if (made == VK_ERROR_LAYER_NOT_PRESENT)
        throw Error("Vulkan's validation layers are not installed; install vulkan-validationlayers");
    if (made == VK_ERROR_INCOMPATIBLE_DRIVER)
        throw Error(
            "there is no Vulkan driver on this machine, which picture nodes need; install "
            "mesa-vulkan-drivers, or the GPU maker's");
    check(made, "open Vulkan");
    volkLoadInstance(handle_);
    if (validate)
        check(vkCreateDebugUtilsMessengerEXT(handle_, &messenger, nullptr, &messenger_),
              "hear the validation layers");
    uint32_t count = 0;
    check(vkEnumeratePhysicalDevices(handle_, &count, nullptr), "count the GPUs");
    std::vector<VkPhysicalDevice> found(count);
    check(vkEnumeratePhysicalDevices(handle_, &count, found.data()), "list the GPUs");
    found.resize(count);
    std::transform(found.begin(), found.end(), std::back_inserter(gpus_), describe);
    std::stable_sort(gpus_.begin(), gpus_.end(), [](const GpuInfo& a, const GpuInfo& b) {
        return std::pair(!a.fault.empty(), a.kind) < std::pair(!b.fault.empty(), b.kind);
    });
}

VulkanInstance::~VulkanInstance() {
    if (messenger_ != VK_NULL_HANDLE) vkDestroyDebugUtilsMessengerEXT(handle_, messenger_, nullptr);
#ifndef GAN_SANITIZES_ADDRESSES  // which could not tell whose memory that is, once drivers are unloaded
    vkDestroyInstance(handle_, nullptr);
#endif
}

const GpuInfo& choose_gpu(const std::vector<GpuInfo>& gpus, const std::string& choice) {
    std::string names;
    for (const GpuInfo& gpu : gpus) {
        const bool software = lower(choice) == "software" && gpu.kind == GpuInfo::Kind::Software;
        if (software || lower(gpu.name).find(lower(choice)) != std::string::npos ||
            gpu.uuid_text() == lower(choice)) {
            if (gpu.fault.empty()) return gpu;
            if (!choice.empty())
                throw Error("{} cannot be used: {}; a newer driver may help, and --gpu software works",
                            gpu.name, gpu.fault);
        }
        names += (names.empty() ? "" : ", ") + gpu.name;
    }
    if (choice.empty() || names.empty())
        throw Error(
            "no GPU here can work on pictures{}; install mesa-vulkan-drivers, which has a software driver",
            names.empty() ? "" : " (see `ganymede gpus`)");
    throw Error("there is no GPU called {}; there are {}", choice, names);
}

std::vector<std::string> VulkanInstance::take_messages() {
    const std::lock_guard lock(mutex_);
    return std::exchange(messages_, {});
}

}  // namespace gan
