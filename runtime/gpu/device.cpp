#include "runtime/gpu/device.h"

#include <algorithm>
#include <array>

namespace gan {
namespace {

constexpr size_t buffers_in_flight = 4;  // the player is ahead of the GPU by this many submissions at most

// Of host memory, for those who draw windows.
constexpr VkBufferUsageFlags host_uses = VK_BUFFER_USAGE_VERTEX_BUFFER_BIT |
                                         VK_BUFFER_USAGE_INDEX_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
                                         VK_BUFFER_USAGE_TRANSFER_DST_BIT;

}  // namespace

VkFormat vulkan_format(PixelFormat format) {
    constexpr VkFormat formats[] = {VK_FORMAT_R16G16B16A16_SFLOAT, VK_FORMAT_R32G32B32A32_SFLOAT};
    return formats[static_cast<size_t>(format)];
}

std::shared_ptr<Device> Device::open(std::shared_ptr<VulkanInstance> instance, const GpuInfo& gpu) {
    return std::shared_ptr<Device>(new Device(std::move(instance), gpu));
}

Device::Device(std::shared_ptr<VulkanInstance> instance, const GpuInfo& gpu)
    : instance_(std::move(instance)), info_(gpu) {
    open_device();
    try {
        vkGetPhysicalDeviceMemoryProperties(info_.handle, &memory_types_);
        make_layouts();
        make_commands();
    } catch (...) {
        vkDestroyDevice(device_, nullptr);
        throw;
    }
}

void Device::open_device() {
    uint32_t count = 0;
    vkGetPhysicalDeviceQueueFamilyProperties(info_.handle, &count, nullptr);
    std::vector<VkQueueFamilyProperties> families(count);
    vkGetPhysicalDeviceQueueFamilyProperties(info_.handle, &count, families.data());
    // One that draws too where there is one: the Shader node needs it.
    const auto able = [](VkQueueFlags flags) {
        return
            [flags](const VkQueueFamilyProperties& family) { return (family.queueFlags & flags) == flags; };
    };
    auto family =
        std::find_if(families.begin(), families.end(), able(VK_QUEUE_COMPUTE_BIT | VK_QUEUE_GRAPHICS_BIT));
    if (family == families.end())
        family = std::find_if(families.begin(), families.end(), able(VK_QUEUE_COMPUTE_BIT));
    if (family == families.end()) throw Error("{} runs no compute shaders", info_.name);
    family_ = static_cast<uint32_t>(family - families.begin());

    const float priority = 1;
    const VkDeviceQueueCreateInfo queue{.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
                                        .queueFamilyIndex = family_,
                                        .queueCount = 1,
                                        .pQueuePriorities = &priority};
    VkPhysicalDeviceTimelineSemaphoreFeatures timeline{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES, .timelineSemaphore = VK_TRUE};
    VkPhysicalDeviceFeatures2 features{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
                                       .pNext = &timeline,
                                       .features = {.shaderStorageImageWriteWithoutFormat = VK_TRUE}};
    std::vector<const char*> extensions{VK_KHR_PUSH_DESCRIPTOR_EXTENSION_NAME};
    if (info_.shares_memory) extensions.push_back(VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME);
    if (info_.shares_semaphores) extensions.push_back(VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME);
    if (info_.imports_host_memory) extensions.push_back(VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME);
    if (info_.presents) extensions.push_back(VK_KHR_SWAPCHAIN_EXTENSION_NAME);
    const VkDeviceCreateInfo info{.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                                  .pNext = &features,
                                  .queueCreateInfoCount = 1,
                                  .pQueueCreateInfos = &queue,
                                  .enabledExtensionCount = static_cast<uint32_t>(extensions.size()),
                                  .ppEnabledExtensionNames = extensions.data()};
    check(vkCreateDevice(info_.handle, &info, nullptr, &device_), "open " + info_.name);
    vkGetDeviceQueue(device_, family_, 0, &queue_);
}

void Device::make_layouts() {
    std::array<VkDescriptorSetLayoutBinding, max_inputs + 2> bindings{};
    for (uint32_t i = 0; i < bindings.size(); ++i)
        bindings[i] = {.binding = i,
                       .descriptorType = i == 0                ? VK_DESCRIPTOR_TYPE_STORAGE_IMAGE
                                         : i == max_inputs + 1 ? VK_DESCRIPTOR_TYPE_STORAGE_BUFFER
                                                               : VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE,
                       .descriptorCount = 1,
                       .stageFlags = shader_stages};
    const VkDescriptorSetLayoutCreateInfo set{
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
        .flags = VK_DESCRIPTOR_SET_LAYOUT_CREATE_PUSH_DESCRIPTOR_BIT_KHR,
        .bindingCount = static_cast<uint32_t>(bindings.size()),
        .pBindings = bindings.data()};
    VkDescriptorSetLayout set_layout = VK_NULL_HANDLE;
    check(vkCreateDescriptorSetLayout(device_, &set, nullptr, &set_layout), "describe shaders");
    bindings_ = {device_, set_layout};
    const VkPushConstantRange constants{.stageFlags = shader_stages, .size = max_constants};
    const VkPipelineLayoutCreateInfo info{.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
                                          .setLayoutCount = 1,
                                          .pSetLayouts = &set_layout,
                                          .pushConstantRangeCount = 1,
                                          .pPushConstantRanges = &constants};
    VkPipelineLayout layout = VK_NULL_HANDLE;
    check(vkCreatePipelineLayout(device_, &info, nullptr, &layout), "describe shaders");
    layout_ = {device_, layout};
}

void Device::make_commands() {
    const VkCommandPoolCreateInfo pool_info{.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                            .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
                                            .queueFamilyIndex = family_};
    VkCommandPool pool = VK_NULL_HANDLE;
    check(vkCreateCommandPool(device_, &pool_info, nullptr, &pool), "record passes");
    command_pool_ = {device_, pool};
    std::array<VkCommandBuffer, buffers_in_flight> buffers{};
    const VkCommandBufferAllocateInfo info{.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                           .commandPool = pool,
                                           .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                           .commandBufferCount = buffers_in_flight};
    check(vkAllocateCommandBuffers(device_, &info, buffers.data()), "record passes");
    for (VkCommandBuffer buffer : buffers) commands_.push_back({.buffer = buffer});
    timeline_ = make_timeline(info_.shares_semaphores);
}

Semaphore Device::make_timeline(bool exported) {
    const VkExportSemaphoreCreateInfo leaves{.sType = VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO,
                                             .handleTypes = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT};
    const VkSemaphoreTypeCreateInfo type{.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
                                         .pNext = exported ? &leaves : nullptr,
                                         .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE};
    const VkSemaphoreCreateInfo info{.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &type};
    VkSemaphore semaphore = VK_NULL_HANDLE;
    check_alive(vkCreateSemaphore(device_, &info, nullptr, &semaphore), "count what was done");
    return {device_, semaphore};
}

Device::~Device() {
    vkDeviceWaitIdle(device_);
    pool_.clear();
    host_pool_.clear();
    retired_.clear();
    pipelines_.clear();
    render_passes_.clear();
    timeline_ = {};
    command_pool_ = {};
    layout_ = {};
    bindings_ = {};
    vkDestroyDevice(device_, nullptr);
}

void Device::check_alive(VkResult result, const std::string& what) const {
    if (result == VK_ERROR_DEVICE_LOST) lost_ = true;
    check(result, what);
}

DeviceMemory Device::allocate(const VkMemoryRequirements& needs, VkMemoryPropertyFlags wanted,
                              VkMemoryPropertyFlags liked, const void* next, const std::string& what,
                              uint32_t* chosen) {
    const auto find = [&](VkMemoryPropertyFlags flags) {
        uint32_t i = 0;
        while (i < memory_types_.memoryTypeCount &&
               ((needs.memoryTypeBits >> i & 1) == 0 ||
                (memory_types_.memoryTypes[i].propertyFlags & flags) != flags))
            ++i;
        return i;
    };
    uint32_t type = find(wanted | liked);
    if (type == memory_types_.memoryTypeCount) type = find(wanted);
    if (type == memory_types_.memoryTypeCount) throw Error("the GPU has no memory to {}", what);
    if (chosen != nullptr) *chosen = type;
    const VkMemoryAllocateInfo info{.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                                    .pNext = next,
                                    .allocationSize = needs.size,
                                    .memoryTypeIndex = type};
    const auto attempt = [&](VkDeviceMemory& memory) {
        if (faults_.allocation > 0 && --faults_.allocation == 0) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
        return vkAllocateMemory(device_, &info, nullptr, &memory);
    };
    VkDeviceMemory memory = VK_NULL_HANDLE;
    VkResult result = attempt(memory);
    if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY && !pool_.empty()) {
        // What waits in the pool may be enough.
        const uint64_t all = submit();
        {
            const std::lock_guard queue(queue_mutex_);
            hand_over();
        }
        wait(all);
        trim(0);
        result = attempt(memory);
    }
    check_alive(result, what);
    ++counters_.allocations;
    return {device_, memory};
}

