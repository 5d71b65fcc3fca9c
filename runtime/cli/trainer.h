#pragma once

#include <CLI/CLI.hpp>

namespace gan {

/// Lists the trainer's subcommands in the help of `app`.
void add_trainer(CLI::App& app);

/// When the first argument is one of them: becomes the program ganymede-train, which lies beside this one and
/// is LibTorch's only user, with the same arguments. Throws Error when it is not there; returns for other
/// arguments.
void run_trainer(char** argv);

}  // namespace gan
