#include "nodes/builtin.h"

namespace gan {
namespace {

class Delay final : public Node {
public:
    Input<double> in{*this, "value", "Any number; may come from what this node drives", Need::Optional};
    Number start{
        *this, "start", "Before anything has come in", {.value = 0, .min = -1e6, .max = 1e6, .setup = true}};
    Output<double> out{*this, "value", "The number of the tick before"};

    void process(const Tick&) override { out = started_ ? kept_ : static_cast<double>(start); }
    void latch(const Tick&) override {
        if (!in.linked() || !in.source()->error().empty()) return;
        started_ = true;
        kept_ = *in;
    }
    void reset() override { started_ = false; }

private:
    bool started_ = false;
    double kept_ = 0;
};

}  // namespace

NodeType delay() {
    NodeType type = node_type<Delay>("control.delay", "Delay", "One tick later; the way to close a loop",
                                     {.feedback = true});
    type.aliases = {"feedback"};
    return type;
}

}  // namespace gan
