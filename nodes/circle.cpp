#include "nodes/builtin.h"
#include "nodes/clock.h"
#include "runtime/model/latent.h"

#include <cmath>
#include <numbers>

namespace gan {
namespace {

/// cos(a) z1 + sin(a) z2: every point is unit normal, and the circle closes.
class Circle final : public Node {
public:
    Number seed{*this, "seed", "Which circle", {.value = 1, .min = 0, .max = 4294967295, .whole = true}};
    Number length{*this,
                  "period",
                  "Once around",
                  {.value = 32, .min = 0.01, .max = 4096, .curve = Curve::Log, .setup = true}};
    Choice<Clock> unit{*this, "unit", "Of the period", clock_names, Clock::Beats, true};
    Number phase{*this,
                 "phase",
                 "Added to the place on the circle",
                 {.value = 0, .min = -64, .max = 64, .unit = "circles"}};
    Number size{*this,
                "size",
                "Numbers in the latent",
                {.value = 256, .min = 1, .max = 4096, .whole = true, .setup = true}};
    Output<Latent> out{*this, "latent", "Where it is now"};

    void process(const Tick& tick) override {
        const double angle = 2 * std::numbers::pi * cycle_at(tick, length, unit, phase).phase;
        const auto first = static_cast<uint64_t>(seed.whole());
        Latent latent = normal_latent(2 * first, static_cast<int>(size.whole()));
        const Latent other = normal_latent(2 * first + 1, static_cast<int>(size.whole()));
        for (size_t i = 0; i < latent.z.size(); ++i)
            latent.z[i] = static_cast<float>(std::cos(angle) * latent.z[i] + std::sin(angle) * other.z[i]);
        out = std::move(latent);
    }
    std::optional<double> period(const Tick& tick) const override { return ticks_of(tick, length, unit); }
};

}  // namespace

NodeType circle() {
    NodeType type =
        node_type<Circle>("latent.circle", "Circle", "A perfect loop through latent space", {.timed = true});
    type.aliases = {"loop", "orbit"};
    return type;
}

}  // namespace gan
