#include "nodes/builtin.h"

namespace gan {
namespace {

class Switch final : public Node {
public:
    Number which{
        *this, "which", "Input that passes, from 1", {.value = 1, .min = 1, .max = 4, .whole = true}};
    Input<double> in1{*this, "1", "First number", Need::Optional};
    Input<double> in2{*this, "2", "Second number", Need::Optional};
    Input<double> in3{*this, "3", "Third number", Need::Optional};
    Input<double> in4{*this, "4", "Fourth number", Need::Optional};
    Output<double> out{*this, "value", "The chosen number; 0 where nothing is linked"};

    void process(const Tick&) override {
        const Input<double>* inputs[] = {&in1, &in2, &in3, &in4};
        const Input<double>& chosen = *inputs[which.whole() - 1];
        out = chosen.linked() ? *chosen : 0.0;
    }
};

}  // namespace

NodeType switch_node() {
    return node_type<Switch>("control.switch", "Switch", "Passes one of four numbers");
}

}  // namespace gan
