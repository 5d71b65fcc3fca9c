#include "nodes/builtin.h"
#include "runtime/base/error.h"

namespace gan {
namespace {

/// Where a host's pictures come in: an editor's clip, a camera of an engine.
class ImageInput final : public Node {
public:
    TextParam name{*this, "name", "By which the program that Ganymede plays in gives the picture", "input"};
    Input<ImageRef> stand_in{*this, "image", "What is shown where no other program gives a picture",
                             Need::Optional};
    Output<ImageRef> image{*this, "image", "The picture that came in last"};

    void process(const Tick& tick) override {
        if (tick.pictures != nullptr)
            if (const auto given = tick.pictures->find(*name); given != tick.pictures->end()) {
                image = given->second;
                return;
            }
        if (!stand_in.linked())
            throw Error("no program gives the picture '{}'; link one to 'image' that stands in for it",
                        *name);
        image = *stand_in;
    }
};

}  // namespace

NodeType image_input() {
    NodeType type = node_type<ImageInput>(
        "image.input", "Input", "A picture from the program that Ganymede plays in", {.timed = true});
    type.aliases = {"host", "plugin", "source", "camera", "clip"};
    return type;
}

}  // namespace gan
