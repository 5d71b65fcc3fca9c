#include "nodes/builtin.h"

namespace gan {

const NodeTypes& builtin_nodes() {
    static const NodeTypes types({
        model_load(),
        // latents
        sampler(),
        truncation(),
        walk(),
        circle(),
        latent_mix(),
        chunk_mix(),
        // classes
        class_embed(),
        class_mix(),
        class_walk(),
        // networks
        generator(),
        // control
        constant(),
        time_node(),
        tempo(),
        lfo(),
        map_range(),
        smooth(),
        random_node(),
        switch_node(),
        delay(),
        // sinks
        image_output(),
    });
    return types;
}

}  // namespace gan
