// Throws what may not be thrown.
#include "runtime/abi/gan_node.h"

#include <stdexcept>

namespace {

const gan_node_port output = {"value", "Nothing", GAN_NODE_NUMBER, 0};

int process(void*, const gan_node_host* host, const gan_node_tick* tick) {
    if (tick->index == 0) throw std::runtime_error("no");
    if (tick->index == 1) throw 7;
    return host->set_number(host, 0, 1);
}

gan_node_type made() {
    gan_node_type type{};
    type.abi = GAN_NODE_ABI;
    type.size = sizeof type;
    type.id = "test.throws";
    type.name = "Throws";
    type.description = "For tests";
    type.version = 1;
    type.outputs = &output;
    type.output_count = 1;
    type.port_size = sizeof output;
    type.process = process;
    return type;
}

const gan_node_type type = made();
const gan_node_type* const types[] = {&type};

}  // namespace

const gan_node_entry gan_node_library = {GAN_NODE_ABI, sizeof(gan_node_entry), "Tests", "1.2.3", types, 1, 0};
