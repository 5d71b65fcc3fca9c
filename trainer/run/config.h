#pragma once

#include "runtime/model/config.h"
#include "trainer/networks/config.h"
#include "trainer/recipe/adam.h"
#include "trainer/recipe/augment.h"
#include "trainer/recipe/regularise.h"

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace gan {

/// What a run does when CollapseWatch sees a collapse.
enum class CollapseAction {
    Stop,      // and keep the best
    RollBack,  // to the last checkpoint without a sign of it, at half the learning rates; after five, stop
    GoOn
};

/// Everything that decides what a training run does. Defaults are the reference's for ImageNet, but for what
/// fits a single machine; presets() holds whole sets.
struct TrainConfig {
    // Data.
    std::string data = "textures";  // or a folder, or tar shards: see trainer/data/sources.h
    int64_t pictures = 50'000;      // that are made of "textures"
    std::string cache;              // folder; empty: the user's
    bool flip = false;              // mirror half of the pictures
    bool tileable = false;          // G pads circularly, and D sees all pictures rolled by random offsets
    std::string licence;            // of the weights, kept in the model

    // Networks.
    Family family = Family::BigGan;
    int resolution = 64;
    int g_channels = 64;
    int d_channels = 64;
    int depth = 1;
    std::vector<int> g_attention;
    std::vector<int> d_attention;
    int dim_z = 120;
    int shared_dim = 128;  // 0: classes are not embedded
    bool hierarchical = true;
    int image_channels = 3;
    bool d_wide = true;
    double bn_eps = 1e-5;
    double output_bn_eps = 1e-5;
    double sn_eps = 1e-6;
    Activation activation = Activation::Relu;  // of both networks
    Initialisation initialisation = Initialisation::Orthogonal;
    double class_scale = 1;  // of class embeddings as they begin

    std::string init;        // a model, run or folder to begin with; empty: random weights
    int64_t d_warmup = 500;  // steps of D alone when `init` has a generator only

    // Recipe.
    int64_t steps = 100'000;  // of the generator
    int batch = 64;           // pictures a micro-batch
    int accumulate = 1;       // micro-batches a step
    int d_steps = 1;          // of the discriminator, for each of the generator
    AdamOptions g_adam{.lr = 1e-4};
    AdamOptions d_adam{.lr = 4e-4};
    int64_t decay_from = 0;  // the step from which both rates fall linearly to 0 at the last; 0: never
    double ema = 0.9999;
    int64_t ema_start = 20'000;
    double g_ortho = 0;
    double d_ortho = 0;
    double g_clamp = 0;
    double d_clamp = 0;
    double clip = 0;
    double r1 = 0;
    double d_dropout = 0;
    LatentDistribution latent = LatentDistribution::Normal;
    Augmentation augment;
    bool bf16 = false;
    std::string device = "auto";  // see open_device
    int threads = 0;              // 0: as many as the machine runs at once
    uint64_t seed = 0;

    // Watching.
    int64_t log_every = 50;       // steps
    int64_t save_every = 500;     // a checkpoint
    int64_t spectra_every = 100;  // the three largest singular values of every layer
    int64_t sheet_every = 1000;   // a sheet of samples, and model.safetensors
    int keep = 2;                 // checkpoints, beside the best
    int64_t score_every = 1000;   // a score beside the data; 0: none
    int64_t score_samples = 2048;
    std::string inception;  // weights of the network that scores; empty: the small texture network
    CollapseAction on_collapse = CollapseAction::Stop;
};

/// What is done to all that D sees: rolled where it tiles, so that no place differs from another.
Augmentation augmentation(const TrainConfig& config);

/// The generator's and the discriminator's configurations for data of these classes.
BigGanConfig generator_config(const TrainConfig& config, const std::vector<std::string>& class_names);
DiscriminatorConfig discriminator_config(const TrainConfig& config, int classes);

struct Preset {
    std::string name;
    std::string description;
    TrainConfig config;
};
/// Whole sets of options, by name.
const std::vector<Preset>& presets();

/// Options of the command line and of configuration files, bound to `config`, whose values are the defaults.
void add_options(CLI::App& app, TrainConfig& config);

}  // namespace gan
