#include "nodes/builtin.h"
#include "nodes/clock.h"
#include "runtime/model/latent.h"

#include <array>
#include <cmath>

namespace gan {
namespace {

/// A random path, smooth to its second derivative: a uniform cubic B-spline through the latents of successive
/// seeds, its weights scaled to unit length so that every point of the path is unit normal.
class Walk final : public Node {
public:
    Number seed{*this, "seed", "Which path", {.value = 1, .min = 0, .max = 4294967295, .whole = true}};
    Number length{*this,
                  "period",
                  "From one seed to the next",
                  {.value = 4, .min = 0.01, .max = 4096, .curve = Curve::Log, .setup = true}};
    Choice<Clock> unit{*this, "unit", "Of the period", clock_names, Clock::Beats, true};
    Number segments{*this,
                    "loop",
                    "Periods until the path comes back to where it began; 0: never",
                    {.value = 0, .min = 0, .max = 4096, .whole = true, .setup = true}};
    Number phase{*this,
                 "phase",
                 "Added to the place on the path",
                 {.value = 0, .min = -4096, .max = 4096, .unit = "periods"}};
    Number size{*this,
                "size",
                "Numbers in the latent",
                {.value = 256, .min = 1, .max = 4096, .whole = true, .setup = true}};
    Output<Latent> out{*this, "latent", "Where the path is now"};

    void process(const Tick& tick) override {
        const Cycle cycle = cycle_at(tick, length, unit, phase);
        const double t = cycle.phase;
        // Cubic B-spline (de Boor 1978): weights of four neighbours.
        const std::array<double, 4> spline{(1 - t) * (1 - t) * (1 - t) / 6,
                                           (3 * t * t * t - 6 * t * t + 4) / 6,
                                           (-3 * t * t * t + 3 * t * t + 3 * t + 1) / 6, t * t * t / 6};
        // In a short loop some neighbours are the same latent.
        std::array<int64_t, 4> keys{};
        std::array<double, 4> weights{};
        size_t count = 0;
        for (size_t i = 0; i < 4; ++i) {
            const int64_t key = place(cycle.count + static_cast<int64_t>(i));
            size_t at = 0;
            while (at < count && keys[at] != key) ++at;
            if (at == count) keys[count++] = key;
            weights[at] += spline[i];
        }
        double power = 0;
        for (double weight : weights) power += weight * weight;
        Latent latent{.z = std::vector<float>(static_cast<size_t>(size.whole()))};
        std::vector<double> sum(latent.z.size());
        for (size_t i = 0; i < count; ++i) {
            const Latent key =
                normal_latent(static_cast<uint64_t>(seed.whole()) + static_cast<uint64_t>(keys[i]),
                              static_cast<int>(size.whole()));
            for (size_t k = 0; k < sum.size(); ++k) sum[k] += weights[i] / std::sqrt(power) * key.z[k];
        }
        for (size_t k = 0; k < sum.size(); ++k) latent.z[k] = static_cast<float>(sum[k]);
        out = std::move(latent);
    }
    std::optional<double> period(const Tick& tick) const override {
        if (segments == 0) return std::nullopt;
        return segments * ticks_of(tick, length, unit);
    }

private:
    int64_t place(int64_t key) const {
        const int64_t loop = segments.whole();
        return loop == 0 ? key : (key % loop + loop) % loop;
    }
};

}  // namespace

NodeType walk() {
    NodeType type =
        node_type<Walk>("latent.walk", "Walk", "A smooth random path through latent space", {.timed = true});
    type.aliases = {"travel", "wander", "interpolate"};
    return type;
}

}  // namespace gan
