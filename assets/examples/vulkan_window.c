/* The picture in a window, by one blit on the GPU: nothing passes through the host's memory. */
#include "vulkan_host.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

static GLFWwindow* window; /* keeps its size */

const char** open_window(const Host* host, uint32_t* count) {
    if (!glfwInit() || !glfwVulkanSupported()) stop("there is no display here, or none for Vulkan");
    glfwWindowHint(GLFW_CLIENT_API, GLFW_NO_API);
    glfwWindowHint(GLFW_RESIZABLE, GLFW_FALSE);
    window = glfwCreateWindow((int)host->shared.width, (int)host->shared.height, "Ganymede", NULL, NULL);
    if (window == NULL) stop("no window can be opened");
    return glfwGetRequiredInstanceExtensions(count);
}

void close_window(void) {
    glfwTerminate();
}

static VkSwapchainKHR open_swapchain(const Host* host, VkSurfaceKHR surface, VkExtent2D* size) {
    VkBool32 presents = VK_FALSE;
    check(vkGetPhysicalDeviceSurfaceSupportKHR(host->gpu, host->family, surface, &presents),
          "ask the window");
    VkSurfaceCapabilitiesKHR can;
    check(vkGetPhysicalDeviceSurfaceCapabilitiesKHR(host->gpu, surface, &can), "ask the window");
    VkSurfaceFormatKHR formats[64];
    uint32_t count = 64;
    check(vkGetPhysicalDeviceSurfaceFormatsKHR(host->gpu, surface, &count, formats), "ask the window");
    if (!presents || (can.supportedUsageFlags & VK_IMAGE_USAGE_TRANSFER_DST_BIT) == 0 || count == 0)
        stop("the GPU does not show pictures in this window");
    VkSurfaceFormatKHR format = formats[0];
    for (uint32_t i = 0; i < count; ++i) /* the picture is encoded already */
        if (formats[i].format == VK_FORMAT_B8G8R8A8_UNORM || formats[i].format == VK_FORMAT_R8G8B8A8_UNORM)
            format = formats[i];
    *size = can.currentExtent.width != UINT32_MAX ? can.currentExtent
                                                  : (VkExtent2D){host->shared.width, host->shared.height};
    const VkSwapchainCreateInfoKHR info = {
        .sType = VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR,
        .surface = surface,
        .minImageCount = can.maxImageCount != 0 && can.maxImageCount <= can.minImageCount
                             ? can.minImageCount
                             : can.minImageCount + 1,
        .imageFormat = format.format,
        .imageColorSpace = format.colorSpace,
        .imageExtent = *size,
        .imageArrayLayers = 1,
        .imageUsage = VK_IMAGE_USAGE_TRANSFER_DST_BIT,
        .preTransform = can.currentTransform,
        .compositeAlpha = VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR,
        .presentMode = VK_PRESENT_MODE_FIFO_KHR,
        .clipped = VK_TRUE};
    VkSwapchainKHR swapchain;
    check(vkCreateSwapchainKHR(host->device, &info, NULL, &swapchain), "show pictures");
    return swapchain;
}

static void turn(const Host* host, VkImage image, VkImageLayout from, VkImageLayout to, VkAccessFlags before,
                 VkAccessFlags after) {
    const VkImageMemoryBarrier barrier = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
        .srcAccessMask = before,
        .dstAccessMask = after,
        .oldLayout = from,
        .newLayout = to,
        .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
        .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
        .image = image,
        .subresourceRange = {.aspectMask = VK_IMAGE_ASPECT_COLOR_BIT, .levelCount = 1, .layerCount = 1}};
    vkCmdPipelineBarrier(host->commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 0,
                         NULL, 0, NULL, 1, &barrier);
}

static VkSemaphore semaphore(const Host* host) {
    const VkSemaphoreCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
    VkSemaphore made;
    check(vkCreateSemaphore(host->device, &info, NULL, &made), "make a semaphore");
    return made;
}

static void stretch(const Host* host, VkImage target, VkExtent2D size) {
    turn(host, target, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 0,
         VK_ACCESS_TRANSFER_WRITE_BIT);
    const VkImageSubresourceLayers layer = {.aspectMask = VK_IMAGE_ASPECT_COLOR_BIT, .layerCount = 1};
    const VkImageBlit all = {
        .srcSubresource = layer,
        .srcOffsets = {{0, 0, 0}, {(int32_t)host->shared.width, (int32_t)host->shared.height, 1}},
        .dstSubresource = layer,
        .dstOffsets = {{0, 0, 0}, {(int32_t)size.width, (int32_t)size.height, 1}}};
    vkCmdBlitImage(host->commands, host->image, VK_IMAGE_LAYOUT_GENERAL, target,
                   VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &all, VK_FILTER_LINEAR);
    turn(host, target, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, VK_IMAGE_LAYOUT_PRESENT_SRC_KHR,
         VK_ACCESS_TRANSFER_WRITE_BIT, 0);
}

int show_frames(const Host* host, int frames) {
    VkSurfaceKHR surface;
    check(glfwCreateWindowSurface(host->instance, window, NULL, &surface), "draw into the window");
    VkExtent2D size;
    const VkSwapchainKHR swapchain = open_swapchain(host, surface, &size);
    VkImage images[16];
    uint32_t count = 16;
    check(vkGetSwapchainImagesKHR(host->device, swapchain, &count, images), "show pictures");
    VkSemaphore acquired = semaphore(host);
    VkSemaphore drawn[16];
    for (uint32_t i = 0; i < count; ++i) drawn[i] = semaphore(host);

    gan_patch_info info = {.abi = GAN_ABI, .size = sizeof info};
    int result = gan_info(host->patch, &info);
    const double start = seconds();
    int64_t shown = -1;
    int number = 0;
    while (result == GAN_OK && !glfwWindowShouldClose(window) && (frames == 0 || number < frames)) {
        const double rate = (double)info.rate_num / (double)info.rate_den;
        const int64_t tick = (int64_t)((seconds() - start) * rate);
        if (tick == shown) {
            glfwWaitEventsTimeout((double)(tick + 1) / rate - (seconds() - start) + 1e-4);
            continue;
        }
        glfwPollEvents();
        uint64_t moment = 0;
        result = gan_render_image(host->patch, tick, &moment);
        uint32_t index = 0;
        if (result != GAN_OK ||
            vkAcquireNextImageKHR(host->device, swapchain, UINT64_MAX, acquired, VK_NULL_HANDLE, &index) < 0)
            break;
        begin(host);
        stretch(host, images[index], size);
        submit(host, moment, acquired, drawn[index]);
        const VkPresentInfoKHR present = {.sType = VK_STRUCTURE_TYPE_PRESENT_INFO_KHR,
                                          .waitSemaphoreCount = 1,
                                          .pWaitSemaphores = &drawn[index],
                                          .swapchainCount = 1,
                                          .pSwapchains = &swapchain,
                                          .pImageIndices = &index};
        const VkResult gone = vkQueuePresentKHR(host->queue, &present);
        finish(host);
        if (gone < 0) break;
        shown = tick;
        ++number;
    }
    printf("%d frames shown in %.2f s, none of which this program copied to the host\n", number,
           seconds() - start);
    vkDeviceWaitIdle(host->device);
    for (uint32_t i = 0; i < count; ++i) vkDestroySemaphore(host->device, drawn[i], NULL);
    vkDestroySemaphore(host->device, acquired, NULL);
    vkDestroySwapchainKHR(host->device, swapchain, NULL);
    vkDestroySurfaceKHR(host->instance, surface, NULL);
    return result == GAN_OK ? 0 : failed(host->patch, "there is no picture", result);
}
