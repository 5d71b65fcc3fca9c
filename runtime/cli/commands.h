#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace gan {

/// What main() runs once the command line is parsed; returns the exit code.
using Command = std::function<int()>;

/// Each adds its subcommand and its options, and sets `chosen` when the user names it.
void add_generate(CLI::App& app, Command& chosen);
void add_import(CLI::App& app, Command& chosen);
void add_inspect(CLI::App& app, Command& chosen);
void add_bench(CLI::App& app, Command& chosen);
void add_render(CLI::App& app, Command& chosen);
void add_play(CLI::App& app, Command& chosen);
void add_collect(CLI::App& app, Command& chosen);
void add_nodes(CLI::App& app, Command& chosen);
void add_gpus(CLI::App& app, Command& chosen);

}  // namespace gan
