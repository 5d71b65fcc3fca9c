#pragma once

#include "runtime/base/image_info.h"
#include "runtime/gpu/device.h"

#include <cstdint>
#include <memory>

namespace gan {

/// A picture in memory that another program, or another device of this one, imports: see gan_gpu_image in
/// runtime/abi/gan.h. Used by one thread; throws Error.
class SharedImage {
public:
    /// `encoded`: 8 bits, as screens show colours; else halves of linear light.
    SharedImage(std::shared_ptr<Device> device, int width, int height, bool encoded);
    ~SharedImage();
    SharedImage(const SharedImage&) = delete;
    SharedImage& operator=(const SharedImage&) = delete;

    const Device& device() const { return *device_; }
    size_t allocated() const { return allocated_; }  // bytes of its memory
    uint32_t memory_type() const { return memory_type_; }
    /// Of its memory; the caller's.
    int descriptor() const;

    /// Puts a texture into it, between pixels where the sizes differ, and returns the moment of the device's
    /// timeline when it is there.
    uint64_t put(const TextureRef& texture, const ImageInfo& info);

private:
    const std::shared_ptr<Device> device_;
    const int width_, height_;
    const bool encoded_;
    VulkanImage image_;
    DeviceMemory memory_;
    size_t allocated_ = 0;
    uint32_t memory_type_ = 0;
    CommandPool pool_;
    VkCommandBuffer commands_ = VK_NULL_HANDLE;
    TextureRef between_;  // that the picture passes through
    uint64_t busy_until_ = 0;
};

}  // namespace gan
