#include "nodes/builtin.h"

namespace gan {
namespace {

class Constant final : public Node {
public:
    Number value{*this, "value", "The number", {.value = 0, .min = -1e6, .max = 1e6}};
    Output<double> out{*this, "value", "The number"};
    void process(const Tick&) override { out = value; }
};

}  // namespace

NodeType constant() {
    return node_type<Constant>("control.constant", "Constant", "A number that can drive several parameters");
}

}  // namespace gan
