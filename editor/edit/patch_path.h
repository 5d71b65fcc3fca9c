#pragma once

#include <filesystem>
#include <string>

namespace gan {

/// A file's path as the patch with this path names it: from the patch's folder where that is near, else
/// absolute. An empty `patch_path`: the patch has no file yet.
std::string path_in_patch(const std::string& patch_path, const std::filesystem::path& file);

}  // namespace gan
