#include "nodes/builtin.h"
#include "nodes/picture.h"
#include "shaders/shaders.h"

namespace gan {
namespace {

/// n = normalize(-dh/dx, dh/dy, 1), with y down and h in pixels; kept as n / 2 + 1/2. A picture of another
/// size has the same normals: heights are in widths of it.
class NormalMap final : public Node {
    enum class Green { Up, Down };
    enum class Filter { Sobel, Scharr, Central };
    /// As shaders/normal_map.comp has them.
    struct Constants {
        float strength[2];
        float side;
        int32_t data;
    };

public:
    Input<ImageRef> in{*this, "image",
                       "The heights: grey as a display shows it, or the first channel of data"};
    Number strength{*this,
                    "strength",
                    "Height of white above black, in widths of the picture; below 0: depth",
                    {.value = 0.02, .min = -1, .max = 1}};
    Choice<Green> green{*this,
                        "green",
                        "Where slopes are green that face up, or those that face down",
                        {"OpenGL (up)", "DirectX (down)"},
                        Green::Up};
    Choice<Filter> filter{
        *this,
        "filter",
        "What slopes are measured with: Scharr is equally exact in all directions, Sobel is "
        "softer, central differences keep the finest detail",
        {"Sobel", "Scharr", "central differences"},
        Filter::Sobel};
    Output<ImageRef> out{*this, "image", "The normals, as data"};

    void prepare_on(Gpu& gpu) override { prepare_shaders(gpu, {&shaders::normal_map}); }
    void process(const Tick& tick) override {
        // Of three rows, those beside weigh 1 : 2 : 1, 3 : 10 : 3 (Scharr 2000) and not at all.
        constexpr float sides[] = {1.0f / 4, 3.0f / 16, 0};
        ImageInfo result = **in;
        result.encoding = Encoding::Data32f;
        result.channels = 3;
        const double pixels = strength * result.width;
        const Constants constants{.strength = {static_cast<float>(-pixels),
                                               static_cast<float>(green == Green::Up ? pixels : -pixels)},
                                  .side = sides[static_cast<size_t>(static_cast<Filter>(filter))],
                                  .data = is_data(**in)};
        out = draw(tick, shaders::normal_map, {*in}, result, constants);
    }
};

}  // namespace

NodeType normal_map() {
    NodeType type =
        node_type<NormalMap>("image.normal_map", "Normal Map", "Makes a normal map of a picture of heights");
    type.aliases = {"bump", "height to normal", "relief", "slope", "tangent space"};
    return type;
}

}  // namespace gan
