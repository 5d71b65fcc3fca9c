#include "trainer/run/initial.h"

#include "runtime/base/error.h"
#include "runtime/model/checkpoint.h"
#include "runtime/model/safetensors.h"
#include "runtime/model/torch_file.h"
#include "trainer/device.h"
#include "trainer/libtorch.h"
#include "trainer/run/run_folder.h"
#include "trainer/state.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace gan {
namespace {

namespace fs = std::filesystem;

StateDict with_prefix(const StateDict& tensors, const std::string& prefix) {
    StateDict found;
    for (const auto& [name, tensor] : tensors)
        if (name.starts_with(prefix)) found[name.substr(prefix.size())] = tensor;
    return found;
}

/// A generator as a model file holds it, as one in training does: the statistics of the last row, which are
/// those of untruncated latents, and spectral norm's u0 and sv0 alone.
StateDict in_training(const StateDict& stored) {
    StateDict tensors;
    for (const auto& [name, tensor] : stored) {
        if (name.ends_with(".v0")) continue;
        if (name.ends_with(".stored_means") || name.ends_with(".stored_vars"))
            tensors[name.substr(0, name.size() - 1)] = from_torch(to_torch(tensor)[-1].contiguous());
        else
            tensors[name] = tensor;
    }
    StateDict sigmas;
    for (const auto& [name, tensor] : tensors)
        if (name.ends_with(".u0"))
            if (const std::string sigma = name.substr(0, name.size() - 2) + "sv0"; !tensors.contains(sigma))
                sigmas[sigma] = make_tensor(std::vector<float>{1}, {1});
    tensors.merge(sigmas);
    return tensors;
}

/// D of a folder of the reference: D.pth, D_best0.pth, ...; empty when there is none.
StateDict reference_discriminator(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename();
        if (name == "D.pth" || (name.starts_with("D_best") && name.ends_with(".pth")))
            files.push_back(entry.path());
    }
    return files.empty() ? StateDict{} : read_torch_file(std::ranges::min(files)).tensors;
}

/// The checkpoint of one of our runs to begin with: the best, or else the last.
fs::path checkpoint_in(const fs::path& folder) {
    const fs::path best = folder / "checkpoints/best.safetensors";
    if (fs::exists(best)) return best;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder / "checkpoints"))
        if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
    if (files.empty()) throw Error("{}: the run has no checkpoint yet", folder.string());
    return std::ranges::max(files);
}

/// The generator's configuration, which the checkpoint holds; of older runs, that of their model.
BigGanConfig generator_in(const SafeTensors& checkpoint, const fs::path& folder, const std::string& source) {
    const auto found = checkpoint.metadata.find("ganymede.training_state");
    nlohmann::json state;
    if (found != checkpoint.metadata.end()) state = nlohmann::json::parse(found->second, nullptr, false);
    if (!state.is_object() || !state.contains("generator"))
        return open_checkpoint(folder / "model.safetensors").config;
    BigGanConfig config = config_from_json(state["generator"], source);
    for (const auto& name : state["class_names"])
        config.class_names.push_back(name.is_string() ? name.get<std::string>() : "");
    validate(config, source);
    return config;
}

}  // namespace

std::unique_ptr<GanStep> make_networks(const TrainConfig& config, const BigGanConfig& generator, int classes,
                                       std::function<at::Tensor(const at::Tensor& x)> augment) {
    const at::Device device = open_device(config.device);
    torch::manual_seed(config.seed);
    Generator g(generator), average(generator);
    Discriminator d(discriminator_config(config, classes));
    initialise(*g, config.initialisation);
    initialise(*d, config.initialisation);
    if (generator.shared()) {
        const at::NoGradGuard no_grad;
        g->named_parameters()["shared.weight"].mul_(config.class_scale);
    }
    average_into(*average, *g, 0);
    for (torch::nn::Module* network :
         {static_cast<torch::nn::Module*>(g.get()), static_cast<torch::nn::Module*>(average.get()),
          static_cast<torch::nn::Module*>(d.get())})
        network->to(device);
    StepOptions options{.generator = config.g_adam,
                        .discriminator = config.d_adam,
                        .generator_orthogonal = config.g_ortho,
                        .discriminator_orthogonal = config.d_ortho,
                        .generator_clamp = config.g_clamp,
                        .discriminator_clamp = config.d_clamp,
                        .clip = config.clip,
                        .r1 = config.r1,
                        .ema_decay = config.ema,
                        .ema_start = config.ema_start,
                        .compute = config.bf16 ? at::kBFloat16 : at::kFloat};
    if (augmentation(config).any()) options.augment = std::move(augment);
    return std::make_unique<GanStep>(g, d, average, options);
}

