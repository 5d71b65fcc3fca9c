#include "trainer/run/config.h"

#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <map>

namespace gan {
namespace {

const std::map<std::string, Family> families{{"biggan", Family::BigGan}, {"biggan-deep", Family::BigGanDeep}};
const std::map<std::string, Initialisation> initialisations{{"ortho", Initialisation::Orthogonal},
                                                            {"n02", Initialisation::Normal},
                                                            {"xavier", Initialisation::Xavier}};
const std::map<std::string, LatentDistribution> distributions{
    {"normal", LatentDistribution::Normal},
    {"uniform", LatentDistribution::Uniform},
    {"bernoulli", LatentDistribution::Bernoulli},
    {"censored-normal", LatentDistribution::CensoredNormal}};

const std::map<std::string, Activation> activations{{"relu", Activation::Relu},
                                                    {"leaky_relu", Activation::LeakyRelu},
                                                    {"elu", Activation::Elu},
                                                    {"gelu", Activation::Gelu}};

const std::map<std::string, CollapseAction> collapse_actions{
    {"stop", CollapseAction::Stop}, {"roll-back", CollapseAction::RollBack}, {"go-on", CollapseAction::GoOn}};

TrainConfig reference(int resolution, int channels) {
    TrainConfig config{.resolution = resolution, .g_channels = channels, .d_channels = channels};
    config.batch = 256;
    config.accumulate = 8;
    config.log_every = 10;
    config.save_every = 1000;
    config.sheet_every = 1000;
    config.steps = 150'000;
    if (resolution >= 128) config.g_attention = config.d_attention = {64};
    if (resolution == 256) config.g_attention = {128}, config.dim_z = 140;
    if (resolution == 512) config.dim_z = 160;
    return config;
}

TrainConfig deep(int resolution) {
    TrainConfig config = reference(resolution, 128);
    config.family = Family::BigGanDeep;
    config.depth = 2;
    config.dim_z = 128;
    config.g_attention = config.d_attention = {64};
    return config;
}

TrainConfig paper(TrainConfig config) {
    config.g_adam.lr = 5e-5;
    config.d_adam.lr = 2e-4;
    config.d_steps = 2;
    config.g_ortho = 1e-4;
    config.bn_eps = config.output_bn_eps = config.sn_eps = 1e-4;
    return config;
}

TrainConfig small(int resolution, int g_channels, int d_channels) {
    TrainConfig config{.resolution = resolution, .g_channels = g_channels, .d_channels = d_channels};
    config.batch = 32;
    config.dim_z = resolution == 32 ? 48 : 60;
    config.shared_dim = 64;
    config.g_adam = {.lr = 1e-4, .beta1 = 0.5};
    config.d_adam = {.lr = 2e-4, .beta1 = 0.5};
    config.class_scale = 3.5;
    config.ema = 0.999;
    config.ema_start = 1000;
    config.steps = 25'000;
    return config;
}

TrainConfig cifar() {
    TrainConfig config{.resolution = 32, .g_channels = 64, .d_channels = 64};
    config.dim_z = 128;
    config.shared_dim = 0;
    config.hierarchical = false;
    config.batch = 50;
    config.d_steps = 4;
    config.g_adam = config.d_adam = {.lr = 2e-4, .eps = 1e-8};
    config.sn_eps = 1e-8;
    config.initialisation = Initialisation::Normal;
    config.ema_start = 1000;
    config.steps = 500'000 / 4;
    return config;
}

}  // namespace

const std::vector<Preset>& presets() {
    static const std::vector<Preset> all{
        {"small-32", "a folder of pictures at 32 pixels on a laptop", small(32, 32, 32)},
        {"small-64", "a folder of pictures at 64 pixels on a laptop", small(64, 24, 32)},
        {"textures-64", "the model that comes with Ganymede",
         [] {
             TrainConfig config = small(64, 24, 32);
             config.d_steps = 2;
             config.tileable = true;
             config.bf16 = true;
             return config;
         }()},
        {"cifar-32", "ajbrock/BigGAN-PyTorch's script for CIFAR", cifar()},
        {"biggan-64", "as biggan-128, at 64 pixels", reference(64, 96)},
        {"biggan-128", "ajbrock/BigGAN-PyTorch's main script: batches of 256 x 8", reference(128, 96)},
        {"biggan-256", "as biggan-128, at 256 pixels", reference(256, 96)},
        {"biggan-512", "as biggan-128, at 512 pixels", reference(512, 96)},
        {"biggan-deep-128", "the same recipe for BigGAN-deep", deep(128)},
        {"biggan-deep-256", "the same recipe for BigGAN-deep", deep(256)},
        {"paper-128", "Brock et al. 2018: 2 D steps, orthogonal regularisation", paper(reference(128, 96))},
        {"paper-deep-128", "the same for BigGAN-deep", paper(deep(128))},
    };
    return all;
}

Augmentation augmentation(const TrainConfig& config) {
    Augmentation result = config.augment;
    result.roll = config.tileable;
    return result;
}

BigGanConfig generator_config(const TrainConfig& config, const std::vector<std::string>& class_names) {
    BigGanConfig result{.family = config.family,
                        .resolution = config.resolution,
                        .channels = config.g_channels,
                        .widths = reference_multipliers(config.resolution),
                        .depth = config.depth,
                        .attention = config.g_attention,
                        .dim_z = config.dim_z,
                        .shared_dim = config.shared_dim,
                        .classes = static_cast<int>(class_names.size()),
                        .hierarchical = config.hierarchical || config.family == Family::BigGanDeep,
                        .image_channels = config.image_channels,
                        .tileable = config.tileable,
                        .bn_eps = config.bn_eps,
                        .output_bn_eps = config.output_bn_eps,
                        .sn_eps = config.sn_eps,
                        .activation = config.activation,
                        .latent = config.latent,
                        .class_names = class_names};
    for (int& width : result.widths) width *= config.g_channels;
    // As the reference does: every block gets a chunk of the same size.
    if (result.hierarchical && config.family == Family::BigGan)
        result.dim_z = result.dim_z / (result.blocks() + 1) * (result.blocks() + 1);
    return result;
}

DiscriminatorConfig discriminator_config(const TrainConfig& config, int classes) {
    return {.family = config.family,
            .resolution = config.resolution,
            .channels = config.d_channels,
            .depth = config.depth,
            .attention = config.d_attention,
            .classes = classes,
            .image_channels = config.image_channels,
            .wide = config.d_wide,
            .sn_eps = config.sn_eps,
            .dropout = config.d_dropout,
            .activation = config.activation};
}

void add_options(CLI::App& app, TrainConfig& config) {
    // By name, also when options are written out again.
    const auto choice = [&](const char* name, auto& value, const auto& names, const char* text) {
        std::vector<std::string> known;
        std::string current;
        for (const auto& [word, meaning] : names) {
            known.push_back(word);
            if (meaning == value) current = word;
        }
        app.add_option_function<std::string>(
               name, [&value, &names](const std::string& word) { value = names.at(word); }, text)
            ->check(CLI::IsMember(known))
            ->default_str(current);
    };
    const auto flag = [&](const char* name, bool& value, const char* text) {
        app.add_flag(name, value, text)->default_str(value ? "true" : "false");
    };
    const auto number = [&](const char* name, auto& value, const char* text, double least, double most) {
        return app.add_option(name, value, text)->check(CLI::Range(least, most));
    };
    // As one text, since a file cannot tell an empty list from a list of nothing.
    const auto resolutions = [&](const char* name, std::vector<int>& value, const char* text) {
        app.add_option_function<std::string>(
               name,
               [&value, name](const std::string& list) {
                   value.clear();
                   for (const std::string& word : CLI::detail::split(list, ','))
                       if (!word.empty() && !CLI::detail::lexical_cast(word, value.emplace_back()))
                           throw CLI::ValidationError(name, "'" + list + "' is no list of resolutions");
               },
               text)
            ->default_str(fmt::format("{}", fmt::join(value, ",")));
    };
    app.option_defaults()->always_capture_default()->group("Data");
    app.add_option("--data", config.data,
                   "A folder (a class per sub-folder, or flat), tar shards, or \"textures\"");
    number("--pictures", config.pictures, "How many pictures are made of \"textures\"", 16, 1e8);
    app.add_option("--cache", config.cache,
                   "Folder for decoded pictures; your own cache folder unless given");
    flag("--flip,!--no-flip", config.flip, "Mirror half of the pictures");
    flag("--tileable,!--no-tileable", config.tileable,
         "For pictures that tile: the generator pads circularly, random offsets; what is generated tiles");
    app.add_option("--licence", config.licence, "Licence of the weights, kept in the model");

    app.option_defaults()->group("Networks");
    choice("--family", config.family, families, "biggan or biggan-deep");
    app.add_option("--resolution", config.resolution, "Pixels a side")
        ->check(CLI::IsMember({32, 64, 128, 256, 512}));
    number("--g-channels", config.g_channels, "Width of the generator: the paper's ch", 1, 1024);
    number("--d-channels", config.d_channels, "Width of the discriminator", 1, 1024);
    number("--depth", config.depth, "Blocks a stage, of BigGAN-deep", 1, 16);
    resolutions("--g-attention", config.g_attention, "Resolutions of maps with self-attention: 32,64");
    resolutions("--d-attention", config.d_attention, "The same of the discriminator");
    number("--dim-z", config.dim_z, "Numbers in a latent", 1, 4096);
    number("--shared-dim", config.shared_dim, "Width of the class embedding; 0: none is shared", 0, 4096);
    flag("--hierarchical,!--no-hierarchical", config.hierarchical, "Each block has its own part of z");
    app.add_option("--image-channels", config.image_channels, "1 grey, 3 colour, 4 with alpha")
        ->check(CLI::IsMember({1, 3, 4}));
    flag("--d-wide,!--d-thin", config.d_wide, "Blocks of the discriminator widen at their first convolution");
    number("--bn-eps", config.bn_eps, "Batch norm's epsilon", 0, 1);
    number("--output-bn-eps", config.output_bn_eps, "That of the last one, before the picture", 0, 1);
    number("--sn-eps", config.sn_eps, "Spectral norm's epsilon", 0, 1);
    choice("--activation", config.activation, activations, "relu, leaky_relu, elu or gelu, of both networks");
    choice("--initialisation", config.initialisation, initialisations, "ortho, n02 or xavier");
    number("--class-scale", config.class_scale,
           "Factor on class embeddings as they begin: orthogonal ones have length 1, a block's part of z has "
           "the square root of its width",
           0, 1e3);

    app.add_option("--init", config.init,
                   "Begin with the networks of a model, a run or a folder of the reference: fine-tuning");
    number("--d-warmup", config.d_warmup, "Steps of the discriminator alone when --init has a generator only",
           0, 1e9);

    app.option_defaults()->group("Recipe");
    number("--steps", config.steps, "Steps of the generator", 0, 1e9);
    number("--batch", config.batch, "Pictures a micro-batch", 1, 65536);
    number("--accumulate", config.accumulate, "Micro-batches a step", 1, 4096);
    number("--d-steps", config.d_steps, "Steps of the discriminator for each of the generator", 1, 64);
    number("--g-lr", config.g_adam.lr, "Learning rate of the generator", 0, 1e3);
    number("--d-lr", config.d_adam.lr, "Learning rate of the discriminator", 0, 1e3);
    number("--g-beta1", config.g_adam.beta1, "Adam, generator", 0, 0.9999);
    number("--g-beta2", config.g_adam.beta2, "Adam, generator", 0, 0.999999);
    number("--d-beta1", config.d_adam.beta1, "Adam, discriminator", 0, 0.9999);
    number("--d-beta2", config.d_adam.beta2, "Adam, discriminator", 0, 0.999999);
    app.add_option_function<double>(
           "--adam-eps", [&config](double eps) { config.g_adam.eps = config.d_adam.eps = eps; },
           "Adam's epsilon, of both")
        ->default_val(config.g_adam.eps);
    number("--decay-from", config.decay_from, "Step from which learning rates fall to 0 at the end; 0: never",
           0, 1e9);
    number("--ema", config.ema, "Decay of the generator's moving average", 0, 0.999999);
    number("--ema-start", config.ema_start, "Step from which it averages", 0, 1e9);
    number("--g-ortho", config.g_ortho, "Orthogonal regularisation of the generator; the paper: 1e-4", 0, 1);
    number("--d-ortho", config.d_ortho, "The same of the discriminator", 0, 1);
    number("--g-clamp", config.g_clamp, "Most that the generator's first singular values may be; 0: any", 0,
           1e9);
    number("--d-clamp", config.d_clamp, "The same of the discriminator", 0, 1e9);
    number("--clip", config.clip, "Most that a gradient's norm may be; 0: any", 0, 1e9);
    number("--r1", config.r1, "Gradient penalty on real pictures; the paper tried 1 to 10", 0, 1e4);
    number("--d-dropout", config.d_dropout, "Share of the discriminator's features dropped", 0, 0.95);
    choice("--latent", config.latent, distributions, "normal, uniform, bernoulli or censored-normal");
    flag("--augment-colour,!--no-augment-colour", config.augment.colour, "DiffAugment: for small data sets");
    flag("--augment-translation,!--no-augment-translation", config.augment.translation, "DiffAugment");
    flag("--augment-cutout,!--no-augment-cutout", config.augment.cutout, "DiffAugment");
    flag("--bf16,!--f32", config.bf16, "Maps in bfloat16; weights, norms and losses stay in float");
    app.add_option("--device", config.device, "auto: a GPU when there is one; cpu; cuda:N");
    number("--threads", config.threads, "0: as many as the machine runs at once", 0, 4096);
    app.add_option("--seed", config.seed, "Of every random number");

    app.option_defaults()->group("Watching");
    number("--log-every", config.log_every, "Steps between lines of metrics.jsonl", 1, 1e9);
    number("--save-every", config.save_every, "Steps between checkpoints", 1, 1e9);
    number("--sheet-every", config.sheet_every, "Steps between sheets of samples and models", 1, 1e9);
    number("--spectra-every", config.spectra_every, "Steps between measurements of singular values", 1, 1e9);
    number("--keep", config.keep, "Checkpoints that are kept beside the best", 1, 1000);
    number("--score-every", config.score_every, "Steps between scores beside the data; 0: none", 0, 1e9);
    number("--score-samples", config.score_samples, "Pictures of either side in a score", 256, 1e8);
    app.add_option(
        "--inception", config.inception,
        "Inception v3's weights, torchvision's or the FID port's, for scores; without them a small texture "
        "network scores, and its distance is no FID");
    choice("--on-collapse", config.on_collapse, collapse_actions, "stop, roll-back or go-on");
}

}  // namespace gan
