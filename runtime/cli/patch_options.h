#pragma once

#include "runtime/graph/patch.h"
#include "runtime/graph/settings.h"
#include "runtime/picture/picture.h"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gan {

/// Options of every subcommand that plays a patch: changes of it, as edits like any other.
struct PatchOptions {
    std::vector<std::string> sets;
    std::optional<int64_t> seed;
    std::string model;
    std::string gpu;  // that pictures are worked on with, as VulkanInstance::find() takes it

    void add(CLI::App& command);
    /// Throws Error naming what cannot be set; `note` takes sentences about what has no effect.
    void change(Graph& graph, const std::function<void(const std::string&)>& note) const;
};

/// The patch's own size of pictures; none: as the network makes them.
std::optional<Size> size_of(const Settings& settings);

/// The node that a person means: its id, or its name. Throws Error that starts with `option`.
NodeId node_named(const Graph& graph, const std::string& name, const char* option);

}  // namespace gan
