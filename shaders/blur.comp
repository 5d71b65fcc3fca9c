#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS ivec2 along; ivec2 from; int reach; float falloff;
#include "every_pixel.glsl"

vec4 made(ivec2 at) {
    const ivec2 centre = at + c.from;
    vec4 sum = texel(IN0, centre);
    float weights = 1;
    for (int i = 1; i <= c.reach; ++i) {
        const float weight = exp(c.falloff * float(i * i));
        sum += weight * (texel(IN0, centre - i * c.along) + texel(IN0, centre + i * c.along));
        weights += 2 * weight;
    }
    return sum / weights;
}
