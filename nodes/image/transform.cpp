#include "nodes/builtin.h"
#include "nodes/picture.h"
#include "shaders/shaders.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gan {
namespace {

constexpr int most_taps = 16;  // a side, where the picture is made smaller

/// As shaders/transform.comp has them.
struct TransformConstants {
    float matrix[4];  // from the result's pixels to the picture's, about their centres
    float shift[2];   // pixels of the picture
    int32_t edge;
    int32_t taps;
};

class Transform final : public Node {
public:
    Input<ImageRef> in{*this, "image", "The picture"};
    Number x{*this, "x", "To the right, in widths of the picture", {.value = 0, .min = -4, .max = 4}};
    Number y{*this, "y", "Down, in heights of the picture", {.value = 0, .min = -4, .max = 4}};
    Number rotate{*this,
                  "rotate",
                  "Clockwise about the centre",
                  {.value = 0, .min = -3600, .max = 3600, .unit = "degrees"}};
    Number scale{
        *this, "scale", "About the centre", {.value = 1, .min = 0.01, .max = 100, .curve = Curve::Log}};
    Choice<Edge> edge{*this, "edge", edge_description, edge_names, Edge::Automatic};
    Output<ImageRef> out{*this, "image", "The moved picture"};

    void prepare_on(Gpu& gpu) override { prepare_shaders(gpu, {&shaders::transform}); }
    void process(const Tick& tick) override {
        const Image& picture = **in;
        const double angle = rotate * std::numbers::pi / 180;
        const double c = std::cos(angle) / scale;
        const double s = std::sin(angle) / scale;
        const TransformConstants constants{
            .matrix = {static_cast<float>(c), static_cast<float>(s), static_cast<float>(-s),
                       static_cast<float>(c)},
            .shift = {static_cast<float>(x * picture.width), static_cast<float>(y * picture.height)},
            .edge = static_cast<int32_t>(static_cast<Edge>(edge)),
            .taps = std::clamp(static_cast<int>(std::ceil(1 / scale - 1e-6)), 1, most_taps)};
        out = draw(tick, shaders::transform, {*in}, result(picture), constants);
    }

private:
    /// What is moved around its own edge tiles still, unless it is turned, or no whole number of copies fits.
    ImageInfo result(const Image& picture) const {
        ImageInfo info = result_like(picture);
        const double copies = 1 / scale;
        const bool tiles = rotate == 0.0 && std::abs(copies - std::round(copies)) < 1e-9;
        info.wrap_x = tiles && picture.wrap_x && goes_around(edge);
        info.wrap_y = tiles && picture.wrap_y && goes_around(edge);
        if (edge == Edge::Empty && !is_data(info)) info.channels = 4;
        return info;
    }
};

}  // namespace

NodeType transform() {
    NodeType type = node_type<Transform>("image.transform", "Transform", "Moves, turns and scales a picture");
    type.aliases = {"move", "translate", "rotate", "scale", "zoom", "pan", "offset"};
    return type;
}

}  // namespace gan
