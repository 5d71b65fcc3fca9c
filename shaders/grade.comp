#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS float matrix[9]; float contrast; float lift; float gamma; float gain;
#include "every_pixel.glsl"

vec4 made(ivec2 at) {
    const vec4 from = texel(IN0, at);
    const vec3 light = straight(from);
    vec3 v = vec3(dot(light, vec3(c.matrix[0], c.matrix[1], c.matrix[2])),
                  dot(light, vec3(c.matrix[3], c.matrix[4], c.matrix[5])),
                  dot(light, vec3(c.matrix[6], c.matrix[7], c.matrix[8])));
    // What a power of 1 would leave alone is left alone: negative light, too.
    if (c.contrast != 1) v = 0.18 * pow(max(v / 0.18, vec3(0)), vec3(c.contrast));
    v = c.gain * (v + c.lift * (1 - v));
    if (c.gamma != 1) v = pow(max(v, vec3(0)), vec3(1 / c.gamma));
    return premultiplied(v, from.a);
}
