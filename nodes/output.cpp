#include "nodes/builtin.h"

namespace gan {
namespace {

/// What is shown and rendered. Holds the last good picture while what it depends on is in error.
class ImageOutput final : public Node {
public:
    Input<ImageRef> in{*this, "image", "The picture to show"};
    Output<ImageRef> shown{*this, "image", "The same picture"};
    void process(const Tick&) override { shown = *in; }
};

}  // namespace

NodeType image_output() {
    NodeType type = node_type<ImageOutput>("image.output", "Output", "The picture that is shown and rendered",
                                           {.sink = true});
    type.aliases = {"display", "screen", "result"};
    return type;
}

}  // namespace gan
