#include "nodes/output.h"

#include "nodes/builtin.h"
#include "runtime/base/error.h"

namespace gan {
namespace {

/// What is shown and rendered. Holds the last good picture while what it depends on is in error.
class ImageOutput final : public Node {
public:
    Input<ImageRef> in{*this, "image", "The picture to show"};
    Output<ImageRef> shown{*this, "image", "The same picture"};
    void process(const Tick&) override { shown = *in; }
};

/// Of all that waits for one another, the node that failed by itself says why.
std::string cause_of(const Plan& plan, const std::string& error) {
    for (auto step = plan.steps.rbegin(); step != plan.steps.rend(); ++step)
        for (const OutputBase* port : step->instance->node->outputs())
            if (step->asked && port->error().starts_with(step->label + ": ")) return port->error();
    return error;
}

}  // namespace

const Plan::Step& output_of(const Plan& plan, std::optional<NodeId> chosen) {
    if (chosen) {
        const Plan::Step* step = plan.find(*chosen);
        if (step == nullptr || step->instance->type->id != "image.output" || step->mute)
            throw Error("--output: {} is no Output node that is not muted",
                        step == nullptr ? std::to_string(*chosen) : step->label);
        return *step;
    }
    const Plan::Step* found = nullptr;
    for (const Plan::Step& step : plan.steps)
        if (step.instance->type->id == "image.output" && !step.mute &&
            (found == nullptr || step.id < found->id))
            found = &step;
    if (found == nullptr)
        throw Error("the patch has no Output node that is not muted, so there is nothing to render");
    return *found;
}

const ImageRef& shown(const Player& player, std::optional<NodeId> chosen) {
    // A sink that fails, shown or not, is work that is missing at the end.
    for (const Plan::Step& sink : player.plan()->steps) {
        if (!sink.asked || !sink.instance->type->traits.sink) continue;
        for (const OutputBase* port : sink.instance->node->outputs())
            if (!port->error().empty()) throw Error("{}", cause_of(*player.plan(), port->error()));
    }
    const Plan::Step& output = output_of(*player.plan(), chosen);
    return static_cast<const Output<ImageRef>&>(*output.instance->node->outputs().front()).value();
}

FloatPicture float_picture(const Image& image) {
    return {image.width, image.height, image.channels, image.pixels(), is_data(image)};
}

NodeType image_output() {
    NodeType type = node_type<ImageOutput>("image.output", "Output", "The picture that is shown and rendered",
                                           {.sink = true});
    type.aliases = {"display", "screen", "result"};
    return type;
}

}  // namespace gan
