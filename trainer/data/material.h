#pragma once

#include "runtime/picture/picture.h"
#include "trainer/data/noise.h"

#include <array>
#include <span>

namespace gan {

/// A colour in linear light; 1 is white.
struct Rgb {
    float r = 0, g = 0, b = 0;

    friend Rgb operator+(Rgb a, Rgb b) { return {a.r + b.r, a.g + b.g, a.b + b.b}; }
    friend Rgb operator*(Rgb a, Rgb b) { return {a.r * b.r, a.g * b.g, a.b * b.b}; }
    friend Rgb operator*(Rgb a, float s) { return {a.r * s, a.g * s, a.b * s}; }
};

inline Rgb mixed(Rgb a, Rgb b, float t) {
    return {mixed(a.r, b.r, t), mixed(a.g, b.g, t), mixed(a.b, b.b, t)};
}

/// 0xrrggbb, sRGB-encoded.
Rgb srgb(uint32_t hex);
/// Within `brightness` as bright, each channel within `hue` of that, in proportion.
Rgb varied(SplitMix& random, Rgb colour, float hue, float brightness);

/// Four colours from the deepest to the lightest place of a material, or as its comment says.
struct Ramp {
    std::array<Rgb, 4> colours;

    /// Piecewise linear over [0, 1].
    Rgb at(float t) const {
        const float x = clamped(t) * 3;
        const int i = x < 2 ? static_cast<int>(x) : 2;
        return mixed(colours[i], colours[i + 1], x - static_cast<float>(i));
    }
};
using Hexes = std::array<uint32_t, 4>;  // sRGB
/// One of the palettes, up to `most` towards another, and varied.
Ramp picked(SplitMix& random, std::span<const Hexes> palettes, float most = 0.3f);
Ramp ramp(const Hexes& hexes);

/// A patch of material, before light falls on it.
struct Surface {
    Grid grid;
    Field height;             // in sides of the picture
    std::vector<Rgb> colour;  // (n, n) albedo
    std::vector<Rgb> glow;    // (n, n) light it gives off; or empty
    Field gloss;              // mirrored light, 0 to 1

    explicit Surface(const Grid& g) : grid(g), height(g), colour(static_cast<size_t>(g.size())), gloss(g) {}
};

/// The light of a picture.
struct Light {
    float x = 0, y = -0.7f;  // towards the light, in the plane, a unit vector; y points down
    float slope = 0.8f;      // height of the light over the plane for each unit along it
    float ambient = 0.35f;   // share of light that comes from all sides
    float occlusion = 12;    // how much darker a place is for each side it lies below its surroundings
    float shadow = 0;        // share of direct light that what stands in its way takes
    int sharpness = 4;       // gloss falls off with cos^(2^sharpness)
};

/// From above, somewhere between the right and the left; slope 0.7 to 1.3.
Light daylight(SplitMix& random);

/// x and y exchanged.
Surface turned(Surface surface);

/// The surface under a light, averaged to a picture of `side`, a divisor of grid.n. A flat place shows its
/// albedo; what is brighter than white is rolled off.
Picture8 lit(const Surface& surface, const Light& light, int side);

}  // namespace gan
