// A picture as other programs take it: straight colours, in linear light or as screens show them.
#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS int colours; int encoded;
#include "every_pixel.glsl"

vec4 made(ivec2 at) {
    const vec2 size = vec2(textureSize(picture0, 0));
    // Of the same size, it is the pixel itself.
    const vec4 value = between(IN0, (vec2(at) + 0.5) / vec2(c.width, c.height) * size);
    if (c.colours == 0) return value;
    const vec3 light = straight(value);
    return vec4(c.encoded != 0 ? to_srgb(clamp(light, vec3(0), vec3(1))) : light, value.a);
}
