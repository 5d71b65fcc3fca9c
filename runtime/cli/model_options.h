#pragma once

#include "runtime/model/checkpoint.h"
#include "runtime/model/engine.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace gan {

/// Options that every subcommand has which reads a model.
struct ModelOptions {
    std::string path;
    std::string class_names;
    std::string weights = "auto";
    std::string activation;
    std::string condition_order;
    std::string truncation_mode;
    double bn_eps = -1;
    double output_bn_eps = -1;
    double sn_eps = -1;
    int depth = 0;
    bool bgr = false;
    std::string licence;

    /// MODEL and what cannot be seen in a foreign file. `required`: MODEL must be given.
    void add(CLI::App& command, bool required = true);
    Checkpoint open() const;
};

/// Options of every subcommand that runs a model.
struct RunOptions {
    std::string precision = "f32";
    std::string library = "auto";  // that runs it: EngineKind
    int threads = 0;

    /// What add() adds, but for the precision, which some take several of.
    void add_engine(CLI::App& command);
    void add(CLI::App& command);
    EngineOptions engine() const;
};

/// Prints a checkpoint's and a program's notes to stderr, one a line.
void print_notes(const std::vector<std::string>& notes);

/// SHA-256 of a checkpoint's tensors: stored, or computed.
std::string hash_of(const Checkpoint& checkpoint);

}  // namespace gan
