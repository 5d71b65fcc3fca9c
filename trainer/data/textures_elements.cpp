#include "trainer/data/texture_list.h"

#include <algorithm>

namespace gan {

LitSurface ice(const Grid& grid, SplitMix& random) {
    static constexpr Hexes palettes[] = {
        {0x2f6f9c, 0x69a8cb, 0xa9d4e6, 0xf2fbff},
        {0x1f5f7a, 0x4f9db0, 0x9cd3d6, 0xf0fcfb},
        {0x5a86ad, 0x93b8d6, 0xc7deee, 0xfafdff},
        {0x1d3f66, 0x3f74a3, 0x86b6d8, 0xeaf6ff},
    };
    const Ramp ramp = picked(random, palettes);
    const int count = random.integer(2, 3);
    const float wide = random.uniform(0.02f, 0.05f), bent = random.uniform(0.02f, 0.06f);
    const float frost = random.uniform(-0.1f, 0.5f), second = random.uniform(0.3f, 0.9f);
    const Cells cracks(random.bits(), {count, count}, 0.95f),
        small(random.bits(), {2 * count + 1, 2 * count + 1}, 0.95f);
    const Field warp = fractal_noise(grid, random.bits(), {3, 3}, 4, 0.5f),
                other = fractal_noise(grid, random.bits(), {3, 3}, 4, 0.5f);
    const Field cloud = fractal_noise(grid, random.bits(), {2, 2}, 5, 0.55f),
                rough = fractal_noise(grid, random.bits(), {8, 8}, 4, 0.6f);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.ambient = 0.6f;
    sample.light.sharpness = 5;
    each_sample(grid, [&](int i, float u, float v) {
        const float x = u + bent * warp[i], y = v + bent * other[i];
        const Cell c = cracks.at(x, y), s = small.at(x + 0.37f, y + 0.61f);
        const float line = rise(wide, 0, c.edge), glow = rise(0.22f, 0, c.edge);
        const float hair = second * rise(0.05f, 0, s.edge) * (chosen(s.hash, 5) < 0.7f ? 1.0f : 0.25f);
        const float white = rise(0.15f, 0.75f, rough[i] * 0.6f + cloud[i] * 0.5f + frost);
        const float plane = chosen(c.hash, 3) - 0.5f + 0.35f * (chosen(s.hash, 3) - 0.5f);
        float tone = 0.36f + 0.3f * cloud[i] + 0.3f * plane + 0.16f * glow + 0.3f * white;
        tone = std::max(tone, 0.95f * line);
        sample.surface.colour[i] = mixed(ramp.at(tone), ramp.colours[3], std::max(0.9f * line, 0.55f * hair));
        sample.surface.height[i] =
            0.05f * (c.dx * (chosen(c.hash, 6) - 0.5f) + c.dy * (chosen(c.hash, 7) - 0.5f)) /
                static_cast<float>(count) +
            0.003f * rough[i] - 0.003f * line;
        sample.surface.gloss[i] = 0.3f;
    });
    return sample;
}

LitSurface lava(const Grid& grid, SplitMix& random) {
    static constexpr Hexes crusts[] = {{0x100c0c, 0x231b1a, 0x3a2e2b, 0x574640},
                                       {0x0d0e12, 0x1f2026, 0x34353b, 0x505056},
                                       {0x180d0a, 0x33190f, 0x4d2a1a, 0x6a4130}};
    static constexpr Hexes melts[] = {{0x7a0c04, 0xe03a08, 0xff9a1c, 0xfff0a0},
                                      {0x8a0a0a, 0xf02a10, 0xff7a20, 0xffd870},
                                      {0x6a1404, 0xd85208, 0xffb428, 0xfff6c0}};
    const Ramp crust = picked(random, crusts), melt = picked(random, melts);
    const int count = random.integer(3, 4);
    const float bent = random.uniform(0.02f, 0.07f), heat = random.uniform(0.06f, 0.22f),
                uneven = random.uniform(0.08f, 0.24f);
    const Cells plates(random.bits(), {count, count}, 0.9f),
        pieces(random.bits(), {3 * count, 3 * count}, 0.9f);
    const Field warp_u = fractal_noise(grid, random.bits(), {4, 4}, 4, 0.55f),
                warp_v = fractal_noise(grid, random.bits(), {4, 4}, 4, 0.55f);
    const Field hot = fractal_noise(grid, random.bits(), {2, 2}, 3),
                rough = fractal_noise(grid, random.bits(), {8, 8}, 4, 0.65f);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.occlusion = 6;
    sample.surface.glow.resize(static_cast<size_t>(grid.size()));
    each_sample(grid, [&](int i, float u, float v) {
        const float x = u + bent * warp_u[i], y = v + bent * warp_v[i];
        const Cell c = plates.at(x, y), p = pieces.at(x, y);
        const float wide = std::max(0.05f, heat + uneven * hot[i]);
        const float border = c.edge + 0.05f * rough[i];
        const float open = rise(wide, wide * 0.25f, border);
        const float seam = rise(0.1f, 0.0f, p.edge) * rise(0.55f, 0.0f, border - wide) * 0.8f;
        const float temperature =
            clamped(0.22f + 0.6f * (1 - border / wide) + 0.35f * hot[i] - 0.2f * rough[i]);
        const float halo = rise(0.3f, 0, border - wide);
        sample.surface.colour[i] = crust.at(0.4f + 0.5f * rough[i] + 0.2f * chosen(p.hash, 3)) * (1 - open);
        sample.surface.glow[i] =
            melt.at(temperature) * open + melt.at(0.3f) * ((1 - open) * (0.5f * seam + 0.16f * halo * halo));
        sample.surface.height[i] = 0.03f * (1 - open) * (0.8f + 0.5f * chosen(p.hash, 4)) + 0.005f * rough[i];
    });
    return sample;
}

LitSurface water(const Grid& grid, SplitMix& random) {
    // depth, body, shallow, light
    static constexpr Hexes palettes[] = {
        {0x05607f, 0x0d8fa8, 0x3cc0c9, 0xeaffff},
        {0x0a3f7d, 0x1668b0, 0x429fd8, 0xe6f6ff},
        {0x0c5a4f, 0x1c8a74, 0x55bd9c, 0xeefff0},
        {0x103050, 0x1f5578, 0x4a8aa6, 0xd8f0f5},
    };
    const Ramp ramp = picked(random, palettes);
    const int count = random.integer(3, 5);
    const float bent = random.uniform(0.03f, 0.06f), wide = random.uniform(0.16f, 0.3f),
                bright = random.uniform(0.55f, 1);
    const Cells first(random.bits(), {count, count}, 0.85f),
        second(random.bits(), {count + 2, count + 2}, 0.85f);
    const Field warp_u = fractal_noise(grid, random.bits(), {3, 3}, 3),
                warp_v = fractal_noise(grid, random.bits(), {3, 3}, 3);
    const Field deep = fractal_noise(grid, random.bits(), {2, 2}, 4),
                swell = fractal_noise(grid, random.bits(), {4, 5}, 3);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.ambient = 0.7f;
    sample.light.sharpness = 6;
    each_sample(grid, [&](int i, float u, float v) {
        const float x = u + bent * warp_u[i], y = v + bent * warp_v[i];
        const float a = clamped(1 - first.at(x, y).edge / wide),
                    b = clamped(1 - second.at(x + 0.4f * bent * deep[i], y).edge / wide);
        const float net = std::min(1.0f, a * a * (0.75f + 0.5f * b) + 0.45f * b * b * b);
        const Rgb body = ramp.at(0.33f + 0.3f * deep[i] + 0.22f * net);
        sample.surface.colour[i] = mixed(body, ramp.colours[3], bright * net * net * (0.8f + 0.3f * deep[i]));
        sample.surface.height[i] = 0.01f * swell[i];
        sample.surface.gloss[i] = 0.25f;
    });
    return sample;
}

LitSurface clouds(const Grid& grid, SplitMix& random) {
    // sky deep, sky light, shade of the clouds, their light
    static constexpr Hexes palettes[] = {
        {0x1f5fb8, 0x62a0e0, 0x9fb4cc, 0xfdfdfd}, {0x2f80c8, 0x8cc4ec, 0xa8bccd, 0xffffff},
        {0x1a4a9a, 0x4a86d0, 0x8ea6c4, 0xf6f8fb}, {0x3a6cae, 0x9cc0de, 0xa9b0bc, 0xfff6e6},
        {0x26407a, 0x6a7ab8, 0x77709c, 0xf8d2d4}, {0x2a3a78, 0x8a74a8, 0x7d5578, 0xffcf9c},
        {0x4d6379, 0x7f95a8, 0x6d7a88, 0xe6ecf0},
    };
    const Ramp ramp = picked(random, palettes, 0.2f);
    const int scale = random.integer(2, 3);
    const float cover = random.uniform(-0.18f, 0.2f), soft = random.uniform(0.25f, 0.55f),
                bent = random.uniform(0.02f, 0.07f);
    const Field shape = fractal_noise(grid, random.bits(), {scale, scale}, 6, 0.52f);
    const Field warp = fractal_noise(grid, random.bits(), {4, 4}, 4, 0.6f),
                sky = fractal_noise(grid, random.bits(), {1, 1}, 2);
    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.ambient = 1;
    sample.light.occlusion = 0;
    Field density(grid);
    each_sample(grid, [&](int i, float u, float v) {
        density[i] = shape.at(u + bent * warp[i], v + bent * 0.7f * warp[grid.size() - 1 - i]) +
                     0.05f * warp[i] - cover;
    });
    each_sample(grid, [&](int i, float u, float v) {
        const float here = rise(0, soft, density[i]);
        const float toward = density.at(u + 0.05f * sample.light.x, v + 0.05f * sample.light.y);
        const float shade = clamped(0.62f + 1.6f * (density[i] - toward) - 0.5f * (density[i] - 0.25f));
        const Rgb cloud = mixed(ramp.colours[2], ramp.colours[3], shade);
        const Rgb blue = mixed(ramp.colours[0], ramp.colours[1],
                               clamped(0.4f + 0.9f * sky[i] + 0.5f * rise(-0.5f, 0.1f, density[i])));
        sample.surface.colour[i] = mixed(blue, cloud, here);
    });
    return sample;
}

}  // namespace gan
