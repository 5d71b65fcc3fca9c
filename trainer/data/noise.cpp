#include "trainer/data/noise.h"

#include <algorithm>

namespace gan {
namespace {

struct Gradient {
    float x, y;
};

Gradient gradient(uint64_t hash) {
    const float turns = unit(hash);
    return {cosine(turns), sine(turns)};
}

/// Of a lattice with `cells` cells along an axis: drawn in full up to the finest, not at all from twice it.
float shown(const Grid& grid, int cells) {
    return clamped(2 - static_cast<float>(cells) / grid.finest);
}

float smooth_step(float t) {
    return t * t * t * (t * (t * 6 - 15) + 10);
}

/// Row by row: between two lattice rows the noise is, in each column, linear in x with slope[i] and base[i].
void add_noise(Field& field, uint64_t key, Lattice lattice, float weight) {
    const int n = field.n;
    const size_t size = static_cast<size_t>(lattice.x) * static_cast<size_t>(lattice.y);
    std::vector<Gradient> gradients(size);
    for (size_t i = 0; i < size; ++i) gradients[i] = gradient(scattered(key + i));
    // Unshifted, all octaves would be zero in the corner of the picture, and their lattices share its border.
    const float shift_x = chosen(key, size), shift_y = chosen(key, size + 1);
    const float step_x = static_cast<float>(lattice.x) / static_cast<float>(n);
    const float step_y = static_cast<float>(lattice.y) / static_cast<float>(n);
    std::vector<int> column(static_cast<size_t>(n));
    std::vector<float> offset(static_cast<size_t>(n)), blend(static_cast<size_t>(n));
    for (int x = 0; x < n; ++x) {
        const float at = (static_cast<float>(x) + 0.5f) * step_x + shift_x;
        const int i = floor_of(at);
        column[x] = i % lattice.x;
        offset[x] = at - static_cast<float>(i);
        blend[x] = smooth_step(offset[x]);
    }
    std::vector<float> slope(static_cast<size_t>(lattice.x) + 1), base(slope.size());
    for (int y = 0; y < n; ++y) {
        const float at = (static_cast<float>(y) + 0.5f) * step_y + shift_y;
        const int whole = floor_of(at), row = whole % lattice.y;
        const float dy = at - static_cast<float>(whole), t = smooth_step(dy);
        const Gradient* upper = &gradients[static_cast<size_t>(row) * lattice.x];
        const Gradient* lower = &gradients[static_cast<size_t>((row + 1) % lattice.y) * lattice.x];
        for (int i = 0; i < lattice.x; ++i) {
            slope[i] = mixed(upper[i].x, lower[i].x, t);
            base[i] = mixed(upper[i].y * dy, lower[i].y * (dy - 1), t);
        }
        slope[lattice.x] = slope[0];
        base[lattice.x] = base[0];
        float* values = &field.values[static_cast<size_t>(y) * n];
        for (int x = 0; x < n; ++x) {
            const int i = column[x];
            const float left = slope[i] * offset[x] + base[i];
            const float right = slope[i + 1] * (offset[x] - 1) + base[i + 1];
            values[x] += weight * mixed(left, right, blend[x]);
        }
    }
}

}  // namespace

float Field::at(float u, float v) const {
    const float x = fraction(u) * static_cast<float>(n) - 0.5f;
    const float y = fraction(v) * static_cast<float>(n) - 0.5f;
    int x0 = floor_of(x), y0 = floor_of(y);
    const float fx = x - static_cast<float>(x0), fy = y - static_cast<float>(y0);
    int x1 = x0 + 1, y1 = y0 + 1;
    if (x0 < 0) x0 = n - 1;
    if (y0 < 0) y0 = n - 1;
    if (x1 >= n) x1 = 0;
    if (y1 >= n) y1 = 0;
    if (x0 >= n) x0 = n - 1;  // a fraction that was rounded up to 1
    if (y0 >= n) y0 = n - 1;
    const float* upper = &values[static_cast<size_t>(y0) * n];
    const float* lower = &values[static_cast<size_t>(y1) * n];
    return mixed(mixed(upper[x0], upper[x1], fx), mixed(lower[x0], lower[x1], fx), fy);
}

Field fractal_noise(const Grid& grid, uint64_t key, Lattice lattice, int octaves, float gain) {
    constexpr float to_unit = 1.45f;  // one octave of gradient noise reaches +-0.7
    Field result(grid);
    float weight = to_unit;
    for (int k = 0; k < octaves; ++k, weight *= gain) {
        const float part = shown(grid, lattice.x) * shown(grid, lattice.y);
        if (part <= 0) break;
        add_noise(result, scattered(key + static_cast<uint64_t>(k)), lattice, weight * part);
        lattice = {lattice.x * 2, lattice.y * 2};
    }
    return result;
}

Field ridged_noise(const Grid& grid, uint64_t key, Lattice lattice, int octaves, float gain) {
    Field result(grid);
    float weight = 1, total = 0;
    for (int k = 0; k < octaves; ++k, weight *= gain) {
        total += weight;
        const float part = shown(grid, lattice.x) * shown(grid, lattice.y);
        if (part > 0) {
            Field octave(grid);
            add_noise(octave, scattered(key + static_cast<uint64_t>(k)), lattice, 1.45f);
            for (int i = 0; i < grid.size(); ++i) {
                const float crest = 1 - std::min(1.0f, std::abs(octave[i]));
                result[i] += weight * mixed(0.55f, crest * crest, part);  // 0.55: about its mean
            }
        } else {
            for (float& value : result.values) value += weight * 0.55f;
        }
        lattice = {lattice.x * 2, lattice.y * 2};
    }
    for (float& value : result.values) value /= total;
    return result;
}

namespace {

/// Running means along one axis: elements `stride` apart, `count` lines that start `line` apart.
void box_mean(std::vector<float>& values, int n, int radius, int stride, int line) {
    const float scale = 1.0f / static_cast<float>(2 * radius + 1);
    std::vector<float> old(static_cast<size_t>(n));
    for (int l = 0; l < n; ++l) {
        float* at = &values[static_cast<size_t>(l) * line];
        for (int i = 0; i < n; ++i) old[i] = at[static_cast<size_t>(i) * stride];
        float sum = 0;
        for (int k = -radius; k <= radius; ++k) sum += old[wrapped(k, n)];
        int enters = wrapped(radius + 1, n), leaves = wrapped(-radius, n);
        for (int i = 0; i < n; ++i) {
            at[static_cast<size_t>(i) * stride] = sum * scale;
            sum += old[enters] - old[leaves];
            if (++enters == n) enters = 0;
            if (++leaves == n) leaves = 0;
        }
    }
}

}  // namespace

Field blurred(const Field& field, float radius) {
    Field result = field;
    const int samples = std::max(1, floor_of(radius * static_cast<float>(field.n) + 0.5f));
    for (int pass = 0; pass < 2; ++pass) {
        box_mean(result.values, field.n, samples, 1, field.n);
        box_mean(result.values, field.n, samples, field.n, 1);
    }
    return result;
}

}  // namespace gan
