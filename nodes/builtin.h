#pragma once

#include "runtime/graph/node.h"

namespace gan {

/// Every kind of node that comes with Ganymede. To add one, write a file beside this one, and its line here
/// and in builtin.cpp.
const NodeTypes& builtin_nodes();

NodeType model_load();
NodeType sampler();
NodeType truncation();
NodeType walk();
NodeType circle();
NodeType latent_mix();
NodeType chunk_mix();
NodeType class_embed();
NodeType class_mix();
NodeType class_walk();
NodeType generator();
NodeType constant();
NodeType time_node();
NodeType tempo();
NodeType lfo();
NodeType map_range();
NodeType smooth();
NodeType random_node();
NodeType switch_node();
NodeType delay();
NodeType image_output();

}  // namespace gan
