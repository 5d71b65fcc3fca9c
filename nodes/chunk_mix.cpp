#include "nodes/builtin.h"
#include "nodes/model.h"
#include "runtime/base/error.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

/// A hierarchical network reads z in chunks, the first for the coarsest layer and one for each block (Brock
/// et al. 2018, appendix B): pose and layout come early, texture and colour late. Between whole numbers one
/// chunk crosses over with weights whose squares sum to 1, so that it stays unit normal.
class ChunkMix final : public Node {
public:
    Input<ModelRef> model{*this, "model", "The network, which knows its chunks"};
    Input<Latent> coarse{*this, "coarse", "What the first chunks come from"};
    Input<Latent> fine{*this, "fine", "What the others come from"};
    Number split{
        *this, "split", "Chunks that come from coarse", {.value = 2, .min = 0, .max = 16, .unit = "chunks"}};
    Output<Latent> out{*this, "latent", "The mix"};

    void process(const Tick&) override {
        const BigGanConfig& config = loaded(*model)->config();
        if (!config.hierarchical || config.family != Family::BigGan)
            throw Error("this network does not read its latent in chunks; use Mix instead");
        const auto dim = static_cast<size_t>(config.dim_z);
        const auto chunk = static_cast<size_t>(config.first_chunk());
        for (const Input<Latent>* in : {&coarse, &fine})
            if ((*in)->z.size() < dim)
                throw Error("'{}' has {} numbers, this network needs {}; make it longer where it is drawn",
                            in->name, (*in)->z.size(), dim);
        Latent latent{.z = std::vector<float>(dim), .std = 0};
        double variance = 0;
        for (size_t i = 0; i < dim; ++i) {
            const size_t place = i / chunk;
            const double share = std::clamp(split - static_cast<double>(place), 0.0, 1.0);
            latent.z[i] =
                static_cast<float>(std::sqrt(share) * coarse->z[i] + std::sqrt(1 - share) * fine->z[i]);
            variance += share * coarse->std * coarse->std + (1 - share) * fine->std * fine->std;
        }
        latent.std = std::sqrt(variance / static_cast<double>(dim));
        out = std::move(latent);
    }
};

}  // namespace

NodeType chunk_mix() {
    NodeType type =
        node_type<ChunkMix>("latent.chunk_mix", "Chunk Mix", "Shapes from one latent, details from another");
    type.aliases = {"coarse", "fine", "style", "hierarchical"};
    return type;
}

}  // namespace gan
