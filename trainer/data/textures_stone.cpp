#include "trainer/data/texture_list.h"

#include <algorithm>

namespace gan {

LitSurface marble(const Grid& grid, SplitMix& random) {
    // ground deep, ground light, vein, second vein
    static constexpr Hexes palettes[] = {
        {0xc4c2c0, 0xf2f0ec, 0x6a6c70, 0xb59a72}, {0x121316, 0x2c2e33, 0xd8d2c6, 0xb08d57},
        {0x143326, 0x24543e, 0xb9d0bd, 0x7fa88c}, {0xc99a86, 0xe9cbb8, 0x8a4a40, 0xf5e8dc},
        {0xcdb48a, 0xecdcbc, 0x8a6238, 0xf7efdd}, {0x4a1a1c, 0x7a2f2c, 0xe6d0c0, 0xb88070},
        {0x5a6b80, 0x8ea2b4, 0xe6edf0, 0x33404f},
    };
    const Ramp ramp = picked(random, palettes);
    const int scale = random.integer(1, 2);
    const float bent = random.uniform(0.06f, 0.16f), thin = random.uniform(0.05f, 0.1f);
    const float strong = random.uniform(0.7f, 1), minor = random.uniform(0.2f, 0.6f);
    const Field warp_u = fractal_noise(grid, random.bits(), {2, 2}, 4),
                warp_v = fractal_noise(grid, random.bits(), {3, 3}, 4);
    const Field vein = fractal_noise(grid, random.bits(), {scale + 1, scale}, 3, 0.45f);
    const Field fine = fractal_noise(grid, random.bits(), {2 * scale + 1, 2 * scale + 2}, 4, 0.5f);
    const Field cloud = fractal_noise(grid, random.bits(), {2, 2}, 5, 0.55f);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.ambient = 0.8f;
    each_sample(grid, [&](int i, float u, float v) {
        const float x = u + bent * warp_u[i], y = v + bent * warp_v[i];
        const float wide = thin * (1 + 0.9f * cloud[i]) + 0.012f;
        const float main = 1 - rise(0, wide * 1.6f, std::abs(vein.at(x, y)));
        const float small = 1 - rise(0, wide * 0.9f, std::abs(fine.at(x - 0.3f * bent * warp_v[i], y)));
        const Rgb ground =
            mixed(ramp.colours[0], ramp.colours[1], clamped(0.55f + 0.65f * cloud[i] + 0.2f * warp_u[i]));
        const Rgb veined = mixed(ground, ramp.colours[2], strong * main * main);
        sample.surface.colour[i] = mixed(veined, ramp.colours[3], minor * small * (1 - main));
    });
    return sample;
}

LitSurface granite(const Grid& grid, SplitMix& random) {
    // mica, quartz, feldspar, second feldspar
    static constexpr Hexes palettes[] = {
        {0x1c1b1d, 0x86827e, 0xd9b4a0, 0xc48a74}, {0x1f2023, 0x8f9194, 0xdcdcd9, 0xb9bab8},
        {0x17191c, 0x4a4d52, 0x767a80, 0xa3a7ab}, {0x2a1f1a, 0x9a7f5e, 0xd9b988, 0xc49a62},
        {0x141b18, 0x55665a, 0x8fa394, 0xc3cdbf}, {0x241414, 0x6d3430, 0xa8564b, 0xc98a7a},
        {0x151a24, 0x3e5372, 0x7f99b8, 0xc7d3de},
    };
    const Ramp ramp = picked(random, palettes);
    const int count = random.integer(14, 20);
    const float dark = random.uniform(0.07f, 0.22f), quartz = dark + random.uniform(0.15f, 0.35f);
    const float other = quartz + (1 - quartz) * random.uniform(0.4f, 0.8f);
    const Cells grains(random.bits(), {count, count}, 0.95f),
        flecks(random.bits(), {count + 7, count + 7}, 0.95f);
    const Field cluster = fractal_noise(grid, random.bits(), {4, 4}, 3),
                fine = fractal_noise(grid, random.bits(), {24, 24}, 3, 0.7f);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.ambient = 0.75f;
    each_sample(grid, [&](int i, float u, float v) {
        const float x = u + 0.016f * fine[i], y = v + 0.016f * fine[grid.size() - 1 - i];
        const Cell c = grains.at(x, y);
        const float pick = clamped(chosen(c.hash, 3) + 0.1f * cluster[i]);
        const int mineral = pick < dark ? 0 : pick < quartz ? 1 : pick < other ? 2 : 3;
        const Rgb body =
            ramp.colours[mineral] * (0.85f + 0.3f * chosen(c.hash, 4) + 0.14f * fine[i] + 0.08f * cluster[i]);
        const Cell f = flecks.at(y, x);
        const float fleck = chosen(f.hash, 5) < dark * 0.5f ? rise(0.05f, 0.16f, f.edge) : 0;
        sample.surface.colour[i] = mixed(body, ramp.colours[0], fleck);
        sample.surface.height[i] = 0.001f * fine[i];
    });
    return sample;
}

LitSurface cliff(const Grid& grid, SplitMix& random) {
    static constexpr Hexes palettes[] = {
        {0x6a2c16, 0xb05f34, 0xd8935a, 0xf0c795}, {0x7a3018, 0xb8622f, 0xdd9350, 0xf2cc92},
        {0x4a4640, 0x7a756b, 0xa8a294, 0xd0cabb}, {0x323b45, 0x55626d, 0x7f8c94, 0xabb5b8},
        {0x6a4a26, 0xa8824a, 0xd2b176, 0xecd8aa}, {0x3a2b28, 0x6a5048, 0x977c6c, 0xbfa694},
    };
    const Ramp ramp = picked(random, palettes, 0.15f);
    const int layers = random.integer(5, 8);
    const float bent = random.uniform(0.3f, 0.9f), uneven = random.uniform(0.04f, 0.09f),
                phase = random.uniform(0, 1);
    const float deep = random.uniform(0.035f, 0.055f), banded = random.uniform(0.45f, 0.85f);
    const uint64_t key = random.bits();
    const Field warp = fractal_noise(grid, random.bits(), {2, 2}, 4, 0.45f);
    const Field rough = fractal_noise(grid, random.bits(), {5, 9}, 5, 0.6f);
    const Field across = fractal_noise(grid, random.bits(), {5, 4}, 3, 0.5f);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.shadow = 0.75f;
    sample.light.occlusion = 8;
    sample.light.slope *= 0.75f;
    each_sample(grid, [&](int i, float u, float v) {
        const float swing = uneven * (sine(v + phase) + 0.6f * sine(2 * v - phase));
        const float s = (v + swing) * static_cast<float>(layers) + bent * warp[i] + 0.14f * rough[i];
        const int layer = floor_of(s);
        const float t = s - static_cast<float>(layer);
        const uint64_t bed = scattered(key + static_cast<uint64_t>(wrapped(layer, layers)));
        const int joints = 3 + static_cast<int>(chosen(bed, 1) * 3);
        const float x = u * static_cast<float>(joints) + chosen(bed, 2) + 0.35f * across[i];
        const int column = floor_of(x);
        const float fx = x - static_cast<float>(column),
                    joint = std::min(fx, 1 - fx) / static_cast<float>(joints);
        const uint64_t rock = scattered(bed + static_cast<uint64_t>(wrapped(column, joints)));
        const float face = rise(0, 0.3f, t) * rise(1, 0.9f, t),
                    crack = 0.6f * rise(0.03f, 0, joint) * chosen(bed, 6);
        const float tone =
            0.54f + banded * (chosen(bed, 3) - 0.5f) + 0.12f * (chosen(rock, 4) - 0.5f) + 0.18f * rough[i];
        const float out = 0.15f + 0.85f * chosen(bed, 5) + 0.3f * chosen(rock, 5);
        sample.surface.colour[i] = ramp.at(tone) * (0.5f + 0.5f * face) * (1 - 0.5f * crack);
        sample.surface.height[i] = deep * (out * (0.35f + 0.65f * face) - 0.4f * crack) + 0.01f * rough[i];
    });
    return sample;
}

LitSurface gravel(const Grid& grid, SplitMix& random) {
    static constexpr Hexes palettes[] = {
        {0x5c5750, 0x8d877d, 0xb8b0a2, 0xe0dacd}, {0x7a5a42, 0xa88a6b, 0xcbb595, 0xece0cb},
        {0x3e4247, 0x666b70, 0x959a9c, 0xcfd2d0}, {0x6e4436, 0x9a6a55, 0x8c8c88, 0xd5c3b2},
        {0x4d5a5c, 0x7d8b88, 0xa9b0a4, 0xdcdccb},
    };
    const Ramp ramp = picked(random, palettes);
    const int large = random.integer(4, 6), small = 2 * large + random.integer(0, 2);
    const float share = random.uniform(0.45f, 0.8f), dome = random.uniform(0.2f, 0.34f);
    const Cells stones(random.bits(), {large, large}, 0.85f, {.rounded = true});
    const Cells bed(random.bits(), {small, small}, 0.85f, {.rounded = true});
    const Field warp = fractal_noise(grid, random.bits(), {6, 6}, 2),
                rough = fractal_noise(grid, random.bits(), {18, 18}, 3, 0.7f);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.shadow = 0.6f;
    sample.light.occlusion = 11;
    each_sample(grid, [&](int i, float u, float v) {
        const float x = u + 0.012f * warp[i], y = v - 0.012f * warp[i];
        const Cell c = stones.at(x, y);
        float d = chosen(c.hash, 3) < share ? c.edge - 0.07f : -1.0f;
        uint64_t hash = c.hash;
        float size = 1, ground = 0.6f;
        if (d < 0) {
            const Cell b = bed.at(x, y);
            d = b.edge - 0.04f;
            hash = b.hash;
            size = 0.5f;
            ground = 0;
        }
        const float top = rise(0, dome, d), face = rise(-0.02f, 0.06f, d);
        const float tone = 0.15f + 0.75f * chosen(hash, 4) + 0.1f * rough[i];
        sample.surface.colour[i] =
            mixed(ramp.colours[0] * 0.25f, ramp.at(tone) * (0.75f + 0.25f * top), face);
        sample.surface.height[i] =
            0.036f * (size * top + ground) * (0.7f + 0.3f * chosen(hash, 5)) + 0.001f * rough[i];
        sample.surface.gloss[i] = 0.05f * face;
    });
    return sample;
}

LitSurface sand(const Grid& grid, SplitMix& random) {
    static constexpr Hexes palettes[] = {
        {0xb08a55, 0xd0ac74, 0xe6c995, 0xf5e2ba}, {0xa8633a, 0xc98550, 0xdfa26c, 0xf0c294},
        {0xb9b2a2, 0xd4cdbd, 0xe8e2d4, 0xf7f3ea}, {0x2e2d30, 0x454448, 0x5e5d60, 0x7c7a7a},
        {0xb88c7a, 0xd6ad98, 0xe8c8b6, 0xf5e0d3},
    };
    static constexpr int directions[][2] = {{0, 1}, {1, 3},  {-1, 3}, {1, 2}, {-1, 2},
                                            {1, 1}, {-1, 1}, {1, 0},  {3, 1}, {-3, 1}};
    const Ramp ramp = picked(random, palettes);
    const int* direction = directions[random.integer(0, 9)];
    const float length =
        std::sqrt(static_cast<float>(direction[0] * direction[0] + direction[1] * direction[1]));
    const int repeat = std::max(1, floor_of(random.uniform(4.0f, 8.0f) / length + 0.5f));
    const float count = static_cast<float>(repeat) * length;
    const float bent = random.uniform(0.1f, 0.4f), sharp = random.uniform(0.58f, 0.82f),
                tall = random.uniform(0.16f, 0.28f);
    const Field warp = fractal_noise(grid, random.bits(), {3, 3}, 3),
                fade = fractal_noise(grid, random.bits(), {2, 2}, 2);
    const Field grain = fractal_noise(grid, random.bits(), {40, 40}, 3, 0.9f);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.occlusion = 8;
    each_sample(grid, [&](int i, float u, float v) {
        const float phase = static_cast<float>(repeat) * (u * static_cast<float>(direction[0]) +
                                                          v * static_cast<float>(direction[1])) +
                            bent * warp[i] * 1.6f;
        const float p = fraction(phase);
        const float wave = p < sharp ? rise(0, sharp, p) : 1 - rise(sharp, 1, p);
        const float amount = clamped(0.9f + 0.5f * fade[i], 0.45f, 1);
        sample.surface.colour[i] = ramp.at(0.3f + 0.4f * wave * amount + 0.12f * fade[i] + 0.16f * grain[i]);
        sample.surface.height[i] = tall / count * wave * amount + 0.0008f * grain[i];
    });
    return sample;
}

LitSurface cracked_earth(const Grid& grid, SplitMix& random) {
    static constexpr Hexes palettes[] = {
        {0x7a5c40, 0x9f7d5a, 0xbe9d78, 0xd7bb98}, {0x8a4f33, 0xb06f4a, 0xca9069, 0xdeb08c},
        {0x77716a, 0x97918a, 0xb5afa6, 0xcfcac1}, {0x94835a, 0xb3a276, 0xccbd93, 0xe0d5b2},
        {0x5a4a40, 0x786457, 0x948071, 0xae9c8d},
    };
    const Ramp ramp = picked(random, palettes);
    const int count = random.integer(3, 5);
    const float wide = random.uniform(0.03f, 0.07f), curl = random.uniform(0, 0.012f),
                minor = random.uniform(0.2f, 1);
    const Cells plates(random.bits(), {count, count}, 0.85f),
        pieces(random.bits(), {2 * count, 2 * count}, 0.9f);
    const Field warp_u = fractal_noise(grid, random.bits(), {6, 6}, 3, 0.6f),
                warp_v = fractal_noise(grid, random.bits(), {6, 6}, 3, 0.6f);
    const Field rough = fractal_noise(grid, random.bits(), {12, 12}, 4, 0.65f);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.shadow = 0.7f;
    sample.light.occlusion = 9;
    each_sample(grid, [&](int i, float u, float v) {
        const float x = u + 0.022f * warp_u[i], y = v + 0.022f * warp_v[i];
        const Cell c = plates.at(x, y), p = pieces.at(x, y);
        const float plate = rise(wide * 0.4f, wide * 1.3f, c.edge);
        const float piece = 1 - minor * rise(0.1f, 0.02f, p.edge) * (chosen(c.hash, 6) < 0.6f ? 1.0f : 0.0f);
        const float tone = 0.5f + 0.4f * (chosen(c.hash, 3) - 0.5f) + 0.12f * (chosen(p.hash, 3) - 0.5f) +
                           0.2f * rough[i] + 0.15f * rise(0.3f, 0, c.edge);
        sample.surface.colour[i] =
            mixed(ramp.colours[0] * 0.13f, ramp.at(tone), plate * (0.45f + 0.55f * piece));
        sample.surface.height[i] =
            0.03f * plate + 0.006f * piece + curl * rise(0.35f, wide, c.edge) * plate + 0.0025f * rough[i];
    });
    return sample;
}

}  // namespace gan
