#include "nodes/builtin.h"
#include "nodes/clock.h"

#include <cmath>
#include <numbers>

namespace gan {
namespace {

enum class Shape { Sine, Triangle, Saw, Square, Random };

/// Swings between two numbers. The period is set up once and the phase is the modulation input, so that the
/// value is a function of the tick and repeats exactly.
class Lfo final : public Node {
public:
    Choice<Shape> shape{
        *this, "shape", "Of the wave", {"sine", "triangle", "saw", "square", "random"}, Shape::Sine};
    Number length{*this,
                  "period",
                  "Length of one cycle",
                  {.value = 4, .min = 0.01, .max = 4096, .curve = Curve::Log, .setup = true}};
    Choice<Clock> unit{*this, "unit", "Of the period", clock_names, Clock::Beats, true};
    Number phase{*this,
                 "phase",
                 "Added to the place in the cycle",
                 {.value = 0, .min = -64, .max = 64, .unit = "cycles"}};
    Number low{*this, "low", "Least value", {.value = 0, .min = -1e6, .max = 1e6}};
    Number high{*this, "high", "Greatest value", {.value = 1, .min = -1e6, .max = 1e6}};
    Number seed{*this, "seed", "Which random values", {.value = 1, .min = 0, .max = 1e9, .whole = true}};
    Output<double> out{*this, "value", "The wave"};

    void process(const Tick& tick) override {
        out = low + (high - low) * wave(cycle_at(tick, length, unit, phase));
    }
    std::optional<double> period(const Tick& tick) const override {
        if (shape == Shape::Random) return std::nullopt;
        return ticks_of(tick, length, unit);
    }

private:
    /// In [0, 1]; all but Random start at the bottom.
    double wave(const Cycle& cycle) const {
        const double p = cycle.phase;
        switch (shape) {
            case Shape::Sine:
                return 0.5 - 0.5 * std::cos(2 * std::numbers::pi * p);
            case Shape::Triangle:
                return 1 - std::abs(2 * p - 1);
            case Shape::Saw:
                return p;
            case Shape::Square:
                return p < 0.5 ? 0 : 1;
            case Shape::Random:
                return random_unit(static_cast<uint64_t>(seed.whole()), static_cast<uint64_t>(cycle.count));
        }
        return 0;
    }
};

}  // namespace

NodeType lfo() {
    NodeType type =
        node_type<Lfo>("control.lfo", "LFO", "A wave that swings between two numbers", {.timed = true});
    type.aliases = {"oscillator", "wave", "sine"};
    return type;
}

}  // namespace gan
