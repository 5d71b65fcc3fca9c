#include "trainer/data/material.h"

#include <algorithm>

namespace gan {
namespace {

/// IEC 61966-2-1. The power 2.4 is a square times a fifth root of a square, by Newton's method.
float decoded(float encoded) {
    if (encoded <= 0.04045f) return encoded / 12.92f;
    const double base = (encoded + 0.055) / 1.055, square = base * base;
    double root = 1;
    for (int k = 0; k < 20; ++k) root -= (root - square / (root * root * root * root)) / 5;
    return static_cast<float>(square * root);
}

const std::array<float, 256>& decoded_levels() {
    static const auto table = [] {
        std::array<float, 256> levels{};
        for (int i = 0; i < 256; ++i) levels[i] = decoded(static_cast<float>(i) / 255);
        return levels;
    }();
    return table;
}

/// The level nearest to a linear value, by thresholds half-way between levels, and a first guess.
uint8_t encoded(float linear) {
    constexpr int guesses = 1024;
    struct Tables {
        std::array<float, 256> threshold{};  // below [i]: level i or less
        std::array<uint8_t, guesses + 1> guess{};
    };
    static const Tables tables = [] {
        Tables result;
        for (int i = 0; i < 256; ++i) result.threshold[i] = decoded((static_cast<float>(i) + 0.5f) / 255);
        for (int g = 0, level = 0; g <= guesses; ++g) {
            while (level < 255 && result.threshold[level] < static_cast<float>(g) / guesses) ++level;
            result.guess[g] = static_cast<uint8_t>(level);
        }
        return result;
    }();
    const float x = clamped(linear);
    int level = tables.guess[static_cast<int>(x * guesses)];
    while (level < 255 && tables.threshold[level] < x) ++level;
    return static_cast<uint8_t>(level);
}

/// Identity up to the knee, then bent so that it comes near to white and stays below.
float rolled_off(float x) {
    constexpr float knee = 0.7f, room = 1 - knee;
    return x < knee ? x : 1 - room * room / (x - knee + room);
}

float power_of_two(float x, int exponent) {
    for (int k = 0; k < exponent; ++k) x *= x;
    return x;
}

/// How far what lies towards the light reaches above the ray to it; a few steps, the same for all samples.
Field shade(const Field& height, const Light& light) {
    constexpr int steps = 6;
    constexpr float stride = 0.009f;  // sides
    const int n = height.n;
    Field above(height);
    for (float& value : above.values) value = 0;
    for (int k = 1; k <= steps; ++k) {
        const float way = stride * static_cast<float>(k), climb = way * light.slope;
        const int dx = wrapped(floor_of(way * light.x * static_cast<float>(n) + 0.5f), n);
        const int dy = wrapped(floor_of(way * light.y * static_cast<float>(n) + 0.5f), n);
        for (int y = 0; y < n; ++y) {
            const float* here = &height.values[static_cast<size_t>(y) * n];
            const float* there = &height.values[static_cast<size_t>((y + dy) % n) * n];
            float* out = &above.values[static_cast<size_t>(y) * n];
            const auto span = [&](int from, int to, int shift) {
                for (int x = from; x < to; ++x) out[x] = std::max(out[x], there[x + shift] - here[x] - climb);
            };
            span(0, n - dx, dx);
            span(n - dx, n, dx - n);
        }
    }
    return above;
}

/// The mean of each factor x factor samples.
Field reduced(const Field& field, int factor) {
    const int side = field.n / factor;
    Field result(Grid{side, 0});
    const float share = 1.0f / static_cast<float>(factor * factor);
    for (int y = 0, i = 0; y < field.n; ++y) {
        float* out = &result.values[static_cast<size_t>(y / factor) * side];
        for (int x = 0; x < side; ++x)
            for (int k = 0; k < factor; ++k, ++i) out[x] += field[i] * share;
    }
    return result;
}

}  // namespace

Rgb srgb(uint32_t hex) {
    const auto& levels = decoded_levels();
    return {levels[hex >> 16 & 255], levels[hex >> 8 & 255], levels[hex & 255]};
}

Rgb varied(SplitMix& random, Rgb colour, float hue, float brightness) {
    const float all = random.uniform(1 - brightness, 1 + brightness);
    const float r = random.uniform(1 - hue, 1 + hue), g = random.uniform(1 - hue, 1 + hue);
    return Rgb{colour.r * r, colour.g * g, colour.b * random.uniform(1 - hue, 1 + hue)} * all;
}

Ramp ramp(const Hexes& hexes) {
    return {{srgb(hexes[0]), srgb(hexes[1]), srgb(hexes[2]), srgb(hexes[3])}};
}

Ramp picked(SplitMix& random, std::span<const Hexes> palettes, float most) {
    const int last = static_cast<int>(palettes.size()) - 1;
    Ramp result = ramp(palettes[random.integer(0, last)]);
    const Ramp other = ramp(palettes[random.integer(0, last)]);
    const float share = random.uniform(0, most);
    const Rgb tint = varied(random, {1, 1, 1}, 0.05f, 0.15f);
    for (int i = 0; i < 4; ++i) result.colours[i] = mixed(result.colours[i], other.colours[i], share) * tint;
    return result;
}

Light daylight(SplitMix& random) {
    const float turns = random.uniform(0.08f, 0.42f);
    Light light;
    light.x = cosine(turns);
    light.y = -sine(turns);
    light.slope = random.uniform(0.7f, 1.3f);
    light.ambient = random.uniform(0.3f, 0.45f);
    return light;
}

Surface turned(Surface surface) {
    const int n = surface.grid.n;
    const auto exchange = [n](auto& values) {
        if (values.empty()) return;
        for (int y = 0; y < n; ++y)
            for (int x = 0; x < y; ++x) std::swap(values[y * n + x], values[x * n + y]);
    };
    exchange(surface.height.values);
    exchange(surface.gloss.values);
    exchange(surface.colour);
    exchange(surface.glow);
    return surface;
}

Picture8 lit(const Surface& surface, const Light& light, int side) {
    const int n = surface.grid.n, factor = n / side;
    const Field& height = surface.height;
    const Field around = blurred(reduced(height, factor), 0.02f);  // smooth enough for one value a pixel
    const Field above = light.shadow > 0 ? shade(height, light) : Field(Grid{1, 1});
    const float length = std::sqrt(1 + light.slope * light.slope);
    const float lx = light.x / length, ly = light.y / length, lz = light.slope / length;
    const float half = std::sqrt(2 * (1 + lz));  // |light + eye|, the eye being straight above
    const float per_side = 0.5f * static_cast<float>(n);
    const float share = 1.0f / static_cast<float>(factor * factor);

    std::vector<Rgb> sums(static_cast<size_t>(side) * side);
    for (int y = 0; y < n; ++y) {
        const float* upper = &height.values[static_cast<size_t>(wrapped(y - 1, n)) * n];
        const float* lower = &height.values[static_cast<size_t>(wrapped(y + 1, n)) * n];
        const float* row = &height.values[static_cast<size_t>(y) * n];
        Rgb* out = &sums[static_cast<size_t>(y / factor) * side];
        const float* mean = &around.values[static_cast<size_t>(y / factor) * side];
        for (int x = 0, column = 0, part = 0; x < n; ++x) {
            const int i = y * n + x;
            const float sx = (row[x + 1 < n ? x + 1 : 0] - row[x > 0 ? x - 1 : n - 1]) * per_side;
            const float sy = (lower[x] - upper[x]) * per_side;
            const float nz = 1 / std::sqrt(1 + sx * sx + sy * sy);
            float direct = std::max(0.0f, (lz - sx * lx - sy * ly) * nz);
            if (light.shadow > 0) direct *= 1 - light.shadow * rise(0, 0.006f, above[i]);
            const float open = clamped(1 - (mean[column] - row[x]) * light.occlusion, 0.25f, 1.15f);
            const float diffuse =
                light.ambient * open + (1 - light.ambient) * direct / lz * (0.5f + 0.5f * open);
            Rgb colour = surface.colour[i] * diffuse;
            if (surface.gloss[i] > 0) {
                const float facing = std::max(0.0f, (lz + 1 - sx * lx - sy * ly) * nz / half);
                const float mirrored = power_of_two(facing, light.sharpness) * surface.gloss[i];
                colour = colour + Rgb{mirrored, mirrored, mirrored};
            }
            if (!surface.glow.empty()) colour = colour + surface.glow[i];
            out[column] = out[column] + colour * share;
            if (++part == factor) part = 0, ++column;
        }
    }
    Picture8 picture{.width = side, .height = side, .channels = 3, .pixels = {}};
    picture.pixels.reserve(sums.size() * 3);
    for (const Rgb& c : sums)
        for (const float value : {c.r, c.g, c.b}) picture.pixels.push_back(encoded(rolled_off(value)));
    return picture;
}

}  // namespace gan
