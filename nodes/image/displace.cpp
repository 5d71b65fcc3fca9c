#include "nodes/builtin.h"
#include "nodes/picture.h"
#include "shaders/shaders.h"

namespace gan {
namespace {

/// result(p) = image(p - amount d(by(p))): what is at p has come from there.
class Displace final : public Node {
    enum class Direction { RedGreen, Gradient, Angle };

    /// As shaders/displace.comp has them.
    struct Constants {
        float amount[2];  // pixels of the picture for 1
        float scale[2];   // pixels of the other for one of the picture
        float middle;
        int32_t direction;
        int32_t colours;  // of the other
        int32_t edge;
    };

public:
    Input<ImageRef> in{*this, "image", "The picture"};
    Input<ImageRef> by{*this, "by", "What moves it; of any size, stretched over it"};
    Number x{*this, "x", "To the right, in widths of the picture", {.value = 0.1, .min = -1, .max = 1}};
    Number y{*this, "y", "Down, in heights of the picture", {.value = 0.1, .min = -1, .max = 1}};
    Choice<Direction> direction{
        *this,
        "direction",
        "Red moves to the right and green down; or lightness moves towards where it is "
        "lighter, as far as it rises over a tenth of a side; or lightness is an angle, "
        "clockwise, 1 once around",
        {"red and green", "along its gradient", "angle"},
        Direction::RedGreen};
    Number middle{*this,
                  "middle",
                  "The value that moves nothing; of an angle, what moves to the right",
                  {.value = 0.5, .min = 0, .max = 1}};
    Choice<Edge> edge{*this, "edge", edge_description, edge_names, Edge::Automatic};
    Output<ImageRef> out{*this, "image", "The displaced picture"};

    void prepare_on(Gpu& gpu) override { prepare_shaders(gpu, {&shaders::displace}); }
    void process(const Tick& tick) override {
        const Image& picture = **in;
        const Image& other = **by;
        // The shader's differences are of two pixels; 10 of what is asked for are a side.
        const bool gradient = direction == Direction::Gradient;
        const double per_x = gradient ? other.width / 20.0 : 1;
        const double per_y = gradient ? other.height / 20.0 : 1;
        const Constants constants{
            .amount = {static_cast<float>(x * picture.width * per_x),
                       static_cast<float>(y * picture.height * per_y)},
            .scale = {static_cast<float>(static_cast<double>(other.width) / picture.width),
                      static_cast<float>(static_cast<double>(other.height) / picture.height)},
            .middle = static_cast<float>(middle),
            .direction = static_cast<int32_t>(static_cast<Direction>(direction)),
            .colours = is_data(other) ? 0 : 1,
            .edge = static_cast<int32_t>(static_cast<Edge>(edge))};
        ImageInfo info = result_like(picture);
        const bool around = goes_around(edge);
        info.wrap_x = around && picture.wrap_x && other.wrap_x;
        info.wrap_y = around && picture.wrap_y && other.wrap_y;
        if (edge == Edge::Empty && !is_data(info)) info.channels = 4;
        out = draw(tick, shaders::displace, {*in, *by}, info, constants);
    }
};

}  // namespace

NodeType displace() {
    NodeType type = node_type<Displace>("image.displace", "Displace",
                                        "Moves the pixels of a picture as another one says");
    type.aliases = {"distort", "warp", "refract", "displacement", "flow", "ripple"};
    return type;
}

}  // namespace gan
