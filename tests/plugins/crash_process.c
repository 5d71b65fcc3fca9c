/* test.crash gives a grey picture, or ends the program. */
#include "tests/plugins/plugin.h"

#include <signal.h>
#include <stdlib.h>

static const char* const ways[] = {"not", "signal", "exit", NULL};
static const gan_node_port outputs[] = {{.name = "image", .description = "Grey", .type = GAN_NODE_IMAGE}};
static const gan_node_param params[] = {
    {.name = "crash", .description = "In which way", .kind = GAN_NODE_PARAM_CHOICE, .choices = ways}};

static int process(void* node, const gan_node_host* host, const gan_node_tick* tick) {
    const gan_node_image shape = {
        .abi = GAN_NODE_ABI, .size = sizeof shape, .width = 16, .height = 16, .channels = 3};
    const double way = host->param(host, 0);
    float* pixels;
    int i;
    (void)node;
    (void)tick;
    if (way == 1) raise(SIGSEGV);
    if (way == 2) exit(0);
    pixels = host->new_image(host, 0, &shape);
    if (pixels == NULL) return GAN_NODE_FAILED;
    for (i = 0; i < 16 * 16 * 3; ++i) pixels[i] = 0.5f;
    return GAN_NODE_OK;
}

static const gan_node_type type = {.abi = GAN_NODE_ABI,
                                   .size = sizeof(gan_node_type),
                                   .id = "test.crash",
                                   .name = "Crash",
                                   .description = "For tests",
                                   .version = 1,
                                   .outputs = outputs,
                                   .params = params,
                                   .output_count = COUNT(outputs),
                                   .param_count = COUNT(params),
                                   .port_size = sizeof(gan_node_port),
                                   .param_size = sizeof(gan_node_param),
                                   .process = process};
static const gan_node_type* const types[] = {&type};
LIBRARY(types);
