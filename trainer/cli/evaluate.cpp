#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/model/checkpoint.h"
#include "runtime/model/engine.h"
#include "runtime/model/latent.h"
#include "runtime/model/lower.h"
#include "trainer/cli/commands.h"
#include "trainer/metrics/plot.h"
#include "trainer/recipe/random.h"
#include "trainer/run/scoring.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <span>

namespace gan {
namespace {

struct Options {
    std::string model, data = "textures", inception, cache, plot, json;
    std::vector<double> psi{0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0};
    int64_t samples = 10'000;
    int64_t pictures = 50'000;
    int64_t splits = 10;
    uint64_t seed = 0;
};

/// What the engine plays at a truncation; 0: none. Classes as the data has them where it has the model's
/// number of classes, and otherwise in turn.
ImageSource played(Engine& engine, const BigGanConfig& config, const Dataset& data, double psi,
                   uint64_t seed) {
    return [&, psi, seed, first = int64_t{0}](int64_t wanted) mutable {
        std::vector<float> z;
        std::vector<double> rows;
        std::vector<Conditioning> classes;
        for (int64_t n = 0; n < wanted; ++n, ++first) {
            const uint64_t latent_seed = seed_of(seed, Stream::Score, first);
            Latent latent = normal_latent(latent_seed, config.dim_z);
            if (psi > 0) latent = truncate(latent, psi, config.truncation, latent_seed);
            z.insert(z.end(), latent.z.begin(), latent.z.end());
            rows.push_back(statistics_psi(latent.std));
            Random random(seed, Stream::Label, first);
            const int label = data.classes() == config.classes ? data.label(random.below(data.size()))
                                                               : static_cast<int>(first % config.classes);
            classes.push_back({.classes = {{label, 1.0f}}});
        }
        at::Tensor rgb =
            at::empty({wanted, config.image_channels, config.resolution, config.resolution}, at::kFloat);
        engine.run({.z = z, .psi = rows, .conditioning = classes},
                   {rgb.data_ptr<float>(), static_cast<size_t>(rgb.numel())});
        return as_rgb(rgb);
    };
}

int evaluate_model(const Options& options) {
    for (const double psi : options.psi)
        if (!(psi > 0 && psi <= 1)) throw Error("--psi {} is out of range: above 0 and at most 1", psi);
    const Checkpoint checkpoint = open_checkpoint(options.model);
    const BigGanConfig& config = checkpoint.config;
    const Dataset data = open_pictures(
        options.data, options.pictures,
        {.resolution = config.resolution, .channels = config.image_channels, .cache = options.cache});
    const auto network = open_measure(options.inception);
    EvaluationOptions evaluation{.samples = options.samples, .splits = options.splits};
    const int64_t count = std::min(options.pictures, data.size());
    evaluation.progress = [line = progress_line("real pictures"), count](int64_t done) { line(done, count); };
    const Reference reference = cached_reference(*network, real_pictures(data, count),
                                                 fmt::format("{} of {} ({}) at {} px", count, options.data,
                                                             data.hash().substr(0, 16), config.resolution),
                                                 cache_folder(options.cache), evaluation);
    Engine engine(std::make_shared<Program>(lower(checkpoint)),
                  {.batch = static_cast<int>(evaluation.batch)});
    engine.prepare({}).get();

    nlohmann::json report{
        {"model", options.model}, {"model_sha256", checkpoint.hash}, {"scores", nlohmann::json::array()}};
    std::vector<CurvePoint> curve;
    std::string distance_name, score_name;
    std::vector<double> truncations = options.psi;
    truncations.push_back(0);  // none
    for (const double psi : truncations) {
        const std::string name = psi > 0 ? fmt::format("psi {:g}", psi) : "untruncated";
        evaluation.progress = [line = progress_line(name), &options](int64_t done) {
            line(done, options.samples);
        };
        const ScoreReport scores =
            evaluate(*network, played(engine, config, data, psi, options.seed), reference, evaluation);
        fmt::print("{}: {}\n", name, scores.text());
        std::fflush(stdout);
        report["scores"].push_back(to_json(scores));
        report["scores"].back()["psi"] = psi > 0 ? nlohmann::json(psi) : nlohmann::json();
        curve.push_back({scores.distance, scores.score.mean, name});
        distance_name = scores.distance_name;
        score_name = scores.score_name;
    }
    if (!options.plot.empty())
        write_curve(options.plot, curve, fmt::format("{}: {} pictures each", options.model, options.samples),
                    distance_name + " (lower: closer to the data)", score_name);
    if (!options.json.empty()) {
        AtomicFile file(options.json);
        const std::string text = report.dump(2) + "\n";
        file.write(std::as_bytes(std::span(text)));
        file.commit();
    }
    return 0;
}

}  // namespace

void add_evaluate(CLI::App& app, Command& chosen) {
    CLI::App* command = app.add_subcommand("evaluate", "Score a model beside pictures, at each truncation");
    const auto options = std::make_shared<Options>();
    command
        ->add_option("MODEL", options->model, "A model file or a folder, of any layout that `import` reads")
        ->required();
    command->add_option("--data", options->data, "A folder, tar shards, or \"textures\" (default)");
    command
        ->add_option("--pictures", options->pictures,
                     "Most real pictures that are measured, and textures made (default 50000)")
        ->check(CLI::Range(int64_t{16}, int64_t{100'000'000}));
    command->add_option(
        "--inception", options->inception,
        "Inception v3's weights, torchvision's or the FID port's; without it a small texture network measures, "
        "whose distance is no FID");
    command
        ->add_option("--samples", options->samples,
                     "Generated pictures a score (default 10000; papers: 50000)")
        ->check(CLI::Range(int64_t{16}, int64_t{100'000'000}));
    command->add_option("--splits", options->splits, "Of the score (default 10)")->check(CLI::Range(1, 1000));
    command->add_option("--psi", options->psi, "Truncations, beside none (default 0.2 to 1)")->delimiter(',');
    command->add_option("--seed,-s", options->seed, "Of the latents (default 0)");
    command->add_option("--cache", options->cache,
                        "Folder for decoded pictures and references; your own cache folder unless given");
    command->add_option("--plot", options->plot, "A .png of the variety-fidelity curve");
    command->add_option("--json", options->json, "A file for all numbers");
    command->callback([options, &chosen] { chosen = [options] { return evaluate_model(*options); }; });
}

}  // namespace gan
