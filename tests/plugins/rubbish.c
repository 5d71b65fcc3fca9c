/* A library with one thing wrong, which RUBBISH says. */
#include "tests/plugins/plugin.h"

#include <math.h>

static const char* const none[] = {NULL};
static const char* const twice[] = {"red", "red", NULL};

static const gan_node_port inputs[] = {
    {.name = RUBBISH == 1   ? NULL
             : RUBBISH == 2 ? "9 lives"
             : RUBBISH == 3 ? "a.b"
             : RUBBISH == 4 ? "\xff\xfe"
                            : "value",
     .description = RUBBISH == 5   ? ""
                    : RUBBISH == 6 ? "two\nlines"
                                   : "A number",
     .type = RUBBISH == 7 ? 99 : GAN_NODE_NUMBER},
    {.name = RUBBISH == 8 ? "value" : "other", .description = "Another", .type = GAN_NODE_NUMBER},
};
static const gan_node_port outputs[] = {
    {.name = "value", .description = "A number", .type = GAN_NODE_NUMBER}};
static const gan_node_param params[] = {
    {.name = RUBBISH == 9 ? "other" : "amount",
     .description = "A number",
     .kind = RUBBISH == 10 ? 99 : GAN_NODE_PARAM_NUMBER,
     .flags = RUBBISH == 11 ? GAN_NODE_PARAM_LOG : 0,
     .value = RUBBISH == 12 ? 5 : 0,
     .min = RUBBISH == 13 ? (double)-INFINITY : 0,
     .max = 1,
     .unit = RUBBISH == 14 ? "\xff" : "s"},
    {.name = "colour",
     .description = "A choice",
     .kind = GAN_NODE_PARAM_CHOICE,
     .value = RUBBISH == 15 ? 0.5 : 0,
     .choices = RUBBISH == 16 ? none : twice + (RUBBISH == 17 ? 0 : 1)},
};

static int process(void* node, const gan_node_host* host, const gan_node_tick* tick) {
    (void)node;
    (void)tick;
    return host->set_number(host, 0, 0);
}
static int create(const gan_node_host* host, void** node) {
    (void)host;
    (void)node;
    return GAN_NODE_OK;
}
static int save(void* node, const gan_node_host* host) {
    (void)node;
    (void)host;
    return GAN_NODE_OK;
}

static const gan_node_type type = {
    .abi = RUBBISH == 18 ? GAN_NODE_ABI + 1 : GAN_NODE_ABI,
    .size = RUBBISH == 19 ? 16 : sizeof(gan_node_type),
    .id = RUBBISH == 20   ? NULL
          : RUBBISH == 21 ? "Test Rubbish"
          : RUBBISH == 22 ? "control.lfo"
          : RUBBISH == 23 ? "test.scale"
                          : "test.rubbish",
    .name = RUBBISH == 24 ? NULL : "Rubbish",
    .description = "For tests",
    .version = RUBBISH == 25 ? 0 : 1,
    .traits = RUBBISH == 26 ? GAN_NODE_STATEFUL : 0,
    .inputs = RUBBISH == 27 ? NULL : inputs,
    .outputs = outputs,
    .params = params,
    .input_count = RUBBISH == 28 ? 1u << 30 : COUNT(inputs),
    .output_count = RUBBISH == 29 ? 0 : COUNT(outputs),
    .param_count = COUNT(params),
    .port_size = RUBBISH == 30 ? 3 : sizeof(gan_node_port),
    .param_size = sizeof(gan_node_param),
    .create = RUBBISH == 31 ? create : NULL,
    .process = RUBBISH == 32 ? NULL : process,
    .save = RUBBISH == 33 ? save : NULL,
};
static const gan_node_type* const types[] = {RUBBISH == 34 ? NULL : &type, &type};

const gan_node_entry gan_node_library = {
    .abi = RUBBISH == 35   ? GAN_NODE_ABI + 1
           : RUBBISH == 36 ? 0
                           : GAN_NODE_ABI,
    .size = RUBBISH == 37 ? 8 : sizeof(gan_node_entry),
    .vendor = RUBBISH == 38 ? NULL : "Tests",
    .version = RUBBISH == 39 ? "" : "1.2.3",
    .types = RUBBISH == 40 ? NULL : types,
    .count = RUBBISH == 41   ? 0
             : RUBBISH == 42 ? 2
             : RUBBISH == 43 ? 1u << 31
                             : 1,
};
