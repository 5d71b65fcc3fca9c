/* test.gpu copies a picture on the GPU, through Vulkan: left becomes right. Without a picture it fills one.
 */
#include "tests/plugins/plugin.h"

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan_core.h>

#include <stdlib.h>

typedef struct gpu_node {
    const gan_node_host* host;
    VkDevice device; /* null: nothing was made yet */
    VkCommandPool pool;
    VkCommandBuffer commands;
    uint64_t moment; /* until which the commands are in use */
    PFN_vkCreateCommandPool create_pool;
    PFN_vkDestroyCommandPool destroy_pool;
    PFN_vkAllocateCommandBuffers allocate;
    PFN_vkBeginCommandBuffer begin;
    PFN_vkEndCommandBuffer end;
    PFN_vkCmdPipelineBarrier barrier;
    PFN_vkCmdCopyImage copy;
    PFN_vkCmdClearColorImage clear;
} gpu_node;

static const gan_node_port inputs[] = {
    {.name = "image", .description = "A picture", .type = GAN_NODE_IMAGE, .optional = 1}};
static const gan_node_port outputs[] = {
    {.name = "image", .description = "Its halves changed", .type = GAN_NODE_IMAGE}};
static const char* const mistakes[] = {"none", "no submit", "no gpu", "no commands", NULL};
static const gan_node_param params[] = {
    {.name = "mistake", .description = "That it makes", .kind = GAN_NODE_PARAM_CHOICE, .choices = mistakes}};

static int create(const gan_node_host* host, void** node) {
    gpu_node* made = (gpu_node*)calloc(1, sizeof *made);
    if (made == NULL) return host->fail(host, "there is no memory");
    made->host = host;
    *node = made;
    return GAN_NODE_OK;
}

static void release_gpu(void* node) {
    gpu_node* gpu = (gpu_node*)node;
    if (gpu->device == VK_NULL_HANDLE) return;
    gpu->host->gpu_wait(gpu->host, gpu->moment); /* of a lost GPU there is nothing to wait for */
    gpu->destroy_pool(gpu->device, gpu->pool, NULL);
    gpu->device = VK_NULL_HANDLE;
}

static void destroy(void* node) {
    release_gpu(node);
    free(node);
}

static int make(gpu_node* gpu, const gan_node_gpu* there) {
    const PFN_vkGetInstanceProcAddr get = (PFN_vkGetInstanceProcAddr)there->get_instance_proc_addr;
    const PFN_vkGetDeviceProcAddr of_device =
        (PFN_vkGetDeviceProcAddr)get((VkInstance)there->instance, "vkGetDeviceProcAddr");
    const VkDevice device = (VkDevice)there->device;
    const VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                          .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
                                          .queueFamilyIndex = there->queue_family};
    VkCommandBufferAllocateInfo buffer = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                          .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                          .commandBufferCount = 1};
    gpu->create_pool = (PFN_vkCreateCommandPool)of_device(device, "vkCreateCommandPool");
    gpu->destroy_pool = (PFN_vkDestroyCommandPool)of_device(device, "vkDestroyCommandPool");
    gpu->allocate = (PFN_vkAllocateCommandBuffers)of_device(device, "vkAllocateCommandBuffers");
    gpu->begin = (PFN_vkBeginCommandBuffer)of_device(device, "vkBeginCommandBuffer");
    gpu->end = (PFN_vkEndCommandBuffer)of_device(device, "vkEndCommandBuffer");
    gpu->barrier = (PFN_vkCmdPipelineBarrier)of_device(device, "vkCmdPipelineBarrier");
    gpu->copy = (PFN_vkCmdCopyImage)of_device(device, "vkCmdCopyImage");
    gpu->clear = (PFN_vkCmdClearColorImage)of_device(device, "vkCmdClearColorImage");
    if (gpu->create_pool(device, &pool, NULL, &gpu->pool) != VK_SUCCESS) return 0;
    buffer.commandPool = gpu->pool;
    if (gpu->allocate(device, &buffer, &gpu->commands) != VK_SUCCESS) {
        gpu->destroy_pool(device, gpu->pool, NULL);
        return 0;
    }
    gpu->device = device;
    gpu->moment = 0;
    return 1;
}

