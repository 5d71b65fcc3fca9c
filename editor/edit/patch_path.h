#pragma once

#include "runtime/graph/graph.h"

#include <filesystem>
#include <string>

namespace gan {

/// A file's path as the patch with this path names it: from the patch's folder where that is near, else
/// absolute. An empty `patch_path`: the patch has no file yet.
std::string path_in_patch(const std::string& patch_path, const std::filesystem::path& file);

/// What keeps the relative names of a graph's files, which start from `folder`, naming the same files in the
/// patch at `patch_path`. Names of what is not there are left. An empty list: nothing has to change.
std::vector<Edit> files_kept(const Graph& graph, const NodeTypes& types, const std::filesystem::path& folder,
                             const std::string& patch_path);

}  // namespace gan