Initial open_initial(const fs::path& path) {
    if (fs::is_directory(path / "checkpoints")) {
        const fs::path file = checkpoint_in(path);
        const SafeTensors contents = read_safetensors(file);
        return {.source = file.string(),
                .config = generator_in(contents, path, file.string()),
                .generator = with_prefix(contents.tensors, "G."),
                .average = with_prefix(contents.tensors, "G_ema."),
                .discriminator = with_prefix(contents.tensors, "D.")};
    }
    const Checkpoint checkpoint = open_checkpoint(path);
    Initial initial{.source = path.string(), .config = checkpoint.config};
    initial.average = in_training(checkpoint.tensors);
    if (fs::is_directory(path)) initial.discriminator = reference_discriminator(path);
    // The generator that such a discriminator knows is the one beside it, not its average.
    initial.generator = initial.discriminator.empty()
                            ? initial.average
                            : in_training(open_checkpoint(path, {.weights = WeightsChoice::Raw}).tensors);
    return initial;
}

void take_networks(TrainConfig& config, const Initial& initial) {
    const BigGanConfig& from = initial.config;
    config.family = from.family;
    config.resolution = from.resolution;
    config.g_channels = from.channels;
    config.depth = from.depth;
    config.g_attention = from.attention;
    config.dim_z = from.dim_z;
    config.shared_dim = from.shared_dim;
    config.hierarchical = from.hierarchical;
    config.image_channels = from.image_channels;
    config.tileable = from.tileable;
    config.bn_eps = from.bn_eps;
    config.output_bn_eps = from.output_bn_eps;
    config.sn_eps = from.sn_eps;
    config.activation = from.activation;
    config.latent = from.latent;
    if (initial.discriminator.empty()) return;
    const auto blocks =
        blocks_of({.family = from.family, .resolution = from.resolution, .channels = 1, .depth = from.depth});
    const bool deep = from.family == Family::BigGanDeep;
    const auto first = initial.discriminator.find(deep ? "input_conv.weight" : "blocks.0.0.conv2.weight");
    if (first != initial.discriminator.end())
        config.d_channels = static_cast<int>(first->second.dim(0)) / (deep ? blocks[0].in : blocks[0].out);
    config.d_attention.clear();
    for (size_t i = 0; i < blocks.size(); ++i)
        for (const auto& [name, tensor] : initial.discriminator)
            if (name.starts_with(fmt::format("blocks.{}.", i)) && name.ends_with(".gamma") &&
                std::ranges::count(config.d_attention, blocks[i].label) == 0)
                config.d_attention.push_back(blocks[i].label);
}

std::vector<std::string> begin_with(const Initial& initial, const std::vector<std::string>& classes,
                                    GanStep& networks) {
    const std::vector<std::string>& before = initial.config.class_names;
    const int64_t old_classes = initial.config.classes, new_classes = std::ssize(classes);
    const bool by_name = !before.empty() && before != classes;
    std::vector<std::string> notes;
    if (by_name || old_classes != new_classes) {
        int64_t kept = 0;
        for (const std::string& name : classes) kept += std::ranges::count(before, name) > 0;
        notes.push_back(fmt::format(
            "{} of {} classes are those of {} and begin as they are there; the embeddings of the others "
            "are made anew",
            kept, new_classes, initial.source));
    }
    // What has a row, or with u0 a column, for each class.
    const auto fit = [&](const std::string& name, const at::Tensor& target, const at::Tensor& stored) {
        const bool of_class = name == "shared.weight" || name == "embed.weight" || name == "embed.u0" ||
                              (initial.config.shared_dim == 0 &&
                               (name.ends_with(".gain.weight") || name.ends_with(".bias.weight")));
        if (!of_class || stored.dim() != 2 || (!by_name && stored.sizes() == target.sizes()))
            return at::Tensor();
        if (name == "embed.u0") return target;
        if (stored.size(0) != old_classes || stored.size(1) != target.size(1)) return at::Tensor();
        at::Tensor rows = target.clone();
        for (int64_t i = 0; i < new_classes; ++i)
            if (const auto found = std::ranges::find(before, classes[static_cast<size_t>(i)]);
                found != before.end())
                rows[i].copy_(stored[found - before.begin()]);
        return rows;
    };
    const at::NoGradGuard no_grad;
    load_state(*networks.generator, initial.generator, "", initial.source, fit);
    average_into(*networks.average, *networks.generator, 0);  // the same new rows in both
    load_state(*networks.average, initial.average, "", initial.source, fit);
    if (!initial.discriminator.empty())
        load_state(*networks.discriminator, initial.discriminator, "", initial.source, fit);
    return notes;
}

}  // namespace gan
