#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/model_options.h"
#include "runtime/model/lower.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace gan {
namespace {

std::string training_facts(const std::string& path) {
    const auto facts = nlohmann::json::parse(read_text(path, 1 << 20), nullptr, /*allow_exceptions=*/false);
    if (!facts.is_object()) throw Error("{}: training facts must be a JSON object", path);
    return facts.dump();
}

}  // namespace

void add_import(CLI::App& app, Command& chosen) {
    struct Options {
        ModelOptions model;
        std::string out;
        std::string training;
    };
    auto* command = app.add_subcommand("import", "Convert a foreign checkpoint to a native model file");
    auto options = std::make_shared<Options>();
    options->model.add(*command);
    command->add_option("--out,-o", options->out, "The .safetensors to write")->required();
    command->add_option("--licence", options->model.licence, "Licence of the weights, kept in the file");
    command->add_option("--training", options->training,
                        "JSON file with training facts, kept in the file: data set, steps, seed, metrics; "
                        "its \"label\" is shown in captions");
    command->callback([options, &chosen] {
        chosen = [options] {
            Checkpoint checkpoint = options->model.open();
            if (!options->training.empty()) checkpoint.training = training_facts(options->training);
            print_notes(checkpoint.notes);
            lower(checkpoint);  // refuses what could not be played, before anything is written
            const std::string hash = save_checkpoint(options->out, checkpoint);
            fmt::print("{}: {} {} from the {} layout, SHA-256 {}\n", options->out,
                       name_of(checkpoint.config.family), checkpoint.config.resolution, checkpoint.source,
                       hash);
            return 0;
        };
    });
}

}  // namespace gan
