#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS vec2 strength; float side; int data;
#include "every_pixel.glsl"
#include "grey.glsl"

float height(ivec2 at) { return grey(texel(IN0, at), c.data != 0, true); }

vec4 made(ivec2 at) {
    const float left_top = height(at + ivec2(-1, -1)), top = height(at + ivec2(0, -1)), right_top = height(at + ivec2(1, -1));
    const float left = height(at + ivec2(-1, 0)), right = height(at + ivec2(1, 0));
    const float left_low = height(at + ivec2(-1, 1)), low = height(at + ivec2(0, 1)), right_low = height(at + ivec2(1, 1));
    // Differences over two pixels, of three rows and of three columns: those beside weigh `side` each.
    const vec2 beside = vec2(right_top - left_top + right_low - left_low, left_low - left_top + right_low - right_top);
    const vec2 slope = (1 - 2 * c.side) / 2 * vec2(right - left, low - top) + c.side / 2 * beside;
    // A million to one is a wall; its square is still finite.
    const vec3 normal = normalize(vec3(clamp(c.strength * slope, vec2(-1e6), vec2(1e6)), 1));
    return vec4(normal * 0.5 + 0.5, 1);
}
