#pragma once

#include "runtime/base/error.h"

#include <volk.h>

#include <utility>

namespace gan {

/// A GPU that stopped answering: what it held is gone. Gpu opens it anew.
class DeviceLost final : public Error {
public:
    using Error::Error;
};

/// Throws when a call failed: DeviceLost, or Error that says what could not be done ("make a picture of
/// 512x512"), why, and what helps.
void check(VkResult result, const std::string& what);

/// An object of a device, destroyed with its owner.
template <class T, auto& destroy>
class DeviceObject {
public:
    DeviceObject() = default;
    DeviceObject(VkDevice device, T handle) : device_(device), handle_(handle) {}
    DeviceObject(DeviceObject&& other) noexcept
        : device_(other.device_), handle_(std::exchange(other.handle_, VK_NULL_HANDLE)) {}
    DeviceObject& operator=(DeviceObject&& other) noexcept {
        std::swap(device_, other.device_);
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~DeviceObject() {
        if (handle_ != VK_NULL_HANDLE) destroy(device_, handle_, nullptr);
    }
    T get() const { return handle_; }

private:
    VkDevice device_ = VK_NULL_HANDLE;
    T handle_ = VK_NULL_HANDLE;
};

using DeviceMemory = DeviceObject<VkDeviceMemory, vkFreeMemory>;
using VulkanImage = DeviceObject<VkImage, vkDestroyImage>;
using VulkanImageView = DeviceObject<VkImageView, vkDestroyImageView>;
using VulkanBuffer = DeviceObject<VkBuffer, vkDestroyBuffer>;
using ShaderModule = DeviceObject<VkShaderModule, vkDestroyShaderModule>;
using Pipeline = DeviceObject<VkPipeline, vkDestroyPipeline>;
using PipelineLayout = DeviceObject<VkPipelineLayout, vkDestroyPipelineLayout>;
using DescriptorSetLayout = DeviceObject<VkDescriptorSetLayout, vkDestroyDescriptorSetLayout>;
using CommandPool = DeviceObject<VkCommandPool, vkDestroyCommandPool>;
using RenderPass = DeviceObject<VkRenderPass, vkDestroyRenderPass>;
using Framebuffer = DeviceObject<VkFramebuffer, vkDestroyFramebuffer>;
using Semaphore = DeviceObject<VkSemaphore, vkDestroySemaphore>;

}  // namespace gan