DeviceMemory Device::memory(const VkMemoryRequirements& needs, VkMemoryPropertyFlags liked,
                            const std::string& what, const void* next, uint32_t* type) {
    const std::lock_guard lock(mutex_);
    return allocate(needs, 0, liked, next, what, type);
}

std::unique_ptr<Texture> Device::make_texture(int width, int height, PixelFormat format) {
    const std::string what = fmt::format("keep a picture of {}x{}", width, height);
    auto texture = std::make_unique<Texture>();
    texture->width = width;
    texture->height = height;
    texture->format = format;
    const VkImageCreateInfo info{
        .sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
        .imageType = VK_IMAGE_TYPE_2D,
        .format = vulkan_format(format),
        .extent = {static_cast<uint32_t>(width), static_cast<uint32_t>(height), 1},
        .mipLevels = 1,
        .arrayLayers = 1,
        .samples = VK_SAMPLE_COUNT_1_BIT,
        .tiling = VK_IMAGE_TILING_OPTIMAL,
        .usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_STORAGE_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT |
                 VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT,
    };
    VkImage image = VK_NULL_HANDLE;
    check_alive(vkCreateImage(device_, &info, nullptr, &image), what);
    texture->image = {device_, image};
    VkMemoryRequirements needs;
    vkGetImageMemoryRequirements(device_, image, &needs);
    texture->memory = allocate(needs, 0, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, nullptr, what);
    check_alive(vkBindImageMemory(device_, image, texture->memory.get(), 0), what);
    const VkImageViewCreateInfo view_info{
        .sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
        .image = image,
        .viewType = VK_IMAGE_VIEW_TYPE_2D,
        .format = info.format,
        .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1},
    };
    VkImageView view = VK_NULL_HANDLE;
    check_alive(vkCreateImageView(device_, &view_info, nullptr, &view), what);
    texture->view = {device_, view};
    ++counters_.textures;
    return texture;
}

