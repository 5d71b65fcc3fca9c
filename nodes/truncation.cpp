#include "nodes/builtin.h"
#include "runtime/model/latent.h"

namespace gan {
namespace {

/// Trades variety for quality by pulling latents towards zero; runtime/model/latent.h has the three ways.
class TruncationNode final : public Node {
public:
    Input<Latent> in{*this, "latent", "Unit-normal latent"};
    Number psi{*this,
               "truncation",
               "psi: 1 cuts at two standard deviations, less is closer to the average",
               {.value = 0.7, .min = 0.02, .max = 1}};
    Choice<TruncationMode> mode{*this,
                                "mode",
                                "scale and quantile move smoothly, resample jumps as the paper's does",
                                {"scale", "quantile", "resample"},
                                TruncationMode::Quantile};
    Number seed{*this,
                "seed",
                "What resample draws again from",
                {.value = 1, .min = 0, .max = 4294967295, .whole = true}};
    Output<Latent> out{*this, "latent", "The same latent within the threshold"};

    void process(const Tick&) override {
        out = truncate(*in, psi, mode, static_cast<uint64_t>(seed.whole()));
    }
};

}  // namespace

NodeType truncation() {
    NodeType type =
        node_type<TruncationNode>("latent.truncation", "Truncation", "Trades variety for image quality");
    type.aliases = {"psi", "threshold", "quality"};
    return type;
}

}  // namespace gan
