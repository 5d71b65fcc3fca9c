#include "nodes/builtin.h"

#include <cmath>

namespace gan {
namespace {

/// A critically damped spring, stepped exactly: with distance d, speed v and w = 2 / time,
///     d' = (d + (v + w d) dt) exp(-w dt),   v' = (v - w (v + w d) dt) exp(-w dt)
/// so that the result does not depend on the tick rate.
class Smooth final : public Node {
public:
    Input<double> in{*this, "value", "Any number"};
    Number time{*this, "time", "To come most of the way", {.value = 0.5, .min = 0, .max = 60, .unit = "s"}};
    Output<double> out{*this, "value", "Follows without jumps and without overshoot"};

    void process(const Tick& tick) override {
        if (!started_ || time <= 0) {
            started_ = true;
            at_ = *in;
            speed_ = 0;
        } else {
            const double w = 2 / time;
            const double dt = 1 / tick.rate;
            const double d = at_ - *in;
            const double push = speed_ + w * d;
            const double decay = std::exp(-w * dt);
            at_ = *in + (d + push * dt) * decay;
            speed_ = (speed_ - w * push * dt) * decay;
        }
        out = at_;
    }
    void reset() override { started_ = false; }

private:
    bool started_ = false;
    double at_ = 0;
    double speed_ = 0;  // a second
};

}  // namespace

NodeType smooth() {
    NodeType type =
        node_type<Smooth>("control.smooth", "Smooth", "Follows a number without jumps", {.stateful = true});
    type.aliases = {"lag", "slew", "ease"};
    return type;
}

}  // namespace gan
