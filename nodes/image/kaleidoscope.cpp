#include "nodes/builtin.h"
#include "nodes/picture.h"
#include "shaders/shaders.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gan {
namespace {

/// With `segments` n, angles about the centre are taken modulo 2 pi / n and mirrored about the middle of
/// that: 2 n wedges, all of the one from 0 to pi / n.
class Kaleidoscope final : public Node {
    static constexpr int most_taps = 8;  // a side, where the picture is made smaller

    /// As shaders/kaleidoscope.comp has them.
    struct Constants {
        float before[4];  // turns a place back by `angle`
        float after[4];   // from between the mirrors to the picture
        float centre[2];  // pixels
        float mirror[2];  // towards the second mirror; the first is at angle 0
        float turn[2];    // cosine and sine of a segment
        int32_t turns;    // at most, by a segment each
        int32_t edge;
        int32_t taps;
    };

public:
    Input<ImageRef> in{*this, "image", "The picture"};
    Number segments{*this,
                    "segments",
                    "Around the centre; one half of each mirrors the other",
                    {.value = 6, .min = 1, .max = 64, .whole = true}};
    Number angle{*this,
                 "angle",
                 "Turns everything clockwise about the centre",
                 {.value = 0, .min = -3600, .max = 3600, .unit = "degrees"}};
    Number rotate{*this,
                  "rotate",
                  "Turns the picture clockwise behind the mirrors",
                  {.value = 0, .min = -3600, .max = 3600, .unit = "degrees"}};
    Number zoom{*this, "zoom", "Into the picture", {.value = 1, .min = 0.1, .max = 10, .curve = Curve::Log}};
    Number x{*this,
             "centre x",
             "Where the mirrors meet, in widths from the left",
             {.value = 0.5, .min = -1, .max = 2}};
    Number y{*this,
             "centre y",
             "Where the mirrors meet, in heights from the top",
             {.value = 0.5, .min = -1, .max = 2}};
    Choice<Edge> edge{*this, "edge", edge_description, edge_names, Edge::Mirror};
    Output<ImageRef> out{*this, "image", "What is seen in the mirrors"};

    void prepare_on(Gpu& gpu) override { prepare_shaders(gpu, {&shaders::kaleidoscope}); }
    void process(const Tick& tick) override {
        const Image& picture = **in;
        const double half = std::numbers::pi / segments;
        const auto radians = [](double degrees) { return degrees * std::numbers::pi / 180; };
        Constants constants{
            .centre = {static_cast<float>(x * picture.width), static_cast<float>(y * picture.height)},
            .mirror = {static_cast<float>(std::cos(half)), static_cast<float>(std::sin(half))},
            .turn = {static_cast<float>(std::cos(2 * half)), static_cast<float>(std::sin(2 * half))},
            .turns = static_cast<int32_t>(segments.whole() / 2),
            .edge = static_cast<int32_t>(static_cast<Edge>(edge)),
            .taps = std::clamp(static_cast<int>(std::ceil(1 / zoom - 1e-6)), 1, most_taps)};
        turn_back(radians(angle), 1, constants.before);
        turn_back(radians(rotate), zoom, constants.after);
        ImageInfo info = result_like(picture);
        info.wrap_x = info.wrap_y = false;
        if (edge == Edge::Empty && !is_data(info)) info.channels = 4;
        out = draw(tick, shaders::kaleidoscope, {*in}, info, constants);
    }

private:
    static void turn_back(double radians, double larger, float (&matrix)[4]) {
        const double c = std::cos(radians) / larger;
        const double s = std::sin(radians) / larger;
        const double rows[] = {c, s, -s, c};
        std::copy(std::begin(rows), std::end(rows), matrix);
    }
};

}  // namespace

NodeType kaleidoscope() {
    NodeType type =
        node_type<Kaleidoscope>("image.kaleidoscope", "Kaleidoscope", "Mirrors a picture about a centre");
    type.aliases = {"mirror", "symmetry", "mandala", "radial", "fold", "reflect"};
    return type;
}

}  // namespace gan
