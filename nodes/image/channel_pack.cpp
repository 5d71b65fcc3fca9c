#include "nodes/builtin.h"
#include "nodes/picture.h"
#include "runtime/base/error.h"
#include "shaders/shaders.h"

#include <array>

namespace gan {
namespace {

class ChannelPack final : public Node {
    enum class Values { Displayed, Light };
    /// As shaders/channel_pack.comp has them; a bit an input.
    struct Constants {
        float values[4];
        int32_t linked;
        int32_t data;
        int32_t inverted;
        int32_t displayed;
    };

public:
    Input<ImageRef> red{*this, "red", "Its grey value becomes red; the first linked gives the size",
                        Need::Optional};
    Input<ImageRef> green{*this, "green", "Its grey value becomes green", Need::Optional};
    Input<ImageRef> blue{*this, "blue", "Its grey value becomes blue", Need::Optional};
    Input<ImageRef> alpha{*this, "alpha", "Its grey value becomes alpha", Need::Optional};
    Number red_value{*this, "red value", "Where no picture is linked", {.value = 0, .min = 0, .max = 1}};
    Number green_value{*this, "green value", "Where no picture is linked", {.value = 0, .min = 0, .max = 1}};
    Number blue_value{*this, "blue value", "Where no picture is linked", {.value = 0, .min = 0, .max = 1}};
    Number alpha_value{*this,
                       "alpha value",
                       "Where no picture is linked; 1: the result has no alpha",
                       {.value = 1, .min = 0, .max = 1}};
    Toggle invert_red{*this, "invert red", "Takes 1 minus the picture's value", false};
    Toggle invert_green{*this, "invert green", "Takes 1 minus the picture's value", false};
    Toggle invert_blue{*this, "invert blue", "Takes 1 minus the picture's value", false};
    Toggle invert_alpha{*this, "invert alpha", "Takes 1 minus the picture's value", false};
    Choice<Values> values{*this,
                          "values",
                          "What is taken of colours: the grey that a display shows, or its light; of data "
                          "always the first channel",
                          {"as displayed", "light"},
                          Values::Displayed};
    Output<ImageRef> out{*this, "image", "Data of three channels, or four"};

    void prepare_on(Gpu& gpu) override { prepare_shaders(gpu, {&shaders::channel_pack}); }
    void process(const Tick& tick) override {
        const std::array inputs{&red, &green, &blue, &alpha};
        const std::array<bool, 4> inverted{invert_red, invert_green, invert_blue, invert_alpha};
        Constants constants{.values = {static_cast<float>(red_value), static_cast<float>(green_value),
                                       static_cast<float>(blue_value), static_cast<float>(alpha_value)},
                            .displayed = values == Values::Displayed};
        ImageRef first;
        ImageInfo result;
        std::array<ImageRef, 4> pictures;
        for (size_t i = 0; i < inputs.size(); ++i) {
            if (!inputs[i]->linked()) continue;
            pictures[i] = **inputs[i];
            if (first == nullptr) {
                first = pictures[i];
                result = *first;
            }
            result.wrap_x = result.wrap_x && pictures[i]->wrap_x;
            result.wrap_y = result.wrap_y && pictures[i]->wrap_y;
            constants.linked |= 1 << i;
            constants.data |= (is_data(*pictures[i]) ? 1 : 0) << i;
            constants.inverted |= (inverted[i] ? 1 : 0) << i;
        }
        if (first == nullptr)
            throw Error("there is no picture to pack; link one to red, green, blue or alpha");
        for (ImageRef& picture : pictures)
            if (picture == nullptr) picture = first;
        result.encoding = Encoding::Data32f;
        result.channels = alpha.linked() || alpha_value < 1.0 ? 4 : 3;
        out = draw(tick, shaders::channel_pack, {pictures[0], pictures[1], pictures[2], pictures[3]}, result,
                   constants);
    }
};

}  // namespace

NodeType channel_pack() {
    NodeType type = node_type<ChannelPack>("image.channel_pack", "Channel Pack",
                                           "Puts grey pictures into the channels of one");
    type.aliases = {"combine", "merge", "channels", "rgba", "orm", "mask map", "alpha", "join"};
    return type;
}

}  // namespace gan
