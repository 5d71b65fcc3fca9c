#include "trainer/data/texture_list.h"

#include <algorithm>

namespace gan {

LitSurface wood(const Grid& grid, SplitMix& random) {
    static constexpr Hexes palettes[] = {
        {0x7a4a26, 0xa8703f, 0xcb9860, 0xe2bc88}, {0x3a2012, 0x5c3820, 0x7d5233, 0x9c7150},
        {0xa8824f, 0xcfad78, 0xe6cd9e, 0xf3e3c2}, {0x5c2413, 0x8c3f22, 0xb0603a, 0xcc875f},
        {0x8a5a30, 0xbf8646, 0xdfab68, 0xf0cb94},
    };
    const Ramp ramp = picked(random, palettes);
    const int rings = random.integer(4, 8), knots = random.integer(0, 3);
    const float bent = random.uniform(0.35f, 1.1f), sharp = random.uniform(0.55f, 0.85f),
                strong = random.uniform(0.55f, 0.95f);
    const bool upright = random.chance(0.5f);
    const Field warp = fractal_noise(grid, random.bits(), {1, 2}, 3, 0.4f);
    const Field pores = fractal_noise(grid, random.bits(), {4, 40}, 3, 0.8f);
    const Field tint = fractal_noise(grid, random.bits(), {2, 3}, 3);
    struct Knot {
        float u, v, size, push;
    };
    std::vector<Knot> all;
    for (int k = 0; k < knots; ++k) {
        const float size = random.uniform(0.05f, 0.09f), push = random.uniform(1.1f, 1.9f);
        all.push_back({random.uniform(0, 1), random.uniform(0, 1), size, random.chance(0.5f) ? push : -push});
    }

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.ambient = 0.6f;
    sample.light.sharpness = 3;
    each_sample(grid, [&](int i, float u, float v) {
        float phase = v * static_cast<float>(rings) + bent * warp[i];
        float dark = 0;
        for (const Knot& k : all) {
            const float du = (fraction(u - k.u + 0.5f) - 0.5f) * 0.55f, dv = fraction(v - k.v + 0.5f) - 0.5f;
            const float squared = (du * du + dv * dv) / (k.size * k.size);
            if (squared > 9) continue;
            const float bell = (1 - squared / 9) * (1 - squared / 9);
            phase += k.push * bell * bell * static_cast<float>(rings) * k.size * 3.2f;
            dark = std::max(dark, rise(0.35f, 0.05f, squared));
        }
        const float p = fraction(phase);
        const float ring =
            p < sharp ? p / sharp : (1 - p) / (1 - sharp);  // early wood, then a sharp dark edge
        const float late = ring * ring * ring;
        float tone = 0.74f - 0.6f * strong * late + 0.13f * pores[i] + 0.18f * tint[i];
        tone = mixed(tone, 0.02f, 0.85f * dark);
        sample.surface.colour[i] = ramp.at(tone);
        sample.surface.height[i] = 0.0012f * pores[i] - 0.0015f * late;
        sample.surface.gloss[i] = 0.05f;
    });
    if (upright) sample.surface = turned(std::move(sample.surface));
    return sample;
}

LitSurface grass(const Grid& grid, SplitMix& random) {
    static constexpr Hexes palettes[] = {
        {0x12300c, 0x2f6b1a, 0x5fa02c, 0xa5d45a}, {0x1c3410, 0x4a7423, 0x86a83c, 0xc9d977},
        {0x102e10, 0x2a6628, 0x559c40, 0x9ad07a}, {0x33310f, 0x6d6a26, 0xa89a45, 0xdccb80},
        {0x14331a, 0x37703a, 0x63a04c, 0xb4d468},
    };
    const Ramp ramp = picked(random, palettes);
    const Rgb straw = varied(random, srgb(0xcdb871), 0.1f, 0.15f);
    const float length = random.uniform(0.16f, 0.3f), half = random.uniform(0.009f, 0.015f);
    const float lean = random.uniform(-0.5f, 0.5f), spread = random.uniform(0.5f, 1.1f),
                dry = random.uniform(0, 0.14f);
    const int count = static_cast<int>(random.uniform(4.2f, 5.4f) / (length * half * 2));
    const Field patch = fractal_noise(grid, random.bits(), {3, 3}, 3);
    const int n = grid.n;
    const float scale = static_cast<float>(n);

    LitSurface sample{Surface(grid), daylight(random)};
    each_sample(grid,
                [&](int i, float, float) { sample.surface.colour[i] = ramp.at(0.04f + 0.08f * patch[i]); });
    SplitMix blades(random.bits());
    for (int k = 0; k < count; ++k) {
        const float age =
            static_cast<float>(k) / static_cast<float>(count);  // later blades lie over earlier ones
        const float u = blades.uniform(0, 1), v = blades.uniform(0, 1),
                    high = length * blades.uniform(0.6f, 1.1f);
        const float slant = lean + spread * blades.uniform(-1, 1), bend = blades.uniform(-0.5f, 0.5f);
        const float wide = half * blades.uniform(0.7f, 1.2f), tone = blades.uniform(-0.12f, 0.16f);
        const bool yellow = blades.chance(dry);
        const int rows = std::max(1, floor_of(high * scale));
        for (int r = 0; r <= rows; ++r) {
            const float s = static_cast<float>(r) / static_cast<float>(rows);
            const float centre = (u + high * (slant * s + bend * s * s)) * scale;
            const float reach = std::max(0.5f, wide * (1 - s * s) * scale * (1 + 0.3f * std::abs(slant)));
            const int y = wrapped(floor_of(v * scale) - r, n);
            for (int x = floor_of(centre - reach + 0.5f); x < floor_of(centre + reach + 0.5f); ++x) {
                const int i = y * n + wrapped(x, n);
                const float fold = static_cast<float>(x) < centre ? 0.09f : -0.07f;
                const float t = 0.1f + (0.25f + 0.25f * age) * s + 0.28f * age +
                                fold * (slant > 0 ? 1.0f : -1.0f) + tone + 0.12f * patch[i];
                const Rgb green = ramp.at(t);
                sample.surface.colour[i] = yellow ? mixed(green, straw, 0.35f + 0.55f * s * age) : green;
                sample.surface.height[i] = 0.02f * (age + 0.5f * s);
            }
        }
    }
    sample.light.ambient = 1;  // the blades are painted lit
    sample.light.occlusion = 14;
    return sample;
}

LitSurface moss(const Grid& grid, SplitMix& random) {
    static constexpr Hexes palettes[] = {
        {0x16260a, 0x3c5c14, 0x77962a, 0xb9cc5c},
        {0x0f2a12, 0x2c6128, 0x5f9440, 0xa6c873},
        {0x2a2c0a, 0x5e6416, 0x98992c, 0xd6cf62},
        {0x14281a, 0x37563a, 0x6c8a58, 0xaebf8a},
    };
    static constexpr Hexes grounds[] = {{0x3a3936, 0x5c5a55, 0x7f7c75, 0xa19d95},
                                        {0x241a12, 0x3d2d1f, 0x59432f, 0x755b43},
                                        {0x4a3d38, 0x6c5b54, 0x8d7a70, 0xa8978b}};
    const Ramp ramp = picked(random, palettes), ground = picked(random, grounds);
    const int count = random.integer(4, 7);
    const float cover = random.uniform(0.1f, 0.6f), plump = random.uniform(0.25f, 0.4f),
                bent = random.uniform(0.02f, 0.045f);
    const Cells cushions(random.bits(), {count, count}, 0.9f, {.rounded = true});
    const Field mask = fractal_noise(grid, random.bits(), {2, 2}, 5, 0.55f);
    const Field fronds = fractal_noise(grid, random.bits(), {16, 16}, 3, 0.8f);
    const Field warp_u = fractal_noise(grid, random.bits(), {5, 5}, 3),
                warp_v = fractal_noise(grid, random.bits(), {5, 5}, 3);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.shadow = 0.5f;
    sample.light.occlusion = 9;
    each_sample(grid, [&](int i, float u, float v) {
        const Cell c = cushions.at(u + bent * warp_u[i] + 0.006f * fronds[i], v + bent * warp_v[i]);
        const float swell = rise(-0.02f, plump, c.edge), size = 0.6f + 0.4f * chosen(c.hash, 3);
        const float green = rise(-0.02f, 0.1f, mask[i] + cover + 0.25f * (swell - 0.5f) + 0.1f * fronds[i]);
        const float tone = 0.08f + 0.52f * swell * size + 0.3f * fronds[i] + 0.1f * mask[i];
        sample.surface.colour[i] =
            mixed(ground.at(0.45f + 0.35f * fronds[i] + 0.2f * warp_u[i]), ramp.at(tone), green);
        sample.surface.height[i] =
            green * (0.008f + 0.16f / static_cast<float>(count) * swell * size) + 0.0035f * fronds[i];
    });
    return sample;
}

LitSurface leaves(const Grid& grid, SplitMix& random) {
    static constexpr Hexes palettes[] = {
        {0x8a2a12, 0xc8541a, 0xe69a2c, 0xf0cf5a}, {0x6a3a1a, 0x96602c, 0xbd8a48, 0xdcb878},
        {0x9a1f1c, 0xc43a22, 0xdd6a30, 0xeda04a}, {0x2f5a1c, 0x55862a, 0x8fae3c, 0xd2cf5a},
        {0x1f4a24, 0x37713a, 0x5f9a50, 0x9cc47a},
    };
    const Ramp ramp = picked(random, palettes);
    const float size = random.uniform(0.11f, 0.16f), plump = random.uniform(0.36f, 0.6f),
                serrate = random.uniform(0, 0.12f);
    const int count = static_cast<int>(2.8f / (size * size * plump * 2.6f));
    const int n = grid.n;
    const float scale = static_cast<float>(n);
    LitSurface sample{Surface(grid), daylight(random)};
    const Field rough = fractal_noise(grid, random.bits(), {10, 10}, 3, 0.7f);
    each_sample(grid, [&](int i, float, float) {
        sample.surface.colour[i] = ramp.colours[0] * (0.2f + 0.1f * rough[i]);
    });
    SplitMix each(random.bits());
    for (int k = 0; k < count; ++k) {
        const float age = static_cast<float>(k) / static_cast<float>(count);
        const float u = each.uniform(0, 1), v = each.uniform(0, 1), turns = each.uniform(0, 1),
                    length = size * each.uniform(0.75f, 1.15f);
        const float c = cosine(turns), s = sine(turns), tone = each.uniform(0.05f, 1),
                    curl = each.uniform(-0.25f, 0.25f), wide = plump * each.uniform(0.8f, 1.15f);
        const Rgb colour = varied(each, ramp.at(tone), 0.12f, 0.2f) * (0.5f + 0.5f * age);
        const int x0 = floor_of(u * scale), y0 = floor_of(v * scale);
        const float girth = 1.35f * wide * 1.1f + std::abs(curl);
        const int reach_x = static_cast<int>(length * scale * (std::abs(c) + std::abs(s) * girth)) + 1;
        const int reach_y = static_cast<int>(length * scale * (std::abs(s) + std::abs(c) * girth)) + 1;
        for (int dy = -reach_y; dy <= reach_y; ++dy)
            for (int dx = -reach_x; dx <= reach_x; ++dx) {
                const float px = static_cast<float>(dx) / (scale * length),
                            py = static_cast<float>(dy) / (scale * length);
                const float along = c * px + s * py, bow = 1 - along * along;
                if (bow <= 0) continue;
                const float across = c * py - s * px - curl * bow;
                const float teeth = 1 - serrate * std::abs(fraction(along * 5) - 0.5f) * 2;
                const float t = std::abs(across) / (wide * bow * (1 - 0.3f * along) * teeth + 1e-4f);
                if (t > 1.35f) continue;
                const int i = wrapped(y0 + dy, n) * n + wrapped(x0 + dx, n);
                if (t > 1) {  // the shadow on what lies below
                    sample.surface.colour[i] = sample.surface.colour[i] * (0.55f + 0.45f * (t - 1) / 0.35f);
                    continue;
                }
                const float rib = rise(0.05f, 0.015f, std::abs(across)),
                            side = std::abs(fraction(along * 4 + std::abs(across) * 2.2f) - 0.5f);
                const float vein = std::max(rib, 0.45f * rise(0.12f, 0.02f, side));
                const float blade = 1 - 0.25f * t * t + 0.1f * rough[i];
                sample.surface.colour[i] =
                    mixed(colour * blade, colour * 1.35f + Rgb{0.03f, 0.03f, 0.01f}, 0.6f * vein);
                sample.surface.height[i] =
                    0.018f * age +
                    length *
                        (0.14f * (1 - (1 - t) * (1 - t)) * (curl > 0 ? 1.0f : -1.0f) * 0.6f - 0.03f * rib);
            }
    }
    sample.light.ambient = 0.55f;
    sample.light.occlusion = 5;
    return sample;
}

}  // namespace gan
