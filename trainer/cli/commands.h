#pragma once

#include "trainer/data/dataset.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <string>

namespace gan {

class FeatureNetwork;

/// What main() runs once the command line is parsed; returns the exit code.
using Command = std::function<int()>;

/// Each adds its subcommands and their options, and sets `chosen` when the user names one. add_train() looks
/// through the arguments beforehand for --preset, --init, --config and --export, which decide the defaults of
/// the others, and throws Error when what they name cannot be read.
void add_train(CLI::App& app, Command& chosen, int argc, char** argv);
void add_data(CLI::App& app, Command& chosen);
void add_evaluate(CLI::App& app, Command& chosen);

/// A sentence on stderr.
void say(const std::string& sentence);

/// A callback that draws a progress bar, see Progress.
std::function<void(int64_t done, int64_t total)> progress_line(const std::string& what);

/// The pictures of a folder or of tars, or `textures` of the procedural ones when `data` is "textures".
Dataset open_pictures(const std::string& data, int64_t textures, DatasetOptions options);

/// Inception of the file, or, without one, the small texture network that comes with Ganymede.
std::unique_ptr<FeatureNetwork> open_measure(const std::string& inception);

}  // namespace gan
