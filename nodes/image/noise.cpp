#include "nodes/builtin.h"
#include "nodes/picture.h"
#include "shaders/shaders.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace gan {
namespace {

/// Octaves of noise in three dimensions, of which a picture shows two: sum of roughness^k noise(2^k place),
/// over the sum of roughness^k. In [0, 1]: perlin as 0.5 + 0.5 noise / its greatest value; value and white as
/// they are drawn; worley F1 cut at 1; worley F2-F1, 0 halfway between two points. shaders/noise.comp has
/// why.
class NoiseNode final : public Node {
public:
    enum class Kind { Perlin, Value, Worley1, Worley21, White };

    Choice<Kind> kind{
        *this,
        "kind",
        "perlin: soft; value: blocky; worley F1: distance to the nearest of random points; worley F2-F1: "
        "cells with dark borders; white: every pixel by itself, scale and octaves have no effect",
        {"perlin", "value", "worley F1", "worley F2-F1", "white"},
        Kind::Perlin};
    Number width{*this,
                 "width",
                 "Of the picture",
                 {.value = 512, .min = 1, .max = 16384, .unit = "pixels", .whole = true}};
    Number height{*this,
                  "height",
                  "Of the picture",
                  {.value = 512, .min = 1, .max = 16384, .unit = "pixels", .whole = true}};
    Number scale{*this,
                 "scale",
                 "Cells across the width; rounded to whole ones where it is seamless",
                 {.value = 8, .min = 0.1, .max = 256, .unit = "cells", .curve = Curve::Log}};
    Number octaves{*this,
                   "octaves",
                   "Layers, each twice as fine as the one before",
                   {.value = 4, .min = 1, .max = 10, .whole = true}};
    Number roughness{*this, "roughness", "Strength of each octave, against the one before", {.value = 0.5}};
    Number evolution{*this,
                     "evolution",
                     "Changes the noise without moving it; may follow the time",
                     {.value = 0, .min = -1e6, .max = 1e6, .unit = "cells"}};
    Number loop{*this,
                "loop",
                "Evolution after which the same noise comes again; 0: never",
                {.value = 0, .min = 0, .max = 4096, .unit = "cells", .whole = true}};
    Toggle seamless{*this, "seamless", "The picture tiles", true};
    Number seed{*this, "seed", "Which noise", {.value = 1, .min = 0, .max = 1e9, .whole = true}};
    Output<ImageRef> out{*this, "image", "Grey data from 0 to 1, about 0.5 in the mean (worley F2-F1: 0.2)"};

    void prepare_on(Gpu& gpu) override { prepare_shaders(gpu, {&shaders::noise}); }
    void process(const Tick& tick) override {
        const double across = cells(scale);
        const double down = cells(scale * height / width);
        const auto period = [&](double count) { return seamless ? static_cast<uint32_t>(count) : 0u; };
        const Constants constants{
            .step_x = fixed(across / (2 * width)),
            .step_y = fixed(down / (2 * height)),
            .evolution = fixed(loop > 0 ? std::fmod(evolution, loop) + loop : evolution),
            .period_x = period(across),
            .period_y = period(down),
            .period_z = static_cast<uint32_t>(loop.whole()),
            .seed = static_cast<uint32_t>(seed.whole()),
            .kind = static_cast<int32_t>(static_cast<Kind>(kind)),
            .octaves = static_cast<int32_t>(octaves.whole()),
            .roughness = static_cast<float>(roughness)};
        const ImageInfo info{.width = static_cast<int>(width.whole()),
                             .height = static_cast<int>(height.whole()),
                             .channels = 1,
                             .encoding = Encoding::Data32f,
                             .wrap_x = seamless,
                             .wrap_y = seamless};
        out = draw(tick, shaders::noise, {}, info, constants);
    }

private:
    /// In cells and their 2^32nds, modulo 2^32 cells.
    using Fixed = std::array<uint32_t, 2>;

    /// As shaders/noise.comp has them.
    struct Constants {
        Fixed step_x;  // cells of half a pixel
        Fixed step_y;
        Fixed evolution;
        uint32_t period_x, period_y, period_z;  // cells; 0: none
        uint32_t seed;
        int32_t kind;
        int32_t octaves;
        float roughness;
    };

    /// Along a side; a tile holds whole ones.
    double cells(double count) const { return seamless ? std::max(1.0, std::round(count)) : count; }

    static Fixed fixed(double count) {
        const auto bits = static_cast<uint64_t>(std::llround(count * 0x1p32));
        return {static_cast<uint32_t>(bits >> 32), static_cast<uint32_t>(bits)};
    }
};

}  // namespace

NodeType noise() {
    NodeType type =
        node_type<NoiseNode>("image.noise", "Noise", "Makes clouds, cells and other random heights");
    type.aliases = {"perlin", "worley",  "voronoi",    "cells",     "clouds",
                    "fbm",    "fractal", "turbulence", "generator", "static"};
    return type;
}

}  // namespace gan
