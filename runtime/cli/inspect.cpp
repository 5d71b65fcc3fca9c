#include "runtime/base/error.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/model_options.h"
#include "runtime/model/lower.h"
#include "runtime/model/safetensors.h"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace gan {
namespace {

using nlohmann::json;

int64_t parameters(const StateDict& tensors) {
    int64_t total = 0;
    for (const auto& [name, tensor] : tensors) {
        const std::string_view leaf = std::string_view(name).substr(name.rfind('.') + 1);
        if (leaf == "weight" || leaf == "bias" || leaf == "gain" || leaf == "gamma") total += tensor.count();
    }
    return total;
}

json describe(const ModelOptions& options, bool verify) {
    const Checkpoint checkpoint = options.open();
    const Program program = lower(checkpoint);
    json report = {
        {"path", options.path},
        {"source", checkpoint.source},
        {"config", to_json(checkpoint.config)},
        {"class_names", checkpoint.config.class_names},
        {"licence", checkpoint.licence},
        {"training", checkpoint.training.empty() ? json() : json::parse(checkpoint.training, nullptr, false)},
        {"sha256", hash_of(checkpoint)},
        {"parameters", parameters(checkpoint.tensors)},
        {"tensors", checkpoint.tensors.size()},
        {"gmac", program.macs() / 1e9},
        {"lowered_megabytes", static_cast<double>(program.weight_bytes()) / 1e6},
        {"bend_channels", program.modulation.channels},
        {"notes", checkpoint.notes},
    };
    json layers = json::array();
    const auto sizes = map_sizes(program);
    for (size_t i = 0; i < program.ops.size(); ++i)
        layers.push_back({{"op", name_of(program.ops[i].kind)},
                          {"channels", program.ops[i].channels},
                          {"size", sizes[i]}});
    report["program"] = std::move(layers);
    if (verify) {
        const bool good = checkpoint.hash.empty() || data_hash(checkpoint.tensors) == checkpoint.hash;
        if (!good)
            throw Error("{}: its data does not match the SHA-256 it stores; the file is damaged",
                        options.path);
        report["verified"] = !checkpoint.hash.empty();
    }
    return report;
}

void print(const json& report) {
    const json& config = report["config"];
    const auto line = [](std::string_view name, const std::string& value) {
        fmt::print("{:<14}{}\n", name, value);
    };
    line("model", report["path"].get<std::string>());
    line("layout", report["source"].get<std::string>());
    line("network", fmt::format("{} {}x{}, ch {}, {} parameters", config["family"].get<std::string>(),
                                config["resolution"].get<int>(), config["resolution"].get<int>(),
                                config["channels"].get<int>(), report["parameters"].get<int64_t>()));
    const std::string distribution = config["latent"].get<std::string>();
    line("latent", fmt::format("{} numbers{}{}", config["dim_z"].get<int>(),
                               config["hierarchical"].get<bool>() ? ", hierarchical" : "",
                               distribution == "normal" ? "" : ", " + distribution));
    const size_t names = report["class_names"].size();
    line("classes",
         fmt::format("{}{}", config["classes"].get<int>(), names > 0 ? ", named" : ", without names"));
    line("attention",
         config["attention"].empty()
             ? "none"
             : fmt::format("at {} pixels", fmt::join(config["attention"].get<std::vector<int>>(), ", ")));
    if (config["tileable"].get<bool>()) line("pictures", "tile");
    line("statistics", config["stats_psi"].empty()
                           ? "one row: psi narrows latents only"
                           : fmt::format("{} rows of psi", config["stats_psi"].size()));
    line("truncation", config["truncation"].get<std::string>());
    line("work", fmt::format("{:.2f} GMAC a picture, {:.0f} MB of lowered weights",
                             report["gmac"].get<double>(), report["lowered_megabytes"].get<double>()));
    const std::string licence = report["licence"].get<std::string>();
    line("licence", licence.empty() ? "not stated" : licence);
    if (report["training"].is_object()) line("training", report["training"].dump());
    line("sha256", report["sha256"].get<std::string>());
    for (const json& note : report["notes"]) line("note", note.get<std::string>());
}

}  // namespace

void add_inspect(CLI::App& app, Command& chosen) {
    struct Options {
        ModelOptions model;
        bool json = false;
        bool verify = false;
    };
    auto* command = app.add_subcommand("inspect", "Tell what a model file holds");
    auto options = std::make_shared<Options>();
    options->model.add(*command);
    command->add_flag("--json", options->json, "Print JSON");
    command->add_flag("--verify", options->verify, "Compare the data with the SHA-256 that the file stores");
    command->callback([options, &chosen] {
        chosen = [options] {
            const json report = describe(options->model, options->verify);
            if (options->json) {
                fmt::print("{}\n", report.dump(2, ' ', false, json::error_handler_t::replace));
            } else {
                print(report);
            }
            return 0;
        };
    });
}

}  // namespace gan
