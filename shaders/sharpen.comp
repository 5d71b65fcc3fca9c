#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS float amount; float threshold; int data;
#include "every_pixel.glsl"

// What is left of a difference that counts only as far as it is above the threshold.
vec4 counted(vec4 difference) { return sign(difference) * max(abs(difference) - c.threshold, vec4(0)); }

// Input 1 is input 0 blurred. Colours are compared without their alpha, so that no rim appears along it.
vec4 made(ivec2 at) {
    const vec4 from = texel(IN0, at);
    const vec4 mean = texel(IN1, at);
    const vec4 more = c.data != 0 ? counted(from - mean) : from.a * counted(vec4(straight(from) - straight(mean), 0));
    return from + c.amount * more;
}
