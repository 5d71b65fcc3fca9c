// An engine's frame, (channels, height, width) in [-1, 1], to a texture of linear light.
#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS int channels;
#include "every_pixel.glsl"

vec4 made(ivec2 at) {
    const int area = c.width * c.height;
    const int from = at.y * c.width + at.x;
    vec4 value = vec4(vec3(host[from]), 1);
    if (c.channels > 1) value.gb = vec2(host[from + area], host[from + 2 * area]);
    if (c.channels > 3) value.a = host[from + 3 * area];
    value.rgb = (value.rgb + 1) / 2;
    if (c.channels > 3) value.a = (value.a + 1) / 2;
    return premultiplied(to_light(value.rgb), value.a);
}
