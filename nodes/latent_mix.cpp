#include "nodes/builtin.h"
#include "runtime/base/error.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

enum class Blend { Slerp, Lerp };

double dot(const std::vector<float>& a, const std::vector<float>& b, size_t size) {
    double sum = 0;
    for (size_t i = 0; i < size; ++i) sum += static_cast<double>(a[i]) * b[i];
    return sum;
}

/// Slerp turns the direction evenly and moves the norm evenly (Shoemake 1985, "Animating rotation with
/// quaternion curves"); lerp passes closer to zero, through more average pictures.
class LatentMix final : public Node {
public:
    Input<Latent> a{*this, "a", "A latent"};
    Input<Latent> b{*this, "b", "Another"};
    Number amount{*this, "amount", "0: a, 1: b", {.value = 0.5, .min = 0, .max = 1}};
    Choice<Blend> way{
        *this, "way", "slerp keeps the norm, lerp is a straight line", {"slerp", "lerp"}, Blend::Slerp};
    Output<Latent> out{*this, "latent", "Between the two; as long as the shorter"};

    void process(const Tick&) override {
        const size_t size = std::min(a->z.size(), b->z.size());
        const double t = amount;
        double from = 1 - t;
        double to = t;
        double std = std::hypot(from * a->std, to * b->std);
        if (way == Blend::Slerp) {
            const double length_a = std::sqrt(dot(a->z, a->z, size));
            const double length_b = std::sqrt(dot(b->z, b->z, size));
            const double both = length_a * length_b;
            const double angle =
                both > 0 ? std::acos(std::clamp(dot(a->z, b->z, size) / both, -1.0, 1.0)) : 0.0;
            if (std::sin(angle) > 1e-6) {
                const double length = from * length_a + to * length_b;
                const double s = std::sin(angle);
                from = std::sin((1 - t) * angle) / s * length / length_a;
                to = std::sin(t * angle) / s * length / length_b;
            }
            std = (1 - t) * a->std + t * b->std;
        }
        Latent latent{.z = std::vector<float>(size), .std = std};
        for (size_t i = 0; i < size; ++i) latent.z[i] = static_cast<float>(from * a->z[i] + to * b->z[i]);
        out = std::move(latent);
    }
};

}  // namespace

NodeType latent_mix() {
    NodeType type = node_type<LatentMix>("latent.mix", "Mix", "Goes from one latent to another");
    type.aliases = {"slerp", "lerp", "interpolate", "morph"};
    return type;
}

}  // namespace gan
