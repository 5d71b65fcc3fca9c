#pragma once

#include "runtime/graph/patch.h"

#include <string>

namespace gan {

constexpr const char* patch_key = "ganymede.patch";  // PNG text chunk: the patch that made the picture

bool is_named_png(const std::string& path);  // by its ending, in letters of any size

/// A patch file, or a picture that `ganymede render` wrote, which carries its patch. Throws Error naming the
/// file.
Patch open_patch(const std::string& path);

/// Has every Model node load this file, instead of the patch's own.
void use_model(Graph& graph, const std::string& path);

}  // namespace gan
