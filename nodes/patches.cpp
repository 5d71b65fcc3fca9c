#include "nodes/patches.h"

#include "nodes/plugins.h"
#include "runtime/base/error.h"
#include "runtime/picture/png.h"

#include <filesystem>

namespace gan {

namespace fs = std::filesystem;

Patch open_patch(const std::string& path) {
    if (fs::path(path).extension() != ".png") return load_patch(path, installed_nodes());
    const auto texts = read_png_texts(path);
    const auto text = texts.find(patch_key);
    if (text == texts.end())
        throw Error("{}: this picture carries no patch; those that `ganymede render` writes do", path);
    try {
        return parse_patch(text->second, installed_nodes());
    } catch (const Error& error) {
        throw Error("{}: {}", path, error.what());
    }
}

void use_model(Graph& graph, const std::string& path) {
    std::vector<Edit> edits;
    for (const auto& [id, node] : graph.nodes) {
        if (node.type != "model.load") continue;
        edits.push_back({SetParam{id, "path", fs::absolute(path).string()}});
        edits.push_back({SetParam{id, "hash", ""}});  // of the other: it would be looked for instead
    }
    apply(graph, installed_nodes(), {std::move(edits)});
}

}  // namespace gan
