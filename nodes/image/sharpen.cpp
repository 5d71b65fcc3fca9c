#include "nodes/builtin.h"
#include "nodes/image/blur.h"
#include "shaders/shaders.h"

namespace gan {
namespace {

/// Unsharp masking: v + amount (v - blurred v), in linear light; alpha stays. Of a difference only what is
/// above the threshold counts, so that nothing jumps where it begins to.
class Sharpen final : public Node {
    /// As shaders/sharpen.comp has them.
    struct Constants {
        float amount, threshold;
        int32_t data;
    };

public:
    Input<ImageRef> in{*this, "image", "The picture"};
    Number amount{*this, "amount", "0: as it is", {.value = 0.5, .min = 0, .max = 4}};
    Number radius{*this,
                  "radius",
                  "Of the detail: the standard deviation of a gaussian",
                  {.value = 1.5, .min = 0.1, .max = 100, .unit = "pixels", .curve = Curve::Log}};
    Number threshold{*this,
                     "threshold",
                     "Differences of less light stay as they are, so that noise does",
                     {.value = 0, .min = 0, .max = 1}};
    Output<ImageRef> out{*this, "image", "The sharpened picture"};

    void prepare_on(Gpu& gpu) override { prepare_shaders(gpu, {&shaders::blur, &shaders::sharpen}); }
    void process(const Tick& tick) override {
        if (amount == 0.0) {
            out = *in;
            return;
        }
        const ImageInfo result = result_like(**in);
        const Constants constants{.amount = static_cast<float>(amount),
                                  .threshold = static_cast<float>(threshold),
                                  .data = is_data(result)};
        out = draw(tick, shaders::sharpen, {*in, blurred(tick, *in, radius, radius)}, result, constants);
    }
};

}  // namespace

NodeType sharpen() {
    NodeType type = node_type<Sharpen>("image.sharpen", "Sharpen", "Brings out the detail of a picture");
    type.aliases = {"unsharp mask", "detail", "clarity", "high pass"};
    return type;
}

}  // namespace gan
