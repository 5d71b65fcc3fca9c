/* What an engine needs to use the library's picture where it lies: vulkan_import.c. */
#ifndef VULKAN_HOST_H
#define VULKAN_HOST_H

#include "common.h"

#include <vulkan/vulkan.h>

#include <stdlib.h>

typedef struct {
    gan_patch patch;
    gan_gpu_image shared;
    VkInstance instance;
    VkPhysicalDevice gpu;
    VkDevice device;
    uint32_t family;
    VkQueue queue;
    VkCommandPool pool;
    VkCommandBuffer commands;
    VkFence done;
    VkImage image; /* the library's, as this device sees it */
    VkDeviceMemory memory;
    VkSemaphore ready; /* the library's, too; null where the library waits instead */
} Host;

static inline void check(VkResult result, const char* what) {
    if (result >= 0) return;
    fprintf(stderr, "Vulkan could not %s (%d)\n", what, (int)result);
    exit(1);
}

static inline void stop(const char* why) {
    fprintf(stderr, "%s\n", why);
    exit(1);
}

double seconds(void);

/* Opens Vulkan on the GPU that made `host->shared`, and imports its image and semaphore. `extensions`: of the
 * instance. */
void open_host(Host* host, const char** extensions, uint32_t count, int window);
void close_host(Host* host);

/* Each frame, after gan_render_image() gave `moment`: begin(), commands that read host->image, which is in
 * the layout GENERAL, submit(), and finish() before the next picture is rendered. `acquired` is waited for,
 * too, and `drawn` raised at the end; each may be null. */
void begin(const Host* host);
void submit(const Host* host, uint64_t moment, VkSemaphore acquired, VkSemaphore drawn);
void finish(const Host* host);

#ifdef WINDOWS
/* Opens a window; returns the extensions that it needs. */
const char** open_window(const Host* host, uint32_t* count);
/* Shows the patch in time until the window is closed, or so many frames were shown (0: any number). */
int show_frames(const Host* host, int frames);
void close_window(void);
#endif

#endif
