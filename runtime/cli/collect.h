#pragma once

#include "runtime/graph/graph.h"

#include <cstddef>
#include <string>

namespace gan {

/// Copies a patch, its models and the other files that it names into one folder, which is made when it is not
/// there; everything is named from there. Returns how many files came with it. Throws Error with nothing
/// replaced.
///   patch  its path: what relative names start from, and what it is called in the folder
///   force  files that are there and differ are replaced
size_t collect_patch(Graph graph, const std::string& patch, const std::string& folder, bool force);

}  // namespace gan
