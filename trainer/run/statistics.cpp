#include "trainer/run/statistics.h"

#include "runtime/base/file.h"
#include "runtime/model/latent.h"
#include "runtime/model/modulation.h"
#include "trainer/libtorch.h"
#include "trainer/networks/layers.h"
#include "trainer/recipe/random.h"
#include "trainer/state.h"

#include <algorithm>
#include <map>

namespace gan {
namespace {

/// Latents (count, dim_z) from `first` on, cut at psi.
at::Tensor latents(uint64_t seed, int64_t first, int64_t count, const BigGanConfig& config, double psi) {
    at::Tensor z = at::empty({count, config.dim_z}, at::kFloat);
    for (int64_t n = 0; n < count; ++n) {
        const uint64_t latent_seed = seed_of(seed, Stream::Statistics, first + n);
        Latent latent = normal_latent(latent_seed, config.dim_z);
        if (psi <= 1) latent = truncate(latent, psi, TruncationMode::Quantile, latent_seed);
        std::ranges::copy(latent.z, z.data_ptr<float>() + n * config.dim_z);
    }
    shape_latents({z.data_ptr<float>(), static_cast<size_t>(z.numel())}, config.latent);
    return z;
}

/// So many that another one moves sigma by less than half precision keeps.
constexpr int iterations_to_converge = 200;

/// Pixels that go through the network at once, at the least, as 64 pictures of 64 pixels: a network of 32
/// pixels took two minutes with 4 pictures at a time, which are five seconds so.
constexpr int64_t pixels_at_once = int64_t{64} * 64 * 64;

}  // namespace

std::vector<double> statistics_grid() {
    return {0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, untruncated_psi};
}

Checkpoint checkpoint_of(const Generator& generator) {
    Checkpoint result{.config = generator->config()};
    for (const auto& [name, tensor] : state_of(*generator)) {
        const bool weight = name.ends_with("weight") && tensor.shape.size() > 1;
        result.tensors[name] = weight ? from_torch(to_torch(tensor).to(at::kHalf)) : tensor;
    }
    return result;
}

Checkpoint measured_checkpoint(const Generator& generator, int64_t samples, int batch, uint64_t seed,
                               const std::function<void(double)>& progress) {
    at::NoGradGuard no_grad;
    Checkpoint result = checkpoint_of(generator);
    Generator measured(generator->config());
    load_state(*measured, result.tensors, "", "the generator");
    measured->to(generator->device());
    for (const auto& module : measured->modules())
        if (auto* weight = module->as<SpectralWeight>()) weight->converge(iterations_to_converge);
    measured->eval();
    std::vector<std::pair<std::string, BatchNorm*>> norms;
    for (const auto& item : measured->named_modules())
        if (auto* norm = dynamic_cast<BatchNorm*>(item.value().get())) norms.emplace_back(item.key(), norm);

    const std::vector<double> grid = statistics_grid();
    const BigGanConfig& config = generator->config();
    const int64_t at_once =
        std::max<int64_t>(batch, pixels_at_once / (int64_t{config.resolution} * config.resolution));
    std::map<std::string, std::vector<at::Tensor>> means, vars;
    double done = 0;
    for (const double psi : grid) {
        for (const auto& [name, norm] : norms) norm->begin_measuring();
        for (int64_t first = 0; first < samples; first += at_once) {
            check_interrupted();
            const int64_t count = std::min<int64_t>(at_once, samples - first);
            const at::Tensor labels = at::arange(first, first + count) % config.classes;
            measured(latents(seed, first, count, config, psi), measured->embed(labels), at::kFloat);
            done += static_cast<double>(count);
            if (progress) progress(done / static_cast<double>(samples) / static_cast<double>(grid.size()));
        }
        for (const auto& [name, norm] : norms) {
            const auto [mean, var] = norm->end_measuring();
            means[name].push_back(mean.to(at::kFloat));
            vars[name].push_back(var.to(at::kFloat));
        }
    }
    // The power iteration's vectors as they are after converging, the statistics as tables.
    const StateDict state = state_of(*measured);
    for (auto& [name, tensor] : result.tensors)
        if (name.ends_with(".u0") || name.ends_with(".sv0")) tensor = state.at(name);
    for (const auto& [name, norm] : norms) {
        result.tensors.erase(name + ".stored_mean");
        result.tensors.erase(name + ".stored_var");
        result.tensors[name + ".stored_means"] = from_torch(at::stack(means[name]));
        result.tensors[name + ".stored_vars"] = from_torch(at::stack(vars[name]));
    }
    result.config.stats_psi = grid;
    return result;
}

}  // namespace gan
