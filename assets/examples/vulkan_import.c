/* The library's image, semaphore and GPU in a Vulkan of one's own. */
#define _POSIX_C_SOURCE 199309L /* clock_gettime() */
#include "vulkan_host.h"

#include <string.h>
#include <time.h>

double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void open_instance(Host* host, const char** extensions, uint32_t count) {
    const VkApplicationInfo application = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
                                           .pApplicationName = "vulkan_host",
                                           .apiVersion = VK_API_VERSION_1_2};
    const VkInstanceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
                                       .pApplicationInfo = &application,
                                       .enabledExtensionCount = count,
                                       .ppEnabledExtensionNames = extensions};
    check(vkCreateInstance(&info, NULL, &host->instance), "be opened");
}

static int is_ours(VkPhysicalDevice gpu, const gan_gpu_image* shared) {
    VkPhysicalDeviceIDProperties id = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES};
    VkPhysicalDeviceProperties2 properties = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
                                              .pNext = &id};
    vkGetPhysicalDeviceProperties2(gpu, &properties);
    return memcmp(id.deviceUUID, shared->device, VK_UUID_SIZE) == 0 &&
           memcmp(id.driverUUID, shared->driver, VK_UUID_SIZE) == 0;
}

static void choose_gpu(Host* host) {
    VkPhysicalDevice gpus[16];
    uint32_t count = 16;
    check(vkEnumeratePhysicalDevices(host->instance, &count, gpus), "list the GPUs");
    for (uint32_t i = 0; i < count && host->gpu == VK_NULL_HANDLE; ++i)
        if (is_ours(gpus[i], &host->shared)) host->gpu = gpus[i];
    if (host->gpu == VK_NULL_HANDLE) stop("the GPU that the library uses is not among this program's");
    VkQueueFamilyProperties families[16];
    count = 16;
    vkGetPhysicalDeviceQueueFamilyProperties(host->gpu, &count, families);
    for (host->family = 0; host->family < count; ++host->family)
        if ((families[host->family].queueFlags & VK_QUEUE_GRAPHICS_BIT) != 0) return;
    stop("the GPU does not draw");
}

static void open_device(Host* host, int window) {
    const char* extensions[3] = {VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME};
    uint32_t count = 1;
    if (host->shared.ready >= 0) extensions[count++] = VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME;
    if (window) extensions[count++] = VK_KHR_SWAPCHAIN_EXTENSION_NAME;
    const VkPhysicalDeviceTimelineSemaphoreFeatures timeline = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES, .timelineSemaphore = VK_TRUE};
    const float priority = 1;
    const VkDeviceQueueCreateInfo queue = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
                                           .queueFamilyIndex = host->family,
                                           .queueCount = 1,
                                           .pQueuePriorities = &priority};
    const VkDeviceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                                     .pNext = &timeline,
                                     .queueCreateInfoCount = 1,
                                     .pQueueCreateInfos = &queue,
                                     .enabledExtensionCount = count,
                                     .ppEnabledExtensionNames = extensions};
    check(vkCreateDevice(host->gpu, &info, NULL, &host->device), "open the GPU");
    vkGetDeviceQueue(host->device, host->family, 0, &host->queue);

    const VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                          .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
                                          .queueFamilyIndex = host->family};
    check(vkCreateCommandPool(host->device, &pool, NULL, &host->pool), "make commands");
    const VkCommandBufferAllocateInfo commands = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                                  .commandPool = host->pool,
                                                  .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                                  .commandBufferCount = 1};
    check(vkAllocateCommandBuffers(host->device, &commands, &host->commands), "make commands");
    const VkFenceCreateInfo fence = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    check(vkCreateFence(host->device, &fence, NULL, &host->done), "make a fence");
}

/* ---- The library's image and semaphore ---- */

static void import_image(Host* host) {
    const VkExternalMemoryImageCreateInfo external = {
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO,
        .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
    const VkImageCreateInfo info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
                                    .pNext = &external,
                                    .imageType = VK_IMAGE_TYPE_2D,
                                    .format = VK_FORMAT_R8G8B8A8_UNORM, /* of GAN_RGBA8 */
                                    .extent = {host->shared.width, host->shared.height, 1},
                                    .mipLevels = 1,
                                    .arrayLayers = 1,
                                    .samples = VK_SAMPLE_COUNT_1_BIT,
                                    .tiling = VK_IMAGE_TILING_OPTIMAL,
                                    .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT |
                                             VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_SAMPLED_BIT |
                                             VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT};
    check(vkCreateImage(host->device, &info, NULL, &host->image), "make the image");
    const VkMemoryDedicatedAllocateInfo dedicated = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO, .image = host->image};
    const VkImportMemoryFdInfoKHR import = {.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR,
                                            .pNext = &dedicated,
                                            .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT,
                                            .fd = host->shared.memory}; /* which is Vulkan's from here on */
    const VkMemoryAllocateInfo memory = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                                         .pNext = &import,
                                         .allocationSize = host->shared.memory_size,
                                         .memoryTypeIndex = host->shared.memory_type};
    check(vkAllocateMemory(host->device, &memory, NULL, &host->memory), "import the image's memory");
    check(vkBindImageMemory(host->device, host->image, host->memory, 0), "bind the image's memory");
}

