#include "nodes/patches.h"

#include "nodes/plugins.h"
#include "runtime/base/error.h"
#include "runtime/picture/png.h"

#include <cctype>
#include <filesystem>

namespace gan {

namespace fs = std::filesystem;

bool is_named_png(const std::string& path) {
    std::string ending = fs::path(path).extension().string();
    for (char& letter : ending) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    return ending == ".png";
}

Patch open_patch(const std::string& path) {
    if (!is_named_png(path)) return load_patch(path, installed_nodes());
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
