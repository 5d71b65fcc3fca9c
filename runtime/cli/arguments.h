#pragma once

#include <CLI/CLI.hpp>

#include <optional>

namespace gan {

/// Parses the command line into `app`. Returns the exit code when the program is done with that: after
/// --help,
/// --version, and after an argument that does not fit, of which one sentence says what it is, and for an
/// option that is not known, which is like it.
std::optional<int> parse_arguments(CLI::App& app, int argc, char** argv);

}  // namespace gan
