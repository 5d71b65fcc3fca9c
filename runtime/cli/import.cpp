#include "runtime/cli/commands.h"
#include "runtime/cli/model_options.h"
#include "runtime/model/lower.h"

#include <fmt/format.h>

namespace gan {

void add_import(CLI::App& app, Command& chosen) {
    struct Options {
        ModelOptions model;
        std::string out;
    };
    auto* command = app.add_subcommand("import", "Convert a foreign checkpoint to a native model file");
    auto options = std::make_shared<Options>();
    options->model.add(*command);
    command->add_option("--out,-o", options->out, "The .safetensors to write")->required();
    command->add_option("--licence", options->model.licence, "Licence of the weights, kept in the file");
    command->callback([options, &chosen] {
        chosen = [options] {
            const Checkpoint checkpoint = options->model.open();
            print_notes(checkpoint.notes);
            lower(checkpoint);  // refuses what could not be played, before anything is written
            const std::string hash = save_checkpoint(options->out, checkpoint);
            fmt::print("{}: {} {} from the {} layout, SHA-256 {}\n", options->out, name_of(checkpoint.config.family),
                       checkpoint.config.resolution, checkpoint.source, hash);
            return 0;
        };
    });
}

}  // namespace gan
