/* As an engine with Vulkan would: the picture stays on the GPU that made it, and is used there.
 *
 *     vulkan_host [--frames 60] [--size 512] [--gpu NAME] [--out FILE.ppm] [PATCH]
 *     vulkan_host --window ...       shows the patch in time, where this was built with GLFW; no host copy
 *
 * Without a window, every frame is copied to the host to be looked at, and the last one is written: that runs
 * on a software driver, too. Without PATCH, the first one that comes with Ganymede. */
#include "vulkan_host.h"

#include <string.h>

static VkBuffer host_buffer(const Host* host, VkDeviceSize size, VkDeviceMemory* memory, uint8_t** bytes) {
    const VkBufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
                                     .size = size,
                                     .usage = VK_BUFFER_USAGE_TRANSFER_DST_BIT};
    VkBuffer buffer;
    check(vkCreateBuffer(host->device, &info, NULL, &buffer), "make a buffer");
    VkMemoryRequirements needs;
    vkGetBufferMemoryRequirements(host->device, buffer, &needs);
    VkPhysicalDeviceMemoryProperties there;
    vkGetPhysicalDeviceMemoryProperties(host->gpu, &there);
    const VkMemoryPropertyFlags wanted =
        VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    uint32_t type = 0; /* Vulkan promises one such type */
    while ((needs.memoryTypeBits >> type & 1) == 0 ||
           (there.memoryTypes[type].propertyFlags & wanted) != wanted)
        ++type;
    const VkMemoryAllocateInfo allocation = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                                             .allocationSize = needs.size,
                                             .memoryTypeIndex = type};
    check(vkAllocateMemory(host->device, &allocation, NULL, memory), "find memory");
    check(vkBindBufferMemory(host->device, buffer, *memory, 0), "bind memory");
    check(vkMapMemory(host->device, *memory, 0, VK_WHOLE_SIZE, 0, (void**)bytes), "map memory");
    return buffer;
}

static int one_colour(const uint8_t* pixels, size_t bytes) {
    return memcmp(pixels, pixels + 4, bytes - 4) == 0;
}

static int look_at_frames(const Host* host, int frames, const char* file) {
    const size_t bytes = (size_t)host->shared.width * host->shared.height * 4;
    VkDeviceMemory memory;
    uint8_t* pixels = NULL;
    const VkBuffer buffer = host_buffer(host, bytes, &memory, &pixels);
    uint8_t* before = calloc(1, bytes);
    if (before == NULL) return failed(host->patch, "no memory", GAN_ERROR_MEMORY);
    int changes = 0;
    const double start = seconds();
    for (int tick = 0; tick < frames; ++tick) {
        uint64_t moment = 0;
        const int result = gan_render_image(host->patch, tick, &moment);
        if (result != GAN_OK) return failed(host->patch, "there is no picture", result);
        begin(host);
        const VkBufferImageCopy all = {
            .imageSubresource = {.aspectMask = VK_IMAGE_ASPECT_COLOR_BIT, .layerCount = 1},
            .imageExtent = {host->shared.width, host->shared.height, 1}};
        vkCmdCopyImageToBuffer(host->commands, host->image, VK_IMAGE_LAYOUT_GENERAL, buffer, 1, &all);
        const VkMemoryBarrier read = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                      .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
                                      .dstAccessMask = VK_ACCESS_HOST_READ_BIT};
        vkCmdPipelineBarrier(host->commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 1,
                             &read, 0, NULL, 0, NULL);
        submit(host, moment, VK_NULL_HANDLE, VK_NULL_HANDLE);
        finish(host);
        changes += memcmp(before, pixels, bytes) != 0;
        memcpy(before, pixels, bytes);
    }
    const double took = seconds() - start;
    printf("%d frames of %ux%u in %.2f s, %d of them new; %s\n", frames, host->shared.width,
           host->shared.height, took, changes,
           host->ready != VK_NULL_HANDLE ? "the GPU waits for pictures" : "the library waits for pictures");
    int fault = 0;
    if (one_colour(before, bytes)) {
        fprintf(stderr, "the last frame is of one colour: no picture came over\n");
        fault = 1;
    } else if (file != NULL && !write_ppm(file, before, host->shared.width, host->shared.height)) {
        fprintf(stderr, "%s cannot be written\n", file);
        fault = 1;
    }
    free(before);
    vkDestroyBuffer(host->device, buffer, NULL);
    vkFreeMemory(host->device, memory, NULL);
    return fault;
}

int main(int argc, char** argv) {
    gan_open_options options = {.abi = GAN_ABI, .size = sizeof options};
    uint32_t size = 512;
    int frames = 0, window = 0;
    const char* file = NULL;
    for (int i = 1; i < argc; ++i) {
        const int more = i + 1 < argc;
        if (strcmp(argv[i], "--window") == 0)
            window = 1;
        else if (more && strcmp(argv[i], "--frames") == 0)
            frames = atoi(argv[++i]);
        else if (more && strcmp(argv[i], "--size") == 0)
            size = (uint32_t)atoi(argv[++i]);
        else if (more && strcmp(argv[i], "--gpu") == 0)
            options.gpu = argv[++i];
        else if (more && strcmp(argv[i], "--out") == 0)
            file = argv[++i];
        else
            options.path = argv[i];
    }

    Host host = {0};
    int result = gan_open(&options, &host.patch);
    if (result == GAN_OK) result = gan_wait(host.patch, -1);
    if (result != GAN_OK) return failed(host.patch, "the patch cannot be opened", result);
    host.shared = (gan_gpu_image){
        .abi = GAN_ABI, .size = sizeof host.shared, .width = size, .height = size, .format = GAN_RGBA8};
    result = gan_export_image(host.patch, &host.shared);
    if (result != GAN_OK) return failed(host.patch, "no image can be shared here", result);

    const char** extensions = NULL;
    uint32_t count = 0;
    if (window) {
#ifdef WINDOWS
        extensions = open_window(&host, &count);
#else
        stop("this was built without GLFW, and shows no windows");
#endif
    }
    open_host(&host, extensions, count, window);
    int fault = 0;
    if (!window) fault = look_at_frames(&host, frames > 0 ? frames : 60, file);
#ifdef WINDOWS
    if (window) fault = show_frames(&host, frames);
#endif
    close_host(&host);
#ifdef WINDOWS
    if (window) close_window();
#endif
    gan_close(host.patch);
    return fault;
}
