#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS uvec2 step_x; uvec2 step_y; uvec2 evolution; uint period_x; uint period_y; uint period_z; uint seed; int kind; int octaves; float roughness;
#include "every_pixel.glsl"

const int perlin = 0, value = 1, worley1 = 2, worley21 = 3, white = 4;
const uint golden = 0x9e3779b9u;  // 2^32 over the golden ratio

// pcg4d: Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 9 (3), 2020. Its high bits are the best.
uvec4 hash(uvec4 v) {
    v = v * 1664525u + 1013904223u;
    v.x += v.y * v.w;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v.w += v.y * v.z;
    v ^= v >> 16u;
    v.x += v.y * v.w;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v.w += v.y * v.z;
    return v;
}

// In [0, 1], both ends included.
float even(uint random) { return float(random >> 8) / 16777215; }

// Places along an axis are (whole cells, 2^32nds of a cell): octaves double them without rounding. A pixel's
// centre is an odd number of half pixels, `width`, from the edge.
uvec2 along(int at, uvec2 width) {
    const uint halves = 2u * uint(at) + 1u;
    uint whole, part;
    umulExtended(halves, width.y, whole, part);
    return uvec2(whole + halves * width.x, part);
}

// Doubled for every octave. Each begins elsewhere in its cells, or all would be alike at the corners they share.
uvec2 finer(uvec2 place, int octave) {
    if (octave > 0) place = uvec2(place.x << octave | place.y >> (32 - octave), place.y << octave);
    uint carry;
    place.y = uaddCarry(place.y, uint(octave + 1) * golden, carry);
    return uvec2(place.x + carry, place.y);
}

uint around(uint cell, uint period) { return period == 0u ? cell : cell % period; }

// The cell before (-1) or behind (1), around the period; of 2^32 where that is 0.
uint beside(uint cell, int by, uint period) {
    if (by < 0 && cell == 0u) return period - 1u;
    const uint next = cell + uint(by);
    return next == period ? 0u : next;
}

// Perlin, "Improving Noise", SIGGRAPH 2002: to the middles of a cube's edges, four of them twice.
float along_gradient(uint random, vec3 to) {
    const uint h = random >> 28;
    const float u = h < 8u ? to.x : to.y;
    const float v = h < 4u ? to.y : h == 12u || h == 14u ? to.x : to.z;
    return ((h & 1u) == 0u ? u : -u) + ((h & 2u) == 0u ? v : -v);
}

// Between a cell's eight corners, weighed by the quintic of that paper.
float lattice(uvec3 cell, vec3 part, uvec3 period, uint seed) {
    const uvec3 next =
        uvec3(beside(cell.x, 1, period.x), beside(cell.y, 1, period.y), beside(cell.z, 1, period.z));
    const vec3 fade = part * part * part * (part * (part * 6 - 15) + 10);
    float sum = 0;
    for (int corner = 0; corner < 8; ++corner) {
        const bvec3 far = bvec3((corner & 1) != 0, (corner & 2) != 0, (corner & 4) != 0);
        const vec3 weight = mix(1 - fade, fade, far);
        const uint random = hash(uvec4(mix(cell, next, far), seed)).x;
        sum += weight.x * weight.y * weight.z *
               (c.kind == perlin ? along_gradient(random, part - vec3(far)) : even(random));
    }
    return sum;
}

// Distances to the nearest and the second nearest point, one a cell (Worley, "A Cellular Texture Basis
// Function", SIGGRAPH 1996). Points nearer than 1 are in the 27 cells around; farther ones count as 1.
vec2 nearest(uvec3 cell, vec3 part, uvec3 period, uint seed) {
    float first = 1;  // squared
    float second = 1;
    for (int z = -1; z <= 1; ++z)
        for (int y = -1; y <= 1; ++y)
            for (int x = -1; x <= 1; ++x) {
                const uvec3 there =
                    uvec3(beside(cell.x, x, period.x), beside(cell.y, y, period.y), beside(cell.z, z, period.z));
                const vec3 point = vec3(hash(uvec4(there, seed)).xyz >> 8u) / 16777216;
                const vec3 to = vec3(x, y, z) + point - part;
                const float d = dot(to, to);
                second = min(second, max(first, d));
                first = min(first, d);
            }
    return sqrt(vec2(first, second));
}

// In [0, 1]. Perlin's noise goes from -1.0363538 to 1.0363538: the greatest of what the eight corners add when each
// takes the gradient that adds most, the sum of the two larger of |to|; found numerically.
float octave(ivec2 at, int number) {
    const uvec2 x = finer(along(at.x, c.step_x), number);
    const uvec2 y = finer(along(at.y, c.step_y), number);
    const uvec2 z = finer(c.evolution, number);
    const uvec3 period = uvec3(c.period_x, c.period_y, c.period_z) << number;
    const uvec3 cell = uvec3(around(x.x, period.x), around(y.x, period.y), around(z.x, period.z));
    const vec3 part = vec3(uvec3(x.y, y.y, z.y) >> 8u) / 16777216;
    const uint seed = c.seed + uint(number) * golden;
    if (c.kind == perlin) return 0.5 + 0.5 / 1.0363539 * lattice(cell, part, period, seed);
    if (c.kind == value) return lattice(cell, part, period, seed);
    const vec2 distances = nearest(cell, part, period, seed);
    return c.kind == worley1 ? distances.x : distances.y - distances.x;
}

vec4 made(ivec2 at) {
    float sum = 0;
    if (c.kind == white) {
        sum = even(hash(uvec4(at, around(c.evolution.x, c.period_z), c.seed)).x);
    } else {
        float weight = 1;
        float total = 0;
        for (int i = 0; i < c.octaves; ++i) {
            sum += weight * octave(at, i);
            total += weight;
            weight *= c.roughness;
        }
        sum /= total;
    }
    return vec4(vec3(clamp(sum, 0.0, 1.0)), 1);
}