/* From what was done before to the transfers, or from them to what comes after. */
static void order(const gpu_node* gpu, int before, VkImage fresh) {
    const VkMemoryBarrier all = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
        .srcAccessMask = before ? VK_ACCESS_MEMORY_WRITE_BIT : VK_ACCESS_TRANSFER_WRITE_BIT,
        .dstAccessMask = before ? VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT
                                : VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT};
    const VkImageMemoryBarrier layout = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
                                         .dstAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
                                         .oldLayout = VK_IMAGE_LAYOUT_UNDEFINED,
                                         .newLayout = VK_IMAGE_LAYOUT_GENERAL,
                                         .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                                         .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                                         .image = fresh,
                                         .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    gpu->barrier(gpu->commands, before ? VK_PIPELINE_STAGE_ALL_COMMANDS_BIT : VK_PIPELINE_STAGE_TRANSFER_BIT,
                 before ? VK_PIPELINE_STAGE_TRANSFER_BIT : VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 1, &all, 0,
                 NULL, before ? 1 : 0, &layout);
}

static void copy_half(const gpu_node* gpu, VkImage from, VkImage to, int from_x, int to_x, uint32_t width,
                      uint32_t height) {
    const VkImageSubresourceLayers layer = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    const VkImageCopy region = {layer, {from_x, 0, 0}, layer, {to_x, 0, 0}, {width, height, 1}};
    gpu->copy(gpu->commands, from, VK_IMAGE_LAYOUT_GENERAL, to, VK_IMAGE_LAYOUT_GENERAL, 1, &region);
}

static int process(void* node, const gan_node_host* host, const gan_node_tick* tick) {
    gpu_node* gpu = (gpu_node*)node;
    const int mistake = (int)host->param(host, 0);
    gan_node_gpu there = {.abi = GAN_NODE_ABI, .size = sizeof there};
    gan_node_gpu_image from = {.abi = GAN_NODE_ABI, .size = sizeof from};
    gan_node_gpu_image to = {.abi = GAN_NODE_ABI, .size = sizeof to};
    const VkCommandBufferBeginInfo once = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                           .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
    int result;
    (void)tick;
    if (mistake == 2) return host->gpu_image(host, 0, &from); /* before gpu() */
    result = host->gpu(host, &there);
    if (result == GAN_NODE_ERROR_UNSUPPORTED)
        return host->fail(host, "test.gpu needs a GPU, and there is none");
    if (result != GAN_NODE_OK) return result;
    if (mistake == 3) return host->gpu_submit(host, NULL, NULL);
    if (gpu->device == VK_NULL_HANDLE && !make(gpu, &there))
        return host->fail(host, "no commands can be recorded");
    if (host->gpu_image(host, 0, &from) != GAN_NODE_OK) return GAN_NODE_FAILED;
    to.width = from.width == 0 ? 8 : from.width;
    to.height = from.height == 0 ? 8 : from.height;
    to.channels = from.channels == 0 ? 4 : from.channels;
    to.data = from.width == 0 ? 1 : from.data;
    if (host->new_gpu_image(host, 0, &to) != GAN_NODE_OK) return GAN_NODE_FAILED;
    if (mistake == 1) return GAN_NODE_OK;
    if (host->gpu_wait(host, gpu->moment) != GAN_NODE_OK)
        return host->fail(host, "the GPU does not come to an end");
    if (gpu->begin(gpu->commands, &once) != VK_SUCCESS)
        return host->fail(host, "no commands can be recorded");
    order(gpu, 1, (VkImage)to.image);
    if (from.width == 0) {
        const VkClearColorValue colour = {{0.25f, 0.5f, 0.75f, 1}};
        const VkImageSubresourceRange all = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
        gpu->clear(gpu->commands, (VkImage)to.image, VK_IMAGE_LAYOUT_GENERAL, &colour, 1, &all);
    } else {
        const uint32_t half = from.width / 2;
        copy_half(gpu, (VkImage)from.image, (VkImage)to.image, 0, (int)(from.width - half), half,
                  from.height);
        copy_half(gpu, (VkImage)from.image, (VkImage)to.image, (int)half, 0, from.width - half, from.height);
    }
    order(gpu, 0, VK_NULL_HANDLE);
    if (gpu->end(gpu->commands) != VK_SUCCESS) return host->fail(host, "no commands can be recorded");
    return host->gpu_submit(host, gpu->commands, &gpu->moment);
}

static const gan_node_type type = {.abi = GAN_NODE_ABI,
                                   .size = sizeof(gan_node_type),
                                   .id = "test.gpu",
                                   .name = "Halves",
                                   .description = "For tests",
                                   .version = 1,
                                   .inputs = inputs,
                                   .outputs = outputs,
                                   .params = params,
                                   .input_count = COUNT(inputs),
                                   .output_count = COUNT(outputs),
                                   .param_count = COUNT(params),
                                   .port_size = sizeof(gan_node_port),
                                   .param_size = sizeof(gan_node_param),
                                   .create = create,
                                   .destroy = destroy,
                                   .process = process,
                                   .release_gpu = release_gpu};
static const gan_node_type* const types[] = {&type};
LIBRARY(types);