static void import_semaphore(Host* host) {
    if (host->shared.ready < 0) return;
    const VkSemaphoreTypeCreateInfo timeline = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
                                                .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE};
    const VkSemaphoreCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &timeline};
    check(vkCreateSemaphore(host->device, &info, NULL, &host->ready), "make a semaphore");
    const PFN_vkImportSemaphoreFdKHR import =
        (PFN_vkImportSemaphoreFdKHR)vkGetDeviceProcAddr(host->device, "vkImportSemaphoreFdKHR");
    const VkImportSemaphoreFdInfoKHR from = {.sType = VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_FD_INFO_KHR,
                                             .semaphore = host->ready,
                                             .handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT,
                                             .fd = host->shared.ready};
    check(import(host->device, &from), "import the semaphore");
}

/* The image comes from the library, or goes back to it. */
static void hand_over(const Host* host, int comes) {
    const VkImageMemoryBarrier barrier = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
        .dstAccessMask = comes ? VK_ACCESS_TRANSFER_READ_BIT : 0,
        .oldLayout = VK_IMAGE_LAYOUT_GENERAL,
        .newLayout = VK_IMAGE_LAYOUT_GENERAL,
        .srcQueueFamilyIndex = comes ? VK_QUEUE_FAMILY_EXTERNAL : host->family,
        .dstQueueFamilyIndex = comes ? host->family : VK_QUEUE_FAMILY_EXTERNAL,
        .image = host->image,
        .subresourceRange = {.aspectMask = VK_IMAGE_ASPECT_COLOR_BIT, .levelCount = 1, .layerCount = 1}};
    vkCmdPipelineBarrier(host->commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 0,
                         NULL, 0, NULL, 1, &barrier);
}

void begin(const Host* host) {
    const VkCommandBufferBeginInfo info = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                           .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
    check(vkBeginCommandBuffer(host->commands, &info), "record");
    hand_over(host, 1);
}

/* Runs what was recorded: once the picture is there (`moment`), and `acquired` when it is given; then raises
 * `drawn`. */
void submit(const Host* host, uint64_t moment, VkSemaphore acquired, VkSemaphore drawn) {
    hand_over(host, 0);
    check(vkEndCommandBuffer(host->commands), "record");
    VkSemaphore waits[2];
    uint64_t moments[2];
    const VkPipelineStageFlags stages[2] = {VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT};
    uint32_t count = 0;
    if (host->ready != VK_NULL_HANDLE) {
        moments[count] = moment;
        waits[count++] = host->ready;
    }
    if (acquired != VK_NULL_HANDLE) {
        moments[count] = 0;
        waits[count++] = acquired;
    }
    const VkTimelineSemaphoreSubmitInfo timeline = {.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO,
                                                    .waitSemaphoreValueCount = count,
                                                    .pWaitSemaphoreValues = moments};
    const VkSubmitInfo info = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
                               .pNext = &timeline,
                               .waitSemaphoreCount = count,
                               .pWaitSemaphores = waits,
                               .pWaitDstStageMask = stages,
                               .commandBufferCount = 1,
                               .pCommandBuffers = &host->commands,
                               .signalSemaphoreCount = drawn != VK_NULL_HANDLE ? 1 : 0,
                               .pSignalSemaphores = &drawn};
    check(vkQueueSubmit(host->queue, 1, &info, host->done), "work");
}

/* The library may write the image again. */
void finish(const Host* host) {
    check(vkWaitForFences(host->device, 1, &host->done, VK_TRUE, UINT64_MAX), "finish");
    check(vkResetFences(host->device, 1, &host->done), "finish");
}

void open_host(Host* host, const char** extensions, uint32_t count, int window) {
    open_instance(host, extensions, count);
    choose_gpu(host);
    open_device(host, window);
    import_image(host);
    import_semaphore(host);
}

void close_host(Host* host) {
    vkDestroySemaphore(host->device, host->ready, NULL);
    vkDestroyImage(host->device, host->image, NULL);
    vkFreeMemory(host->device, host->memory, NULL);
    vkDestroyFence(host->device, host->done, NULL);
    vkDestroyCommandPool(host->device, host->pool, NULL);
    vkDestroyDevice(host->device, NULL);
    vkDestroyInstance(host->instance, NULL);
}
