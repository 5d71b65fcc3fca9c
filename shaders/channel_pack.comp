#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS vec4 values; int linked; int data; int inverted; int displayed;
#include "every_pixel.glsl"
#include "grey.glsl"

// A bit an input.
bool bit(int bits, int number) { return (bits >> number & 1) != 0; }

float packed(texture2D picture, int number, ivec2 at) {
    if (!bit(c.linked, number)) return c.values[number];
    const float v = grey(stretched(picture, number, at), bit(c.data, number), c.displayed != 0);
    return bit(c.inverted, number) ? 1 - v : v;
}

vec4 made(ivec2 at) {
    return vec4(packed(IN0, at), packed(IN1, at), packed(IN2, at), packed(IN3, at));
}
