#include "runtime/base/program.h"
#include "runtime/cli/arguments.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/trainer.h"

int main(int argc, char** argv) {
    return gan::run_program([&] {
        gan::run_trainer(argv);
        CLI::App app{"Ganymede: pictures from BigGANs", "ganymede"};
        app.set_version_flag("--version", GAN_VERSION);
        app.require_subcommand(1);
        gan::Command command;
        gan::add_generate(app, command);
        gan::add_import(app, command);
        gan::add_inspect(app, command);
        gan::add_bench(app, command);
        gan::add_render(app, command);
        gan::add_play(app, command);
        gan::add_collect(app, command);
        gan::add_nodes(app, command);
        gan::add_gpus(app, command);
        gan::add_trainer(app);
        if (const auto done = gan::parse_arguments(app, argc, argv)) return *done;
        return command();
    });
}