TextureRef Device::texture(int width, int height, PixelFormat format) {
    const auto most = static_cast<int>(info_.max_side);
    if (width < 1 || height < 1 || width > most || height > most)
        throw Error("a picture of {}x{} pixels cannot be made on {}; sides are 1 to {}", width, height,
                    info_.name, most);
    std::unique_ptr<Texture> texture;
    {
        const std::lock_guard lock(mutex_);
        const auto fits = [&](const Idle& idle) {
            return idle.texture->width == width && idle.texture->height == height &&
                   idle.texture->format == format;
        };
        // The newest: the others may be freed. All passes run in order, so that its readers come first.
        const auto found = std::find_if(pool_.rbegin(), pool_.rend(), fits);
        if (found != pool_.rend()) {
            texture = std::move(found->texture);
            pool_.erase(std::next(found).base());
        } else {
            texture = make_texture(width, height, format);
        }
    }
    texture->device = shared_from_this();
    return {texture.release(), [](Texture* used) { used->device->recycle(used); }};
}

void Device::recycle(Texture* texture) {
    const std::shared_ptr<Device> self = std::move(texture->device);  // ends after the lock
    std::unique_ptr<Texture> owned(texture);
    const std::lock_guard lock(mutex_);
    const uint64_t next = recording_ ? 1 : 0;
    pool_.push_back({.texture = std::move(owned),
                     .since = submitted_ + next,
                     .submissions = counters_.submissions + next});
}

