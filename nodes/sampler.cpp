#include "nodes/builtin.h"
#include "runtime/model/latent.h"

namespace gan {
namespace {

class Sampler final : public Node {
public:
    Number seed{*this,
                "seed",
                "Which latent; the same on every machine",
                {.value = 1, .min = 0, .max = 4294967295, .whole = true}};
    Number size{*this,
                "size",
                "Numbers in it; a network with fewer takes the first of them",
                {.value = 256, .min = 1, .max = 4096, .whole = true, .setup = true}};
    Output<Latent> out{*this, "latent", "Drawn from a unit normal"};

    void process(const Tick&) override {
        out = normal_latent(static_cast<uint64_t>(seed.whole()), static_cast<int>(size.whole()));
    }
};

}  // namespace

NodeType sampler() {
    NodeType type =
        node_type<Sampler>("latent.sampler", "Sampler", "A random point in latent space, by its seed");
    type.aliases = {"noise", "z", "random", "seed"};
    return type;
}

}  // namespace gan
