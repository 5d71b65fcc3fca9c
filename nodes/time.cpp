#include "nodes/builtin.h"

namespace gan {
namespace {

class Time final : public Node {
public:
    Output<double> seconds{*this, "seconds", "Since the start of the patch"};
    Output<double> ticks{*this, "ticks", "Since the start of the patch"};
    Output<double> beats{*this, "beats", "Since the start of the patch, at its tempo"};
    void process(const Tick& tick) override {
        seconds = tick.seconds();
        ticks = static_cast<double>(tick.index);
        beats = tick.beats();
    }
};

}  // namespace

NodeType time_node() {
    return node_type<Time>("control.time", "Time", "How long the patch has been playing", {.timed = true});
}

}  // namespace gan
