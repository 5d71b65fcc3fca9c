/* Both headers in one source, as C99, C11, C++17 and C++20 (tests/CMakeLists.txt). */
#include "runtime/abi/gan.h"
#include "runtime/abi/gan_node.h"

#include <string.h>

int call_a_node(const gan_node_type* type, void* node, const gan_node_host* host, const gan_node_tick* tick);
int call_a_node(const gan_node_type* type, void* node, const gan_node_host* host, const gan_node_tick* tick) {
    gan_node_image image;
    gan_node_gpu gpu;
    gan_node_gpu_image picture;
    memset(&image, 0, sizeof image);
    memset(&gpu, 0, sizeof gpu);
    memset(&picture, 0, sizeof picture);
    image.abi = gpu.abi = picture.abi = GAN_NODE_ABI;
    image.size = (uint32_t)sizeof image;
    gpu.size = (uint32_t)sizeof gpu;
    picture.size = (uint32_t)sizeof picture;
    if (host->image(host, 0, &image) != GAN_NODE_OK || host->gpu(host, &gpu) != GAN_NODE_OK)
        return GAN_NODE_FAILED;
    return host->gpu_image(host, 0, &picture) == GAN_NODE_OK ? type->process(node, host, tick)
                                                             : GAN_NODE_FAILED;
}
