#include "nodes/builtin.h"
#include "runtime/base/error.h"

namespace gan {
namespace {

/// Weights are divided by their sum, so that the mix stays on the scale of one class.
class ClassMixNode final : public Node {
public:
    Input<ClassMix> a{*this, "a", "A class or mix", Need::Optional};
    Input<ClassMix> b{*this, "b", "Another", Need::Optional};
    Input<ClassMix> c{*this, "c", "Another", Need::Optional};
    Input<ClassMix> d{*this, "d", "Another", Need::Optional};
    Number weight_a{*this, "weight a", "Share of a", {.value = 1, .min = 0, .max = 1}};
    Number weight_b{*this, "weight b", "Share of b", {.value = 1, .min = 0, .max = 1}};
    Number weight_c{*this, "weight c", "Share of c", {.value = 1, .min = 0, .max = 1}};
    Number weight_d{*this, "weight d", "Share of d", {.value = 1, .min = 0, .max = 1}};
    Output<ClassMix> out{*this, "class", "The mix"};

    void process(const Tick&) override {
        const Input<ClassMix>* inputs[] = {&a, &b, &c, &d};
        const double weights[] = {weight_a, weight_b, weight_c, weight_d};
        double total = 0;
        for (size_t i = 0; i < 4; ++i)
            if (inputs[i]->linked()) total += weights[i];
        if (total <= 0) throw Error("nothing to mix: link a class and give it a weight above 0");
        ClassMix mix;
        for (size_t i = 0; i < 4; ++i) {
            if (!inputs[i]->linked() || weights[i] <= 0) continue;
            for (const auto& entry : (*inputs[i])->classes)
                mix.classes.push_back({entry.name, entry.weight * weights[i] / total});
        }
        out = std::move(mix);
    }
};

}  // namespace

NodeType class_mix() {
    NodeType type = node_type<ClassMixNode>("class.mix", "Class Mix", "Blends up to four classes");
    type.aliases = {"morph", "blend"};
    return type;
}

}  // namespace gan
