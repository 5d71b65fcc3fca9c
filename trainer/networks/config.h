#pragma once

#include "runtime/model/config.h"

#include <string>
#include <vector>

namespace gan {

/// Everything about a discriminator that is not a weight. What it shares with its generator (family,
/// resolution, classes, image channels, sn_eps, activation) is taken from the generator's configuration.
///
/// Source: Brock, Donahue and Simonyan 2018, arXiv:1809.11096, appendix B; 512 by the same rule.
struct DiscriminatorConfig {
    Family family = Family::BigGan;
    int resolution = 0;          // R: 32, 64, 128, 256 or 512, pixels
    int channels = 0;            // ch, the paper's channel multiplier
    int depth = 1;               // blocks a stage; 1 for BigGan
    std::vector<int> attention;  // labels of blocks, see DiscriminatorBlock
    int classes = 0;
    int image_channels = 3;
    bool wide = true;  // a block's inner width is that of its output; false: of its input (SN-GAN)
    double sn_eps = 1e-6;
    double dropout = 0;  // before the last linear layer: the share of features dropped; the paper's section 4
    Activation activation = Activation::Relu;
};

struct DiscriminatorBlock {
    int in = 0;
    int out = 0;
    bool down = false;
    /// Its output's resolution as the reference counts it: at 32 pixels it says 16 for every block, so that
    /// attention at 16 follows each of them.
    int label = 0;
};

/// One entry a block of BigGan, one a stage of BigGanDeep. Throws Error for other resolutions.
std::vector<DiscriminatorBlock> blocks_of(const DiscriminatorConfig& config);

/// The discriminator that belongs to a generator, of `channels`.
DiscriminatorConfig discriminator_for(const BigGanConfig& generator, int channels);

}  // namespace gan
