#include "editor/edit/patch_path.h"

#include <algorithm>
#include <system_error>

namespace gan {
namespace {

constexpr int most_ups = 3;  // "../" that a relative path may begin with

}  // namespace

std::string path_in_patch(const std::string& patch_path, const std::filesystem::path& file) {
    if (patch_path.empty()) return file.string();
    std::error_code failed;
    const std::filesystem::path near =
        std::filesystem::relative(file, std::filesystem::path(patch_path).parent_path(), failed);
    if (failed || near.empty()) return file.string();
    return std::count(near.begin(), near.end(), "..") > most_ups ? file.string() : near.generic_string();
}

}  // namespace gan