/// Frees textures of the pool that passes submitted `idle_for` submissions of passes ago or earlier were the
/// last to use.
void Device::trim(uint64_t idle_for) {
    uint64_t done = 0;
    if (vkGetSemaphoreCounterValue(device_, timeline_.get(), &done) != VK_SUCCESS) return;
    std::erase_if(retired_, [&](const auto& retired) { return retired.first <= done; });
    const auto old = [&](const Idle& idle) {
        return idle.since <= done && idle.submissions + idle_for <= counters_.submissions;
    };
    const auto first = std::remove_if(pool_.begin(), pool_.end(), old);
    counters_.textures -= static_cast<uint64_t>(pool_.end() - first);
    pool_.erase(first, pool_.end());
}

std::unique_ptr<Buffer> Device::make_buffer(size_t size, bool host) {
    const std::string what = "exchange a picture with the processor";
    auto result = std::make_unique<Buffer>();
    result->size = size;
    result->external = !host;
    const VkExternalMemoryBufferCreateInfo external{
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
        .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
    const VkBufferCreateInfo info{.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
                                  .pNext = host ? nullptr : &external,
                                  .size = size,
                                  .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | (host ? host_uses : 0)};
    VkBuffer buffer = VK_NULL_HANDLE;
    check_alive(vkCreateBuffer(device_, &info, nullptr, &buffer), what);
    result->buffer = {device_, buffer};
    VkMemoryRequirements needs;
    vkGetBufferMemoryRequirements(device_, buffer, &needs);
    result->allocated = needs.size;
    if (host) {
        result->memory =
            allocate(needs, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT,
                     VK_MEMORY_PROPERTY_HOST_CACHED_BIT, nullptr, what);
    } else {
        // Memory that leaves is its buffer's alone: several drivers confuse what shares an allocation.
        const VkMemoryDedicatedAllocateInfo dedicated{
            .sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO, .buffer = buffer};
        const VkExportMemoryAllocateInfo exported{
            .sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO,
            .pNext = &dedicated,
            .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
        result->memory = allocate(needs, 0, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, &exported, what);
    }
    check_alive(vkBindBufferMemory(device_, buffer, result->memory.get(), 0), what);
    if (host) {
        void* data = nullptr;
        check_alive(vkMapMemory(device_, result->memory.get(), 0, VK_WHOLE_SIZE, 0, &data), what);
        result->data = static_cast<std::byte*>(data);
    }
    return result;
}

std::unique_ptr<Buffer> Device::shared_buffer(size_t size) {
    const std::lock_guard lock(mutex_);
    return make_buffer(size, false);
}

int Device::descriptor_of(const Buffer& buffer) {
    const VkMemoryGetFdInfoKHR info{.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR,
                                    .memory = buffer.memory.get(),
                                    .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
    int descriptor = -1;
    check_alive(vkGetMemoryFdKHR(device_, &info, &descriptor), "share memory");
    return descriptor;
}

Semaphore Device::shared_timeline() {
    return make_timeline(true);
}

int Device::descriptor_of(const Semaphore& timeline) {
    const VkSemaphoreGetFdInfoKHR info{.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR,
                                       .semaphore = timeline.get(),
                                       .handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT};
    int descriptor = -1;
    check_alive(vkGetSemaphoreFdKHR(device_, &info, &descriptor), "share a timeline");
    return descriptor;
}

std::unique_ptr<Buffer> Device::host_buffer(size_t size) {
    const std::lock_guard lock(mutex_);
    uint64_t done = 0;
    check_alive(vkGetSemaphoreCounterValue(device_, timeline_.get(), &done), "ask what was done");
    const auto fits = [&](const std::unique_ptr<Buffer>& buffer) {
        return buffer->busy_until <= done && buffer->size >= size && buffer->size <= 2 * size;
    };
    const auto found = std::find_if(host_pool_.begin(), host_pool_.end(), fits);
    if (found == host_pool_.end()) {
        // What no longer fits anybody goes first.
        constexpr size_t kept = 16;
        if (host_pool_.size() >= kept)
            std::erase_if(host_pool_, [&](const auto& buffer) { return buffer->busy_until <= done; });
        return make_buffer(size, true);
    }
    auto result = std::move(*found);
    host_pool_.erase(found);
    return result;
}

void Device::release(std::unique_ptr<Buffer> buffer) {
    const std::lock_guard lock(mutex_);
    buffer->busy_until = submitted_ + (recording_ ? 1 : 0);
    host_pool_.push_back(std::move(buffer));
}

}  // namespace gan
