#include "trainer/data/texture_list.h"

#include <algorithm>

namespace gan {
namespace {

constexpr Hexes dyes[] = {
    {0x1d2f5c, 0xb83a3a, 0xe8dcc0, 0x2f6b4f}, {0x7a1f26, 0xe9dfca, 0x26324a, 0xc79a3e},
    {0x2f5d50, 0xd9cfae, 0x8c2f2a, 0x18332d}, {0x6a7f9a, 0xe6e4dc, 0x3a4a60, 0xb0623a},
    {0xb5763c, 0xeadbb8, 0x5a3420, 0x8a9a6a}, {0x4d3a66, 0xcdb9d6, 0xe8e2d8, 0x2a2238},
    {0xc9b796, 0xa58d68, 0xe6dac2, 0x7d6848}, {0x2a7f8a, 0xe8b04a, 0xf0e8d8, 0xc8503a},
};

}  // namespace

LitSurface weave(const Grid& grid, SplitMix& random) {
    const Ramp dye = picked(random, dyes);
    const int style = random.integer(0, 3);                    // one colour, two, stripes, plaid
    const int pattern = random.integer(0, style < 2 ? 2 : 1);  // plain, twill, basket
    const int threads = 4 * (style < 2 ? random.integer(3, 4) : random.integer(4, 5));
    const int first = random.integer(0, 3), second = (first + random.integer(1, 3)) % 4;
    const float fibre = random.uniform(0.1f, 0.35f), tight = random.uniform(0.38f, 0.47f),
                twist = random.uniform(1, 3);
    const uint64_t key = random.bits();
    const Field fuzz = fractal_noise(grid, random.bits(), {24, 24}, 3, 0.8f),
                fade = fractal_noise(grid, random.bits(), {2, 2}, 3);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.occlusion = 14;
    sample.light.shadow = 0.4f;
    const int broad = threads / 4 + random.integer(0, 1), narrow = random.integer(1, 2),
              third = (second + 1) % 4;
    const auto colour = [&](int thread, bool warp) {
        if (style == 0) return dye.colours[first];
        if (style == 1) return dye.colours[warp ? first : second];
        if (style == 2 && !warp) return dye.colours[first];
        const int from_middle = std::abs(2 * thread + 1 - threads) / 2;  // a plaid is its own mirror image
        if (from_middle < narrow) return dye.colours[third];
        return dye.colours[from_middle < broad ? second : first];
    };
    each_sample(grid, [&](int i, float u, float v) {
        const float x = u * static_cast<float>(threads), y = v * static_cast<float>(threads);
        const int column = floor_of(x), row = floor_of(y);
        const float fx = x - static_cast<float>(column) - 0.5f, fy = y - static_cast<float>(row) - 0.5f;
        const auto up = [&](int c, int r) {
            c = wrapped(c, threads), r = wrapped(r, threads);
            return pattern == 0   ? ((c + r) & 1) != 0
                   : pattern == 1 ? ((c + r) & 3) < 2
                                  : ((c / 2 + r / 2) & 1) != 0;
        };
        bool warp = up(column, row);
        float side = warp ? fx : fy, along = warp ? fy : fx;
        if (std::abs(side) > tight) {  // between two threads the one that crosses shows
            warp = !warp;
            std::swap(side, along);
        }
        const bool on_top = warp == up(column, row);
        const bool before = warp ? up(column, row - 1) : !up(column - 1, row),
                   after = warp ? up(column, row + 1) : !up(column + 1, row);
        const float dip = (along < 0 ? !before : !after) ? rise(0.1f, 0.5f, std::abs(along)) : 0;
        const float r = side / 0.5f, bulge = std::sqrt(std::max(0.05f, 1 - r * r));
        const int thread = warp ? column : row;
        const uint64_t hash = scattered(key + static_cast<uint64_t>(2 * thread + (warp ? 1 : 0)));
        const float strand =
            sine(twist * (along + static_cast<float>(warp ? row : column)) + 0.9f * side * twist);
        const float shade = 0.85f + 0.2f * (chosen(hash, 1) - 0.5f) +
                            fibre * (0.55f * fuzz[i] + 0.25f * strand) + 0.1f * fade[i];
        sample.surface.colour[i] = colour(thread, warp) * shade * (on_top ? 1 - 0.35f * dip : 0.4f);
        sample.surface.height[i] =
            (on_top ? 0.1f + 0.3f * bulge - 0.16f * dip : 0.03f) / static_cast<float>(threads) +
            0.0008f * fuzz[i];
    });
    return sample;
}

LitSurface knit(const Grid& grid, SplitMix& random) {
    const Ramp dye = picked(random, dyes);
    const int columns = 2 * random.integer(2, 3), rows = columns + 2 * random.integer(0, 1);
    const int style = random.integer(0, 3);  // plain, stripes, checks, dots
    const int first = random.integer(0, 3), second = (first + random.integer(1, 3)) % 4;
    const float steep = random.uniform(0.55f, 0.85f), fat = random.uniform(0.26f, 0.31f),
                wool = random.uniform(0.1f, 0.3f);
    const Field fuzz = fractal_noise(grid, random.bits(), {20, 20}, 3, 0.8f),
                fade = fractal_noise(grid, random.bits(), {2, 2}, 3);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.occlusion = 12;
    sample.light.shadow = 0.4f;
    each_sample(grid, [&](int i, float u, float v) {
        const float x = u * static_cast<float>(columns);
        const int column = floor_of(x);
        const float fx = x - static_cast<float>(column) - 0.5f, leg = std::abs(fx) - 0.25f;
        // A leg runs down to the middle of its column: both form a V. Legs of the row above lie below.
        const float y = v * static_cast<float>(rows) + steep * leg * 2;
        int row = floor_of(y);
        const float fy = y - static_cast<float>(row) - 0.5f;
        row = wrapped(row, rows);
        const float a = leg / 0.25f, b = fy / 0.5f;
        const float d = a * a * (fat < 0.285f ? 0.9f : 0.75f) + b * b * 0.85f;
        const float bulge = std::sqrt(std::max(0.0f, 1 - d * 0.8f));
        const bool on = style == 1   ? 2 * row >= rows
                        : style == 2 ? (2 * column >= columns) != (2 * row >= rows)
                        : style == 3 ? (column & 1) == 0 && (row & 1) == 0
                                     : false;
        const float strand = sine(1.6f * (fy * 1.2f + a * 0.35f)),
                    shade = 0.9f + wool * (0.6f * fuzz[i] + 0.25f * strand) + 0.1f * fade[i];
        sample.surface.colour[i] = dye.colours[on ? second : first] * shade * (0.35f + 0.65f * bulge);
        sample.surface.height[i] = 0.2f * bulge / static_cast<float>(columns) + 0.001f * fuzz[i];
    });
    return sample;
}

LitSurface leather(const Grid& grid, SplitMix& random) {
    static constexpr Hexes palettes[] = {
        {0x2f1810, 0x6a3a22, 0x925834, 0xb57a50}, {0x120f0e, 0x2a2523, 0x433c39, 0x625a55},
        {0x3a0d10, 0x75201f, 0x9c3430, 0xbd5a4e}, {0x6a4522, 0xa8743c, 0xc99558, 0xe2b782},
        {0x101c30, 0x22385a, 0x3a557d, 0x5d789c}, {0x4a2410, 0x8a4a20, 0xb06a34, 0xd09258},
        {0x8a7a64, 0xb5a58c, 0xd3c6b0, 0xe8dfce},
    };
    const Ramp ramp = picked(random, palettes, 0.15f);
    const int count = random.integer(10, 14), folds = random.integer(2, 3);
    const float deep = random.uniform(0.006f, 0.0105f), crease = random.uniform(0.004f, 0.016f),
                shine = random.uniform(0.15f, 0.5f), worn = random.uniform(0.1f, 0.4f);
    const Cells grain(random.bits(), {count, count}, 0.9f, {.rounded = true});
    const Field warp_u = fractal_noise(grid, random.bits(), {4, 4}, 3),
                warp_v = fractal_noise(grid, random.bits(), {4, 4}, 3);
    const Field fold = ridged_noise(grid, random.bits(), {folds, folds + 1}, 2),
                fine = fractal_noise(grid, random.bits(), {24, 24}, 2, 0.8f);
    const Field patina = fractal_noise(grid, random.bits(), {2, 2}, 4);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.sharpness = 3;
    sample.light.occlusion = 16;
    each_sample(grid, [&](int i, float u, float v) {
        const Cell c = grain.at(u + 0.035f * warp_u[i], v + 0.035f * warp_v[i]);
        const float pebble = rise(0.0f, 0.38f, c.edge), line = rise(0.7f, 1, fold[i]);
        const float tone = 0.36f + 0.2f * pebble + 0.07f * (chosen(c.hash, 3) - 0.5f) + worn * patina[i] +
                           0.05f * fine[i] - 0.12f * line;
        sample.surface.colour[i] = ramp.at(tone);
        sample.surface.height[i] = deep * pebble * (0.8f + 0.4f * chosen(c.hash, 4)) - crease * line +
                                   0.006f * patina[i] + 0.0006f * fine[i];
        sample.surface.gloss[i] = shine * (0.2f + 0.8f * pebble);
    });
    return sample;
}

LitSurface scales(const Grid& grid, SplitMix& random) {
    // skin between, flank, back, marking
    static constexpr Hexes palettes[] = {
        {0x14240f, 0x4f7a2a, 0x8fae45, 0x23401a}, {0x2a1a0e, 0x8a6236, 0xc49a5c, 0x4a2c16},
        {0x0e1f2a, 0x2a6a80, 0x5aa8b0, 0x143c5a}, {0x2a0c0c, 0x8f2a1e, 0xd0623a, 0x4a1414},
        {0x1c1c1c, 0x5f6058, 0x9a9a86, 0x2c2c2a}, {0x2a230e, 0xb08a2c, 0xe0c35a, 0x5f3d14},
        {0x0c2420, 0x1f7a5f, 0x5cc08a, 0x0f4a4a},
    };
    const Ramp ramp = picked(random, palettes);
    const int columns = random.integer(4, 6), rows = 2 * random.integer(3, columns < 5 ? 3 : 4);
    const float pointed = random.chance(0.4f) ? random.uniform(0.55f, 1) : random.uniform(0, 0.3f),
                keel = random.chance(0.5f) ? random.uniform(0.1f, 0.35f) : 0;
    const int marking = random.integer(0, 2);  // mottled, banded, plain
    const float contrast = random.uniform(0.5f, 1), shine = random.uniform(0.25f, 0.6f);
    const uint64_t key = random.bits();
    const Field blotch = fractal_noise(grid, random.bits(), {2, 2}, 3),
                fine = fractal_noise(grid, random.bits(), {18, 18}, 3, 0.7f);
    const int bands = random.integer(1, 2);

    LitSurface sample{Surface(grid), daylight(random)};
    sample.light.shadow = 0.6f;
    sample.light.sharpness = 4;
    sample.light.occlusion = 10;
    each_sample(grid, [&](int i, float u, float v) {
        const float y = v * static_cast<float>(rows);
        const int base = floor_of(y);
        // A scale hangs from its row over the one below; the upper row lies in front.
        for (int row = base - 1; row <= base + 1; ++row) {
            const float x = u * static_cast<float>(columns) - ((row & 1) != 0 ? 0.5f : 0.0f);
            const int column = floor_of(x);
            const float dx = std::abs(x - static_cast<float>(column) - 0.5f) * 2,
                        dy = (y - static_cast<float>(row)) / 1.75f;
            const float reach = mixed(dx * dx, dx * 0.95f, pointed);  // how high the lower edge is here
            const float d = 1 - reach * 0.62f - dy;
            if (d < 0 && row <= base) continue;
            const uint64_t hash = scattered(
                key + static_cast<uint64_t>(wrapped(row, rows) * columns + wrapped(column, columns)));
            const float cu = (static_cast<float>(column) + ((row & 1) != 0 ? 1.0f : 0.5f)) /
                             static_cast<float>(columns),
                        cv = (static_cast<float>(row) + 0.8f) / static_cast<float>(rows);
            const float mark =
                marking == 0 ? rise(-0.1f, 0.2f, blotch.at(cu, cv))
                : marking == 1
                    ? rise(-0.3f, 0.3f, sine(cv * static_cast<float>(bands) + 0.25f * blotch.at(cu, cv)))
                    : 0;
            const float rim = rise(0, 0.16f, d), ridge = keel * rise(0.25f, 0, dx);
            Rgb colour = mixed(ramp.colours[1], ramp.colours[2],
                               clamped(0.5f * dy + 0.5f * chosen(hash, 1) + 0.15f * fine[i] + ridge));
            colour = mixed(colour, ramp.colours[3], contrast * mark);
            sample.surface.colour[i] =
                mixed(ramp.colours[0], colour, 0.35f + 0.65f * rim) * (0.9f + 0.2f * chosen(hash, 2));
            const float dome = (1 - 0.8f * dx * dx) * (0.35f + 0.65f * clamped(dy)) * (0.4f + 0.6f * rim);
            sample.surface.height[i] =
                0.17f / static_cast<float>(columns) * (dome + ridge) + 0.0008f * fine[i];
            sample.surface.gloss[i] = shine * rim;
            break;
        }
    });
    return sample;
}

}  // namespace gan
