#include "nodes/builtin.h"

namespace gan {
namespace {

/// Only a name or number: the generator's network knows what it means (runtime/graph/value.h, ClassMix).
class ClassEmbed final : public Node {
public:
    TextParam name{*this, "class", "Name or number of a class", "0"};
    Output<ClassMix> out{*this, "class", "That class alone"};
    void process(const Tick&) override { out = ClassMix{.classes = {{*name, 1.0}}, .offset = {}}; }
};

}  // namespace

NodeType class_embed() {
    NodeType type =
        node_type<ClassEmbed>("class.embed", "Class Embed", "A class to generate, by name or number");
    type.aliases = {"label", "category", "conditioning"};
    return type;
}

}  // namespace gan
