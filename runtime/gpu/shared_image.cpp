#include "runtime/gpu/shared_image.h"

#include "runtime/base/error.h"
#include "shaders/shaders.h"

#include <array>
#include <span>

namespace gan {
namespace {

constexpr const char* purpose = "share a picture with another program";

/// As shaders/shared.comp has them.
struct SharedConstants {
    PassHeader header;
    int32_t colours = 0;
    int32_t encoded = 0;
};

/// `to`: the queue family that has it then.
VkImageMemoryBarrier barrier(VkImage image, VkImageLayout from, VkAccessFlags before, VkAccessFlags after,
                             uint32_t family = VK_QUEUE_FAMILY_IGNORED,
                             uint32_t to = VK_QUEUE_FAMILY_IGNORED) {
    return {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
            .srcAccessMask = before,
            .dstAccessMask = after,
            .oldLayout = from,
            .newLayout = VK_IMAGE_LAYOUT_GENERAL,
            .srcQueueFamilyIndex = family,
            .dstQueueFamilyIndex = to,
            .image = image,
            .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
}

}  // namespace

SharedImage::SharedImage(std::shared_ptr<Device> device, int width, int height, bool encoded)
    : device_(std::move(device)), width_(width), height_(height), encoded_(encoded) {
    if (!device_->info().shares_memory)
        throw Error("the driver of {} exports no memory, so no picture of it can be shared",
                    device_->info().name);
    const VkExternalMemoryImageCreateInfo external{
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO,
        .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
    const VkImageCreateInfo info{.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
                                 .pNext = &external,
                                 .imageType = VK_IMAGE_TYPE_2D,
                                 .format = encoded ? VK_FORMAT_R8G8B8A8_UNORM : VK_FORMAT_R16G16B16A16_SFLOAT,
                                 .extent = {static_cast<uint32_t>(width), static_cast<uint32_t>(height), 1},
                                 .mipLevels = 1,
                                 .arrayLayers = 1,
                                 .samples = VK_SAMPLE_COUNT_1_BIT,
                                 .tiling = VK_IMAGE_TILING_OPTIMAL,
                                 .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT |
                                          VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT};
    const VkDevice handle = device_->handle();
    VkImage image = VK_NULL_HANDLE;
    device_->check_alive(vkCreateImage(handle, &info, nullptr, &image), purpose);
    image_ = {handle, image};
    VkMemoryRequirements needs;
    vkGetImageMemoryRequirements(handle, image, &needs);
    allocated_ = needs.size;
    const VkMemoryDedicatedAllocateInfo dedicated{.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO,
                                                  .image = image};
    const VkExportMemoryAllocateInfo exported{.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO,
                                              .pNext = &dedicated,
                                              .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
    memory_ = device_->memory(needs, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, purpose, &exported, &memory_type_);
    device_->check_alive(vkBindImageMemory(handle, image, memory_.get(), 0), purpose);
    const VkCommandPoolCreateInfo pool_info{.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                            .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
                                            .queueFamilyIndex = device_->family()};
    VkCommandPool pool = VK_NULL_HANDLE;
    device_->check_alive(vkCreateCommandPool(handle, &pool_info, nullptr, &pool), purpose);
    pool_ = {handle, pool};
    const VkCommandBufferAllocateInfo commands{.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                               .commandPool = pool,
                                               .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                               .commandBufferCount = 1};
    device_->check_alive(vkAllocateCommandBuffers(handle, &commands, &commands_), purpose);
}

SharedImage::~SharedImage() {
    try {
        device_->wait(busy_until_);
    } catch (const Error&) {
        // The device is lost: nothing of it is in use.
    }
}

int SharedImage::descriptor() const {
    const VkMemoryGetFdInfoKHR info{.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR,
                                    .memory = memory_.get(),
                                    .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
    int descriptor = -1;
    device_->check_alive(vkGetMemoryFdKHR(device_->handle(), &info, &descriptor), purpose);
    return descriptor;
}

uint64_t SharedImage::put(const TextureRef& texture, const ImageInfo& info) {
    device_->wait(busy_until_);
    between_ = device_->texture(width_, height_, PixelFormat::Rgba32f);
    const SharedConstants constants{.header = {.wraps = (info.wrap_x ? 1u : 0u) | (info.wrap_y ? 2u : 0u),
                                               .width = width_,
                                               .height = height_},
                                    .colours = is_data(info) ? 0 : 1,
                                    .encoded = encoded_ ? 1 : 0};
    device_->run({.shader = shaders::shared,
                  .inputs = {&texture, 1},
                  .output = between_,
                  .constants = std::as_bytes(std::span(&constants, 1)),
                  .width = width_,
                  .height = height_});
    device_->check_alive(vkResetCommandBuffer(commands_, 0), purpose);
    const VkCommandBufferBeginInfo begin{.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                         .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
    device_->check_alive(vkBeginCommandBuffer(commands_, &begin), purpose);
    const std::array before{
        barrier(between_->image.get(), VK_IMAGE_LAYOUT_GENERAL,
                VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
                VK_ACCESS_TRANSFER_READ_BIT),
        // Every pixel is written: what was there need not be taken back from the other device.
        barrier(image_.get(), VK_IMAGE_LAYOUT_UNDEFINED, 0, VK_ACCESS_TRANSFER_WRITE_BIT)};
    vkCmdPipelineBarrier(commands_, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 0,
                         nullptr, 0, nullptr, before.size(), before.data());
    const VkImageSubresourceLayers layer{VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    const VkOffset3D end{width_, height_, 1};
    // It converts the numbers.
    const VkImageBlit blit{
        .srcSubresource = layer, .srcOffsets = {{}, end}, .dstSubresource = layer, .dstOffsets = {{}, end}};
    vkCmdBlitImage(commands_, between_->image.get(), VK_IMAGE_LAYOUT_GENERAL, image_.get(),
                   VK_IMAGE_LAYOUT_GENERAL, 1, &blit, VK_FILTER_NEAREST);
    const VkImageMemoryBarrier after =
        barrier(image_.get(), VK_IMAGE_LAYOUT_GENERAL, VK_ACCESS_TRANSFER_WRITE_BIT, 0, device_->family(),
                VK_QUEUE_FAMILY_EXTERNAL);
    vkCmdPipelineBarrier(commands_, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0,
                         nullptr, 0, nullptr, 1, &after);
    device_->check_alive(vkEndCommandBuffer(commands_), purpose);
    busy_until_ = device_->submit(commands_, VK_NULL_HANDLE, VK_NULL_HANDLE);
    return busy_until_;
}

}  // namespace gan
