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

std::vector<Edit> files_kept(const Graph& graph, const NodeTypes& types, const std::filesystem::path& folder,
                             const std::string& patch_path) {
    const std::filesystem::path patch = std::filesystem::absolute(patch_path);
    std::vector<Edit> edits;
    for (const auto& [id, node] : graph.nodes) {
        const NodeType* type = types.find(node.type);
        if (type == nullptr) continue;
        for (const ParamBase* param : types.sample(*type).params()) {
            const auto found = node.params.find(param->name);
            if (!param->info.file || found == node.params.end() || !found->is_string()) continue;
            const std::filesystem::path named = found->get<std::string>();
            const std::filesystem::path file = std::filesystem::absolute(folder / named).lexically_normal();
            std::error_code failed;
            if (named.empty() || named.is_absolute() || !std::filesystem::exists(file, failed)) continue;
            if (const std::string moved = path_in_patch(patch.string(), file); moved != named)
                edits.push_back({SetParam{id, std::string(param->name), moved}});
        }
    }
    return edits;
}

}  // namespace gan
