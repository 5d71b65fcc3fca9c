#include "editor/window/painter.h"
#include "editor/window/renderer.h"

#include <cstring>

namespace gan {

struct Offscreen::Impl {
    std::shared_ptr<Device> device;
    uint32_t width = 0;
    uint32_t height = 0;
    DrawnTiles drawn;
    ScreenImage image;
    CommandPool pool;
    VkCommandBuffer commands = VK_NULL_HANDLE;
};

Offscreen::Offscreen(std::shared_ptr<Device> device, uint32_t width, uint32_t height)
    : impl_(std::make_unique<Impl>()) {
    const std::string what = "draw without a window";
    Impl& self = *impl_;
    self.device = std::move(device);
    self.width = width;
    self.height = height;
    const VkDevice handle = self.device->handle();
    self.image =
        make_screen_image(*self.device, VK_FORMAT_R8G8B8A8_UNORM, width, height,
                          VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT, what);
    const VkCommandPoolCreateInfo pool_info{.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                            .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
                                            .queueFamilyIndex = self.device->family()};
    VkCommandPool pool = VK_NULL_HANDLE;
    self.device->check_alive(vkCreateCommandPool(handle, &pool_info, nullptr, &pool), what);
    self.pool = {handle, pool};
    const VkCommandBufferAllocateInfo commands{.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                               .commandPool = pool,
                                               .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                               .commandBufferCount = 1};
    self.device->check_alive(vkAllocateCommandBuffers(handle, &commands, &self.commands), what);
}

Offscreen::~Offscreen() {
    try {
        impl_->device->wait(impl_->device->flush());  // what draws into it
    } catch (const Error&) {
        // The device is lost: nothing of it is in use.
    }
}

RenderTarget Offscreen::target() const {
    return {.view = impl_->image.view.get(),
            .format = VK_FORMAT_R8G8B8A8_UNORM,
            .final_layout = VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
            .width = impl_->width,
            .height = impl_->height,
            .drawn = &impl_->drawn};
}

std::vector<uint8_t> Offscreen::read() {
    Impl& self = *impl_;
    Device& device = *self.device;
    std::vector<uint8_t> pixels(size_t{4} * self.width * self.height);
    auto buffer = device.host_buffer(pixels.size());
    const VkCommandBufferBeginInfo begin{.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                         .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
    device.check_alive(vkBeginCommandBuffer(self.commands, &begin), "read what was drawn");
    const VkBufferImageCopy copy{.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1},
                                 .imageExtent = {self.width, self.height, 1}};
    vkCmdCopyImageToBuffer(self.commands, self.image.image.get(), VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
                           buffer->buffer.get(), 1, &copy);
    const VkMemoryBarrier to_host{.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                  .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
                                  .dstAccessMask = VK_ACCESS_HOST_READ_BIT};
    vkCmdPipelineBarrier(self.commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 1,
                         &to_host, 0, nullptr, 0, nullptr);
    device.check_alive(vkEndCommandBuffer(self.commands), "read what was drawn");
    device.wait(device.submit(self.commands, VK_NULL_HANDLE, VK_NULL_HANDLE));
    std::memcpy(pixels.data(), buffer->data, pixels.size());
    device.release(std::move(buffer));
    return pixels;
}

}  // namespace gan
