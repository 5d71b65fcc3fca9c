/* What the test libraries share: gan_node.h alone, and shorthands for its tables. */
#ifndef TEST_PLUGIN_H
#define TEST_PLUGIN_H

#include "runtime/abi/gan_node.h"

#include <stddef.h>

#define COUNT(list) ((uint32_t)(sizeof(list) / sizeof(*(list))))

/* The fields that every type has: its ports and parameters in `prefix`_inputs, _outputs and _params. */
#define TYPE(type_id, type_name, prefix)                                                              \
    .abi = GAN_NODE_ABI, .size = sizeof(gan_node_type), .id = (type_id), .name = (type_name),         \
    .description = "For tests", .version = 1, .inputs = prefix##_inputs, .outputs = prefix##_outputs, \
    .params = prefix##_params, .input_count = COUNT(prefix##_inputs),                                 \
    .output_count = COUNT(prefix##_outputs), .param_count = COUNT(prefix##_params),                   \
    .port_size = sizeof(gan_node_port), .param_size = sizeof(gan_node_param)

#define LIBRARY(list)                                                        \
    const gan_node_entry gan_node_library = {.abi = GAN_NODE_ABI,            \
                                             .size = sizeof(gan_node_entry), \
                                             .vendor = "Tests",              \
                                             .version = "1.2.3",             \
                                             .types = (list),                \
                                             .count = COUNT(list)}

#endif
