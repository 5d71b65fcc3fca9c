#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/model_options.h"
#include "runtime/model/engine.h"
#include "runtime/model/latent.h"
#include "runtime/model/lower.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>

namespace gan {
namespace {

using nlohmann::json;
using std::chrono::duration;
using std::chrono::steady_clock;

double seconds_since(steady_clock::time_point start) {
    return duration<double>(steady_clock::now() - start).count();
}

/// "VmRSS" or "VmHWM" (its peak) of this process, in megabytes.
double memory_megabytes(const std::string& field) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(field + ":")) return std::stod(line.substr(field.size() + 1)) * 1024 / 1e6;
    return 0;
}

struct BenchOptions {
    ModelOptions model;
    RunOptions run;
    std::vector<int> batches{1};
    std::vector<std::string> precisions{"f32"};
    double seconds = 2;
    std::string tile;
    bool json = false;
};

/// Times whole run() calls of N pictures, each with latents of its own; classes stay, as they do in play.
json measure(Engine& engine, const Variant& variant, int n, double seconds) {
    const Program& program = engine.program();
    std::vector<float> z;
    for (int i = 0; i < n; ++i) {
        const Latent latent = normal_latent(static_cast<uint64_t>(i), program.dim_z);
        z.insert(z.end(), latent.z.begin(), latent.z.end());
    }
    const std::vector<double> psi(static_cast<size_t>(n), untruncated_psi);
    std::vector<Conditioning> conditioning;
    for (int i = 0; i < n; ++i) conditioning.push_back({.classes = {{i % program.modulation.classes, 1.0f}}});
    std::vector<float> rgb(static_cast<size_t>(n) * engine.picture_size(variant));
    const Request request{.variant = variant, .z = z, .psi = psi, .conditioning = conditioning};
    for (int warm = 0; warm < 2; ++warm) engine.run(request, rgb);
    std::vector<double> times;  // milliseconds
    for (const auto start = steady_clock::now(); times.size() < 3 || seconds_since(start) < seconds;) {
        check_interrupted();
        const auto begin = steady_clock::now();
        engine.run(request, rgb);
        times.push_back(seconds_since(begin) * 1e3);
    }
    std::sort(times.begin(), times.end());
    const double median = times[times.size() / 2];
    return {{"batch", n},
            {"median_ms", median},
            {"min_ms", times.front()},
            {"runs", times.size()},
            {"pictures_per_second", n / median * 1e3}};
}

int bench(const BenchOptions& options) {
    const auto start = steady_clock::now();
    // The checkpoint is let go once it is lowered, as a player does.
    const auto program = std::make_shared<Program>(lower(options.model.open()));
    const double lower_seconds = seconds_since(start);
    const Variant variant{.wrap_x = options.tile.find('x') != std::string::npos,
                          .wrap_y = options.tile.find('y') != std::string::npos};
    json report = {{"model", options.model.path},
                   {"lowered_megabytes", static_cast<double>(program->weight_bytes()) / 1e6},
                   {"lower_seconds", lower_seconds},
                   {"results", json::array()}};
    for (const std::string& precision : options.precisions) {
        RunOptions run = options.run;
        run.precision = precision;
        const auto open = steady_clock::now();
        EngineOptions engine_options = run.engine();
        engine_options.batch = *std::max_element(options.batches.begin(), options.batches.end());
        engine_options.exact = engine_options.engine != EngineKind::Cuda;  // as a live player
        Engine engine(program, engine_options);
        engine.prepare(variant).get();
        const double open_seconds = seconds_since(open);
        report["engine"] = engine.description();
        if (!engine.note().empty()) {
            report["note"] = engine.note();
            print_notes({engine.note()});
        }
        report["threads"] = engine_threads(run.engine());
        // GMAC/s; of the processor, so nothing to hold a GPU against
        const double peak = engine.stream() == nullptr ? matrix_rate(run.engine()) : 0;
        for (int n : options.batches) {
            json result = measure(engine, variant, n, options.seconds);
            result["precision"] = precision;
            result["open_seconds"] = open_seconds;
            result["open_megabytes"] = static_cast<double>(engine.cost(variant).bytes) / 1e6;
            result["gmac"] = engine.macs() / 1e9;
            result["gmac_per_second"] = engine.macs() / 1e9 * result["pictures_per_second"].get<double>();
            if (peak > 0) {
                result["peak_gmac_per_second"] = peak;
                result["peak_share"] = result["gmac_per_second"].get<double>() / peak;
            }
            result["resident_megabytes"] = memory_megabytes("VmRSS");
            if (!options.json)
                fmt::print(
                    "{:>5}  batch {:<3} median {:8.2f} ms  min {:8.2f} ms  {:8.1f} pictures/s  {:5.2f} GMAC "
                    "each{}\n",
                    precision, n, result["median_ms"].get<double>(), result["min_ms"].get<double>(),
                    result["pictures_per_second"].get<double>(), result["gmac"].get<double>(),
                    peak > 0 ? fmt::format(", {:.0f} % of {:.0f} GMAC/s",
                                           100 * result["peak_share"].get<double>(), peak)
                             : "");
            report["results"].push_back(std::move(result));
        }
    }
    report["peak_megabytes"] = memory_megabytes("VmHWM");
    if (options.json) {
        fmt::print("{}\n", report.dump(2));
        return 0;
    }
    fmt::print("{}\nlowered in {:.2f} s, opened in {:.2f} s; {:.0f} MB of weights, {:.0f} MB at the most\n",
               report["engine"].get<std::string>(), lower_seconds,
               report["results"][0]["open_seconds"].get<double>(), report["lowered_megabytes"].get<double>(),
               report["peak_megabytes"].get<double>());
    return 0;
}

}  // namespace

void add_bench(CLI::App& app, Command& chosen) {
    auto* command = app.add_subcommand("bench", "Measure how fast a model plays on this machine");
    auto options = std::make_shared<BenchOptions>();
    options->model.add(*command);
    command->add_option("--precision", options->precisions, "f32, bf16 or f16; several with commas")
        ->delimiter(',')
        ->check(CLI::IsMember({"f32", "bf16", "f16"}));
    options->run.add_engine(*command);
    command->add_option("--batch", options->batches, "Pictures a run, several with commas")
        ->delimiter(',')
        ->check(CLI::Range(1, 1024));
    command->add_option("--seconds", options->seconds, "How long to measure each (default 2)")
        ->check(CLI::Range(0.0, 3600.0));
    command->add_option("--tile", options->tile, "Circular padding along x, y or xy")
        ->check(CLI::IsMember({"x", "y", "xy"}));
    command->add_flag("--json", options->json, "Print JSON");
    command->callback([options, &chosen] { chosen = [options] { return bench(*options); }; });
}

}  // namespace gan
