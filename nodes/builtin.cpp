#include "nodes/builtin.h"

namespace gan {

#define NODE(function) NodeType function();
#include "nodes/list.inc"
#undef NODE

const NodeTypes& builtin_nodes() {
    static const NodeTypes types({
#define NODE(function) function(),
#include "nodes/list.inc"
#undef NODE
    });
    return types;
}

}  // namespace gan
