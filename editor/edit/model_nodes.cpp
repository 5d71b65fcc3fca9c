#include "editor/edit/model_nodes.h"

#include "runtime/base/error.h"

#include <algorithm>
#include <string_view>

namespace gan {
namespace {

constexpr double column = 240;  // px from one node to the next
constexpr double row = 160;

constexpr std::string_view output_type = "image.output";

bool has_type(const Graph& graph, std::string_view type) {
    return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                       [&](const auto& node) { return node.second.type == type; });
}

/// The Output that is shown, the one with the lowest id, if it shows nothing yet; 0: there is none.
NodeId waiting_output(const Graph& graph) {
    for (const auto& [id, node] : graph.nodes)
        if (node.type == output_type) return graph.links.contains({id, "image"}) ? 0 : id;
    return 0;
}

}  // namespace

ModelNodes add_model(const Graph& graph, const NodeTypes& types, const std::string& path, Place place,
                     NodeId inside, const std::function<NodeId()>& fresh_id) {
    std::vector<Edit> edits;
    const auto add = [&](const char* id, double columns, double rows) {
        const NodeType* type = types.find(id);
        if (type == nullptr) throw Error("there is no node type '{}' here", id);
        const NodeId node = fresh_id();
        edits.push_back(add_node(node, *type, {place.x + columns * column, place.y + rows * row}, inside));
        return node;
    };
    const auto link = [&](NodeId from, const char* output, NodeId to, const char* input) {
        edits.push_back({AddLink{{from, output}, {to, input}}});
    };
    const NodeId model = add("model.load", 0, 0);
    edits.push_back({SetParam{model, "path", path}});
    if (!has_type(graph, "biggan.generator")) {
        const NodeId sampler = add("latent.sampler", 0, 1);
        const NodeId truncation = add("latent.truncation", 1, 1);
        const NodeId classes = add("class.embed", 0, 2);
        const NodeId generator = add("biggan.generator", 2, 0.5);
        link(sampler, "latent", truncation, "latent");
        link(model, "model", generator, "model");
        link(truncation, "latent", generator, "latent");
        link(classes, "class", generator, "class");
        if (const NodeId output = waiting_output(graph); output != 0)
            link(generator, "image", output, "image");
        else if (!has_type(graph, output_type))
            link(generator, "image", add("image.output", 3, 0.5), "image");
    }
    return {{std::move(edits)}, model};
}

}  // namespace gan
