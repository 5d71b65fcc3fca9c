#pragma once

#include "runtime/graph/graph.h"

#include <string>
#include <string_view>
#include <vector>

namespace gan {

/// A patch file is JSON: one format for editor, command line and plugin. Saving an unchanged patch gives the
/// same bytes; every node's parameter and every link has a line of its own.
///
///     {
///       "ganymede": 1,                        format
///       "settings": { "tempo": 120, ... },    Graph::settings
///       "nodes": [
///         { "id": 1, "type": "latent.sampler", "version": 1, "name": "A", "x": 0, "y": 0,
///           "params": { "seed": 7 } }, ...
///       ],
///       "links": { "2.z": "1.z", ... }        input: output, as "node.port"
///     }
///
/// Node types, ports, parameters and members that are not known here survive load and save.
constexpr int patch_format = 1;

struct Patch {
    Graph graph;
    std::vector<std::string> problems;  // a sentence each, about what was found and cannot be used as it is
};

/// Throws Error when the text is no patch at all, or of a newer format.
Patch parse_patch(std::string_view text, const NodeTypes& types);
std::string patch_text(const Graph& graph);

/// The same from and to a file; writing replaces it at once or not at all. Throw Error naming the file.
Patch load_patch(const std::string& path, const NodeTypes& types);
void save_patch(const std::string& path, const Graph& graph);

}  // namespace gan
