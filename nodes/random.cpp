#include "nodes/builtin.h"
#include "nodes/clock.h"

namespace gan {
namespace {

/// A new number every period: a function of seed and count, so a seek finds the same numbers.
class Random final : public Node {
public:
    Number seed{*this, "seed", "Which numbers", {.value = 1, .min = 0, .max = 1e9, .whole = true}};
    Number period{*this,
                  "period",
                  "How long each stays",
                  {.value = 1, .min = 0.01, .max = 4096, .curve = Curve::Log, .setup = true}};
    Choice<Clock> unit{*this, "unit", "Of the period", clock_names, Clock::Beats, true};
    Number low{*this, "low", "Least value", {.value = 0, .min = -1e6, .max = 1e6}};
    Number high{*this, "high", "Greatest value", {.value = 1, .min = -1e6, .max = 1e6}};
    Output<double> out{*this, "value", "Even over the range"};

    void process(const Tick& tick) override {
        const auto count = static_cast<uint64_t>(cycle_at(tick, period, unit).count);
        out = low + (high - low) * random_unit(static_cast<uint64_t>(seed.whole()), count);
    }
};

}  // namespace

NodeType random_node() {
    return node_type<Random>("control.random", "Random", "A new random number every beat", {.timed = true});
}

}  // namespace gan
