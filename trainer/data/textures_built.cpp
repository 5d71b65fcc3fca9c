#include "trainer/data/texture_list.h"

#include <algorithm>

namespace gan {
namespace {

/// Where a sample lies in a rectangle of a wall; lengths in sides of the picture.
struct Block {
    uint64_t hash;
    float x, y;  // from the centre
    float half_x, half_y;
};

Block block(uint64_t key, float u, float v, int columns, int rows, float offset) {
    const float y = fraction(v) * static_cast<float>(rows);
    const int row = std::min(floor_of(y), rows - 1);
    const float x = fraction(u + offset / static_cast<float>(columns)) * static_cast<float>(columns);
    const int column = std::min(floor_of(x), columns - 1);
    const float wide = 1.0f / static_cast<float>(columns), high = 1.0f / static_cast<float>(rows);
    return {scattered(key + static_cast<uint64_t>(row * columns + column)),
            (x - static_cast<float>(column) - 0.5f) * wide, (y - static_cast<float>(row) - 0.5f) * high,
            0.5f * wide, 0.5f * high};
}

/// How far inside a rectangle with round corners a place is; negative outside.
float inside(float x, float y, float half_x, float half_y, float radius) {
    const float qx = std::abs(x) - half_x + radius, qy = std::abs(y) - half_y + radius;
    const float corner = qx > 0 && qy > 0 ? std::sqrt(qx * qx + qy * qy) : std::max(qx, qy);
    return radius - corner;
}

}  // namespace

LitSurface bricks(const Grid& grid, SplitMix& random) {
    static constexpr Hexes palettes[] = {
        {0x6e2a1f, 0x94402d, 0xb05a3e, 0x8a3a35}, {0x5f4332, 0x86613f, 0xa37f59, 0x6f4a3a},
        {0xa98350, 0xc9a672, 0xdcc195, 0xb99061}, {0xb3aca0, 0xcdc7bc, 0xe6e1d8, 0xa69c90},
        {0x3f4248, 0x595c63, 0x70747c, 0x4a4048}, {0x9a4a30, 0xbd6a46, 0xd08a64, 0xa85a4a},
    };
    static constexpr Hexes mortars[] = {{0x8f8a80, 0xb5afa3, 0xcfc9bd, 0xdcd7cc}};
    const Ramp ramp = picked(random, palettes), mortar = picked(random, mortars);
    const int rows = 2 * random.integer(2, 3), columns = rows == 4 ? 2 : random.integer(2, 3);
    const float bond = random.chance(0.75f) ? 0.5f : random.chance(0.5f) ? 0.0f : 0.25f;
    const float gap = random.uniform(0.007f, 0.014f), round = random.uniform(0.008f, 0.022f);
    const float uneven = random.uniform(0.002f, 0.009f), spread = random.uniform(0.25f, 0.9f);
    const float wear = random.uniform(-0.2f, 0.7f), soot = random.uniform(0, 0.5f);
    const float pale = random.uniform(0, 1);
    const Rgb joint = mortar.at(pale) * (random.chance(0.25f) ? 0.35f : 1.0f);
    const uint64_t key = random.bits();
    const Field wobble = fractal_noise(grid, random.bits(), {5, 5}, 3);
    const Field rough = fractal_noise(grid, random.bits(), {12, 12}, 4, 0.7f);
    const Field stain = fractal_noise(grid, random.bits(), {2, 2}, 3);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.shadow = 0.6f;
    each_sample(grid, [&](int i, float u, float v) {
        const float x = u + uneven * wobble[i], y = v + uneven * rough[i] * 0.5f;
        const int row = floor_of(fraction(y) * static_cast<float>(rows));
        const Block b = block(key, x, y, columns, rows, bond * static_cast<float>(row % 2));
        const float d = inside(b.x, b.y, b.half_x - gap, b.half_y - gap, round) -
                        0.004f * std::max(0.0f, wear + rough[i]);
        const float face = rise(-0.004f, 0.011f, d);
        const float tone = 0.5f + spread * (chosen(b.hash, 1) - 0.5f) + 0.16f * rough[i] + 0.12f * stain[i];
        const Rgb clay = ramp.at(tone) * (1 - 0.35f * rise(0.012f, 0.0f, d));
        const Rgb colour = mixed(joint * (0.9f + 0.15f * rough[i]), clay, face);
        sample.surface.colour[i] = colour * (1 - soot * rise(-0.1f, 0.6f, stain[i]));
        sample.surface.height[i] = 0.012f * face * (0.85f + 0.3f * chosen(b.hash, 2)) + 0.0018f * rough[i];
    });
    return sample;
}

LitSurface cobblestone(const Grid& grid, SplitMix& random) {
    static constexpr Hexes palettes[] = {
        {0x4d5158, 0x6f747b, 0x8f9499, 0xa9aba9}, {0x6d6052, 0x8d7e6c, 0xa89a87, 0xc0b4a0},
        {0x46505c, 0x5f6d7b, 0x7d8b97, 0x9aa5ab}, {0x755f52, 0x94796a, 0x8a8681, 0xb39c8a},
        {0x3c3b3d, 0x555357, 0x716f71, 0x8c8988},
    };
    static constexpr Hexes gaps[] = {{0x1d1a17, 0x2b2621, 0x3a332b, 0x463d33},
                                     {0x1f2a14, 0x2f421a, 0x46602a, 0x5c7a33},
                                     {0x3b3022, 0x55452f, 0x6b583c, 0x7d6a4b}};
    const Ramp ramp = picked(random, palettes), gap = picked(random, gaps);
    const int columns = random.integer(4, 5), rows = random.chance(0.5f) ? 4 : 6;
    const float jitter = random.uniform(0.25f, 0.7f), wide = random.uniform(0.05f, 0.1f);
    const float dome = random.uniform(0.2f, 0.34f), spread = random.uniform(0.4f, 0.9f);
    const Cells stones(random.bits(), {columns, rows}, jitter, {.staggered = true, .rounded = true});
    const Field warp = fractal_noise(grid, random.bits(), {7, 7}, 2);
    const Field rough = fractal_noise(grid, random.bits(), {14, 14}, 4, 0.6f);
    const bool wet = random.chance(0.35f);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.shadow = 0.5f;
    sample.light.occlusion = 10;
    each_sample(grid, [&](int i, float u, float v) {
        const Cell c = stones.at(u + 0.012f * warp[i], v + 0.012f * warp[grid.size() - 1 - i]);
        const float d = c.edge - wide * 0.8f;
        const float top = rise(0, dome, d), face = rise(-0.02f, 0.05f, d);
        const float tone = 0.5f + spread * (chosen(c.hash, 3) - 0.5f) + 0.15f * rough[i];
        const Rgb stone = ramp.at(tone) * (0.7f + 0.3f * top);
        sample.surface.colour[i] = mixed(gap.at(0.5f + 0.5f * rough[i]), stone, face);
        sample.surface.height[i] = 0.035f * top * (0.8f + 0.4f * chosen(c.hash, 4)) + 0.0022f * rough[i];
        sample.surface.gloss[i] = wet ? 0.35f * face : 0.03f * face;
    });
    return sample;
}

LitSurface tiles(const Grid& grid, SplitMix& random) {
    static constexpr Hexes palettes[] = {
        {0x12566b, 0x1f8296, 0xe9efe9, 0x0d3b4f}, {0x1c3f86, 0x2f66b5, 0xeef0ea, 0x122a5c},
        {0x2a6b4a, 0x46966a, 0xf0ead6, 0x184531}, {0xa33c2c, 0xcc5a3c, 0xf1e3c8, 0x6e231d},
        {0xd09a2b, 0xe8bb4d, 0xf4ead2, 0x7a5a1c}, {0xc9ccc8, 0xe4e6e1, 0x3a3f44, 0x8f989a},
        {0x6f3b6b, 0x9a5c93, 0xefe6ec, 0x45224a}, {0xb8785c, 0xd69a7a, 0xf0dcc6, 0x7d4a36},
    };
    const Ramp ramp = picked(random, palettes);
    const bool diagonal = random.chance(0.3f), chequered = random.chance(0.45f);
    const int pairs = random.integer(2, 3), odd = chequered ? 0 : random.integer(0, 1);
    const int count = diagonal ? 2 : 2 * pairs - odd;
    const int motif = random.integer(0, 3);  // none, dot, diamond, corners
    const float across =
        diagonal ? 0.70710678f / static_cast<float>(count) : 1.0f / static_cast<float>(count);
    const float gap = random.uniform(0.006f, 0.012f), round = random.uniform(0.004f, 0.02f);
    const uint32_t cement = random.chance(0.7f) ? 0xd6d1c7 : 0x4a4845;
    const Rgb grout = srgb(cement) * random.uniform(0.7f, 1.05f);
    const float spread = random.uniform(0.05f, 0.45f), gloss = random.uniform(0.2f, 0.6f);
    const uint64_t key = random.bits();
    const Field cloud = fractal_noise(grid, random.bits(), {3, 3}, 3);
    const Field ripple = fractal_noise(grid, random.bits(), {6, 6}, 2);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.sharpness = 5;
    each_sample(grid, [&](int i, float u, float v) {
        const float x = diagonal ? u + v : u, y = diagonal ? u - v + 1 : v;
        Block b = block(key, x, y, count, count, 0);
        const int column = floor_of(fraction(x) * static_cast<float>(count));
        const int row = floor_of(fraction(y) * static_cast<float>(count));
        const float half = across * 0.5f, scale = across / (2 * b.half_x);
        b.x *= scale;
        b.y *= scale;
        const float d = inside(b.x, b.y, half - gap, half - gap, round);
        const float face = rise(-0.004f, 0.006f, d);
        const bool other = chequered && ((column + row) & 1) != 0;
        const float px = std::abs(b.x) / half, py = std::abs(b.y) / half;
        const float shape = motif == 1   ? 0.55f - std::sqrt(px * px + py * py)
                            : motif == 2 ? 0.6f - px - py
                            : motif == 3 ? px + py - 1.35f
                                         : -1.0f;
        const float tone = chosen(b.hash, 1) * spread + 0.06f * cloud[i];
        const Rgb plain = other ? ramp.at(2 / 3.0f) : ramp.at(0.33f * clamped(tone + 0.3f));
        const Rgb figure = other ? ramp.at(0.1f) : ramp.at(motif == 3 ? 1.0f : 0.68f);
        const Rgb glaze = mixed(plain, figure, rise(-0.03f, 0.03f, shape)) * (1 + 0.12f * cloud[i]);
        sample.surface.colour[i] = mixed(grout * (1 + 0.1f * ripple[i]), glaze, face);
        const float tilt = (chosen(b.hash, 2) - 0.5f) * b.x + (chosen(b.hash, 3) - 0.5f) * b.y;
        sample.surface.height[i] =
            0.009f * rise(-0.004f, 0.022f, d) + 0.12f * tilt * face + 0.0012f * ripple[i];
        sample.surface.gloss[i] = gloss * face;
    });
    return sample;
}

LitSurface shingles(const Grid& grid, SplitMix& random) {
    static constexpr Hexes palettes[] = {
        {0x7d3322, 0xa84a2c, 0xc8693f, 0xd98a5c}, {0x39434f, 0x4d5966, 0x65717d, 0x7f8a93},
        {0x5b4636, 0x7a6049, 0x98795a, 0xb39572}, {0x4a4a4d, 0x62605f, 0x7d7a76, 0x98938b},
        {0x2f4a45, 0x41625a, 0x587c70, 0x769687}, {0x6b2a2a, 0x8a3b38, 0xa5544c, 0xbb7264},
    };
    const Ramp ramp = picked(random, palettes);
    const int rows = 2 * random.integer(2, 3),
              columns = rows == 4 ? random.integer(3, 4) : random.integer(4, 5);
    const float round = random.chance(0.45f) ? random.uniform(0.25f, 0.5f) : 0.0f;
    const float ragged = random.uniform(0.02f, 0.14f) * (round > 0 ? 0.3f : 1.0f),
                gap = random.uniform(0.02f, 0.045f);
    const float spread = random.uniform(0.3f, 0.9f), age = random.uniform(0, 0.6f);
    const Rgb lichen = varied(random, srgb(0x7c8552), 0.15f, 0.2f);
    const uint64_t key = random.bits();
    const Field grain = fractal_noise(grid, random.bits(), {16, 4}, 4, 0.6f);
    const Field stain = fractal_noise(grid, random.bits(), {3, 3}, 4, 0.6f);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.shadow = 0.7f;
    sample.light.occlusion = 14;
    each_sample(grid, [&](int i, float u, float v) {
        const float y = v * static_cast<float>(rows);
        int row = floor_of(y);
        float down = y - static_cast<float>(row), across = 0;
        uint64_t hash = 0;
        for (int step = 0; step < 2; ++step) {  // the shingle of this row, or what its lower edge leaves bare
            const float x = u * static_cast<float>(columns) + ((row & 1) != 0 ? 0.5f : 0.0f);
            const int column = floor_of(x);
            across = x - static_cast<float>(column) - 0.5f;
            hash = scattered(key +
                             static_cast<uint64_t>(wrapped(row, rows) * columns + wrapped(column, columns)));
            const float end = 1 - round * 4 * across * across - ragged * chosen(hash, 2);
            if (down < end || step == 1) {
                down = step == 0 ? down / end : down;
                break;
            }
            ++row;
            down -= 1;
        }
        const float side = rise(0.5f, 0.5f - gap * 1.6f, std::abs(across));
        const float tone = 0.45f + spread * (chosen(hash, 1) - 0.5f) + 0.16f * grain[i];
        const float bare = rise(0.2f, 0.65f, stain[i] + 0.2f * chosen(hash, 4));
        Rgb colour = mixed(ramp.at(tone), lichen, age * bare) * (0.78f + 0.22f * down);
        sample.surface.colour[i] = colour * (0.3f + 0.7f * side);
        sample.surface.height[i] = 0.026f * (0.25f + 0.75f * down) * (0.3f + 0.7f * side) +
                                   0.004f * chosen(hash, 3) + 0.0015f * grain[i];
        sample.surface.gloss[i] = 0.05f;
    });
    return sample;
}

LitSurface planks(const Grid& grid, SplitMix& random) {
    static constexpr Hexes palettes[] = {
        {0x5e3d22, 0x8f6239, 0xb58552, 0xcfa571}, {0x5a5650, 0x7d7870, 0x9c978d, 0xbab5aa},
        {0x2e1c12, 0x4d3020, 0x6d4730, 0x8a6144}, {0x8c6a44, 0xb8935f, 0xd6b680, 0xe8d0a2},
        {0x5a2a1a, 0x84412a, 0xa65c3c, 0xc07c58}, {0x34505a, 0x4c7078, 0x6d9094, 0x9ab3b0},
    };
    const Ramp ramp = picked(random, palettes);
    const int boards = random.integer(3, 6), waves = random.integer(5, 8);
    const float gap = random.uniform(0.004f, 0.009f), spread = random.uniform(0.2f, 0.75f);
    const float strength = random.uniform(0.25f, 0.5f), wear = random.uniform(0, 0.35f);
    const bool nails = random.chance(0.5f), upright = random.chance(0.5f);
    const uint64_t key = random.bits();
    const Field streaks = fractal_noise(grid, random.bits(), {2, 24}, 4, 0.7f);
    const Field bend = fractal_noise(grid, random.bits(), {2, 3}, 2);
    const Field stain = fractal_noise(grid, random.bits(), {3, 3}, 4);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.shadow = 0.4f;
    each_sample(grid, [&](int i, float u, float v) {
        const int board = floor_of(v * static_cast<float>(boards));
        const uint64_t name = scattered(key + static_cast<uint64_t>(board));
        const int pieces = 1 + static_cast<int>(chosen(name, 1) * 2);
        const Block b = block(name, u, v, pieces, boards, chosen(name, 2) * static_cast<float>(pieces));
        const float d = std::min(b.half_x - std::abs(b.x), b.half_y - std::abs(b.y)) - gap;
        const float gu = u + chosen(b.hash, 1), gv = v + chosen(b.hash, 2);
        const float bow = bend.at(gu, gv), curve = gv + 0.03f * bow;
        const float ring = 0.5f + 0.5f * sine(curve * static_cast<float>(waves) * 3 + 0.8f * bow);
        const float grain = 0.6f * streaks.at(gu, curve) + 0.5f * (ring - 0.5f);
        float tone = 0.5f + spread * (chosen(b.hash, 3) - 0.5f) + strength * grain;
        tone -= wear * rise(0.1f, 0.6f, stain[i]);
        const float face = rise(-0.003f, 0.006f, d);
        Rgb colour = ramp.at(tone);
        float dent = 0;
        if (nails) {
            const float nx = std::abs(std::abs(b.x) - b.half_x + 0.035f),
                        ny = std::abs(std::abs(b.y) - b.half_y * 0.5f);
            const float head = rise(0.015f, 0.009f, std::sqrt(nx * nx + ny * ny));
            colour = mixed(colour, srgb(0x2a2724), head * 0.85f);
            dent = head * 0.003f;
        }
        sample.surface.colour[i] = mixed(srgb(0x120d09), colour, face);
        sample.surface.height[i] = 0.01f * rise(-0.003f, 0.012f, d) + 0.0016f * grain - dent;
        sample.surface.gloss[i] = 0.05f * face;
    });
    if (upright) sample.surface = turned(std::move(sample.surface));
    return sample;
}

LitSurface rust(const Grid& grid, SplitMix& random) {
    static constexpr Hexes paints[] = {
        {0x2f5f78, 0x3f7a94, 0x5a97ad, 0x7fb2c0}, {0x6f7a78, 0x8c9693, 0xa9b1ac, 0xc4c9c3},
        {0x3d6650, 0x528265, 0x739e80, 0x9bbb9f}, {0xb08a35, 0xcba54a, 0xdcbd6a, 0xe8d190},
        {0xa8a294, 0xc6c1b3, 0xdedacd, 0xeae7dd}, {0x6d2a2a, 0x8c3b35, 0xa85348, 0xc07566},
    };
    static constexpr Hexes oxides[] = {{0x2a140d, 0x6b2d12, 0xa9501c, 0xd88a3e},
                                       {0x3a1a12, 0x7d3717, 0xb86428, 0xdf9f55}};
    const Ramp paint = picked(random, paints), oxide = picked(random, oxides);
    const int scale = random.integer(2, 3);
    const float extent = random.uniform(-0.32f, 0.22f), streaks = random.uniform(0, 0.5f);
    const float flake = random.uniform(0.003f, 0.008f);
    const Field patch = fractal_noise(grid, random.bits(), {scale, scale}, 6, 0.58f);
    const Field coarse = fractal_noise(grid, random.bits(), {6, 6}, 5, 0.75f);
    const Field run = fractal_noise(grid, random.bits(), {9, 1}, 3, 0.6f);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.sharpness = 4;
    each_sample(grid, [&](int i, float, float) {
        const float p = patch[i] + 0.12f * coarse[i] + extent;
        const float bare = rise(0, 0.07f, p), rim = rise(-0.22f, 0.02f, p) * (1 - bare);
        const float streak = streaks * rise(0.05f, 0.6f, run[i]) * (1 - bare);
        const Rgb coat = paint.at(0.5f + 0.25f * run[i] + 0.1f * coarse[i]);
        const Rgb stained = mixed(coat, oxide.at(0.62f), clamped(0.75f * rim * rim + streak));
        const Rgb rusty = oxide.at(0.5f + 0.5f * coarse[i] - 0.35f * rise(0.35f, 0.0f, p));
        sample.surface.colour[i] = mixed(stained, rusty, bare);
        sample.surface.height[i] = flake * (1 - bare) + bare * 0.0045f * coarse[i] + 0.0006f * coarse[i];
        sample.surface.gloss[i] = 0.12f * (1 - bare);
    });
    return sample;
}

LitSurface brushed_metal(const Grid& grid, SplitMix& random) {
    static constexpr Hexes palettes[] = {
        {0x6d7176, 0x95999e, 0xbcc0c4, 0xe4e7ea}, {0x7d5f26, 0xb08c3e, 0xd6b869, 0xf3e2a8},
        {0x7a3f28, 0xac6242, 0xd18e69, 0xf0c3a3}, {0x3a3d43, 0x5a5e66, 0x80858d, 0xb0b5bc},
        {0x24406f, 0x3a62a0, 0x5f8bc6, 0xa5c4e8}, {0x565c63, 0x7d848b, 0xaab1b8, 0xf2f5f7},
        {0x7a7268, 0x9d958a, 0xc4bdb2, 0xefebe4},
    };
    const Ramp ramp = picked(random, palettes);
    const float contrast = random.uniform(0.2f, 0.42f), sheen = random.uniform(0.15f, 0.33f);
    const float centre = random.uniform(0, 1), second = random.uniform(0, 0.5f);
    const bool upright = random.chance(0.5f);
    const int seams = random.chance(0.35f) ? random.integer(1, 2) : 0;
    const Field fine = fractal_noise(grid, random.bits(), {1, 24}, 4, 1.0f);
    const Field broad = fractal_noise(grid, random.bits(), {1, 7}, 2, 0.7f);
    const Field scratch = ridged_noise(grid, random.bits(), {2, 20}, 1);
    const Field smudge = fractal_noise(grid, random.bits(), {2, 2}, 3);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.ambient = 0.7f;
    each_sample(grid, [&](int i, float u, float v) {
        const float lobe = 0.5f + 0.5f * cosine(u - centre + 0.02f * broad[i]);
        const float band = 2.6f * lobe * lobe * lobe - 0.8f + second * cosine(2 * (u - centre) + 0.3f);
        const float line = rise(0.93f, 1, scratch[i]);
        const float tone = 0.42f + sheen * band + contrast * (0.85f * fine[i] + 0.18f * broad[i]) +
                           0.12f * line + 0.05f * smudge[i];
        float groove = 1;
        if (seams > 0) {
            const float s =
                std::abs(fraction(v * static_cast<float>(seams)) - 0.5f) / static_cast<float>(seams);
            groove = rise(0.006f, 0.016f, s);
        }
        sample.surface.colour[i] = ramp.at(tone) * (0.25f + 0.75f * groove);
        sample.surface.height[i] = 0.0005f * fine[i] + 0.006f * groove;
    });
    if (upright) sample.surface = turned(std::move(sample.surface));
    return sample;
}

}  // namespace gan
