/* Writes on all streams when it is opened, and changes nothing by it. */
#include "tests/plugins/plugin.h"

#include <stdio.h>

__attribute__((constructor)) static void shout(void) {
    int i;
    for (i = 0; i < 10000; ++i) printf("{\"problem\": \"not mine\"}\n");
    fprintf(stderr, "and here\n");
    fflush(NULL);
}

static const gan_node_port ports[] = {{.name = "value", .description = "Nothing", .type = GAN_NODE_NUMBER}};

static int process(void* node, const gan_node_host* host, const gan_node_tick* tick) {
    (void)node;
    (void)tick;
    return host->set_number(host, 0, 0);
}

static const gan_node_type type = {.abi = GAN_NODE_ABI,
                                   .size = sizeof(gan_node_type),
                                   .id = "test.noisy",
                                   .name = "Noisy",
                                   .description = "For tests",
                                   .version = 1,
                                   .outputs = ports,
                                   .output_count = COUNT(ports),
                                   .port_size = sizeof(gan_node_port),
                                   .process = process};
static const gan_node_type* const types[] = {&type};
LIBRARY(types);
