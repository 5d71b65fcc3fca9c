#include "nodes/builtin.h"
#include "nodes/picture.h"
#include "shaders/shaders.h"

#include <algorithm>

namespace gan {
namespace {

/// W3C, Compositing and Blending Level 1 (2015), section 10, and add, subtract and divide; composited
/// source-over, in linear light. Data are blended as the numbers that they are.
class ImageBlend final : public Node {
    enum class Mode {
        Normal,
        Add,
        Subtract,
        Multiply,
        Screen,
        Overlay,
        SoftLight,
        HardLight,
        Darken,
        Lighten,
        Difference,
        Exclusion,
        Divide,
        Dodge,
        Burn,
        Hue,
        Saturation,
        Colour,
        Luminosity
    };
    enum class Space { Usual, Light, Display };
    /// As shaders/blend.comp has them.
    struct Constants {
        int32_t mode;
        int32_t display;
        int32_t data;  // a bit an input
        int32_t masked;
        float amount;
    };

public:
    Input<ImageRef> below{*this, "below", "The picture that is blended into; its size is the result's"};
    Input<ImageRef> above{*this, "above", "The picture that is blended in, stretched to the one below"};
    Input<ImageRef> mask{*this, "mask", "Where: white everything, black nothing; stretched as well",
                         Need::Optional};
    Choice<Mode> mode{*this,
                      "mode",
                      "How the two become one",
                      {"normal", "add", "subtract", "multiply", "screen", "overlay", "soft light",
                       "hard light", "darken", "lighten", "difference", "exclusion", "divide", "colour dodge",
                       "colour burn", "hue", "saturation", "colour", "luminosity"},
                      Mode::Normal};
    Number amount{*this, "amount", "Of the picture above", {.value = 1, .min = 0, .max = 1}};
    Choice<Space> space{*this,
                        "space",
                        "What is reckoned with: light, or values as a display shows them; automatic: display "
                        "for the modes that are made for it, overlay to hard light, difference, exclusion, "
                        "and colour dodge to luminosity",
                        {"automatic", "light", "display"},
                        Space::Usual};
    Output<ImageRef> out{*this, "image", "The blended picture"};

    void prepare_on(Gpu& gpu) override { prepare_shaders(gpu, {&shaders::blend}); }
    void process(const Tick& tick) override {
        if (amount == 0.0) {
            out = *below;
            return;
        }
        ImageInfo result = result_like(**below);
        result.channels = std::max(result.channels, std::min((*above)->channels, 3));
        result.wrap_x = result.wrap_x && (*above)->wrap_x && (!mask.linked() || (*mask)->wrap_x);
        result.wrap_y = result.wrap_y && (*above)->wrap_y && (!mask.linked() || (*mask)->wrap_y);
        const ImageRef& where = mask.linked() ? *mask : *below;
        const Constants constants{
            .mode = static_cast<int32_t>(static_cast<Mode>(mode)),
            .display = display(),
            .data = (is_data(**below) ? 1 : 0) | (is_data(**above) ? 2 : 0) | (is_data(*where) ? 4 : 0),
            .masked = mask.linked(),
            .amount = static_cast<float>(amount)};
        out = draw(tick, shaders::blend, {*below, *above, where}, result, constants);
    }

private:
    bool display() const {
        if (space != Space::Usual) return space == Space::Display;
        const Mode is = mode;
        return (is >= Mode::Overlay && is <= Mode::HardLight) || is == Mode::Difference ||
               is == Mode::Exclusion || is >= Mode::Dodge;
    }
};

}  // namespace

NodeType blend() {
    NodeType type = node_type<ImageBlend>("image.blend", "Blend", "Lays one picture over another");
    type.aliases = {"mix",     "composite", "over",       "layer",      "add",       "multiply", "screen",
                    "overlay", "crossfade", "mask",       "difference", "subtract",  "lighten",  "darken",
                    "dodge",   "burn",      "soft light", "hard light", "luminosity"};
    return type;
}

}  // namespace gan
