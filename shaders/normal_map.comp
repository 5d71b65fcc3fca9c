#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS vec2 strength; float side; int data;
#include "every_pixel.glsl"
#include "grey.glsl"

float height(ivec2 at) { return grey(texel(IN0, at), c.data != 0, true); }

vec4 made(ivec2 at) {
    // Differences over two pixels, of three rows and of three columns: those beside weigh `side` each.
    vec2 slope = vec2(0);
    for (int i = -1; i <= 1; ++i) {
        const float weight = i == 0 ? 1 - 2 * c.side : c.side;
        slope += weight / 2 * vec2(height(at + ivec2(1, i)) - height(at + ivec2(-1, i)),
                                   height(at + ivec2(i, 1)) - height(at + ivec2(i, -1)));
    }
    // A million to one is a wall; its square is still finite.
    const vec3 normal = normalize(vec3(clamp(c.strength * slope, vec2(-1e6), vec2(1e6)), 1));
    return vec4(normal * 0.5 + 0.5, 1);
}
