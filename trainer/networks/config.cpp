#include "trainer/networks/config.h"

#include "runtime/base/error.h"

#include <map>

namespace gan {
namespace {

struct Rule {
    std::vector<int> widths;  // multiples of ch: of BigGan the outputs, of BigGanDeep the stem, then outputs
    int downs;                // so many of the first blocks halve the map
};

const std::map<int, Rule>& rules() {
    static const std::map<int, Rule> rules{{32, {{4, 4, 4, 4}, 2}},
                                           {64, {{1, 2, 4, 8, 16}, 4}},
                                           {128, {{1, 2, 4, 8, 16, 16}, 5}},
                                           {256, {{1, 2, 4, 8, 8, 16, 16}, 6}},
                                           {512, {{1, 1, 2, 4, 8, 8, 16, 16}, 7}}};
    return rules;
}

}  // namespace

std::vector<DiscriminatorBlock> blocks_of(const DiscriminatorConfig& config) {
    const auto rule = rules().find(config.resolution);
    if (rule == rules().end())
        throw Error("there is no discriminator for {} pixels; choose 32, 64, 128, 256 or 512",
                    config.resolution);
    const auto& [widths, downs] = rule->second;
    const bool deep = config.family == Family::BigGanDeep;
    std::vector<DiscriminatorBlock> blocks;
    int side = config.resolution;
    for (size_t i = deep ? 1 : 0; i < widths.size(); ++i) {
        const bool down = static_cast<int>(blocks.size()) < downs;
        if (down) side /= 2;
        blocks.push_back({.in = i == 0 ? config.image_channels : widths[i - 1] * config.channels,
                          .out = widths[i] * config.channels,
                          .down = down,
                          .label = config.resolution == 32 ? 16 : side});
    }
    return blocks;
}

DiscriminatorConfig discriminator_for(const BigGanConfig& generator, int channels) {
    return {.family = generator.family,
            .resolution = generator.resolution,
            .channels = channels,
            .depth = generator.depth,
            .attention = generator.attention,
            .classes = generator.classes,
            .image_channels = generator.image_channels,
            .sn_eps = generator.sn_eps,
            .activation = generator.activation};
}

}  // namespace gan
