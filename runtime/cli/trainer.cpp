#include "runtime/cli/trainer.h"

#include "runtime/base/assets.h"
#include "runtime/base/error.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace gan {
namespace {

constexpr std::pair<const char*, const char*> subcommands[] = {
    {"train", "Train a BigGAN on pictures"},
    {"data", "Make the procedural textures as files; check a folder of pictures"},
    {"evaluate", "Score a model beside pictures: distance, variety, fidelity"}};

}  // namespace

void add_trainer(CLI::App& app) {
    for (const auto& [name, description] : subcommands)
        app.add_subcommand(name, description)->group("Trainer");
}

void run_trainer(char** argv) {
    const char* first = argv[0] == nullptr ? nullptr : argv[1];
    if (first == nullptr) return;
    for (const auto& [name, description] : subcommands) {
        if (std::strcmp(first, name) != 0) continue;
        const std::string program = program_folder() / "ganymede-train";
        ::execv(program.c_str(), argv);
        throw Error("{} needs the trainer, {}, which cannot be started: {}", name, program,
                    std::strerror(errno));
    }
}

}  // namespace gan
