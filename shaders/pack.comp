// A texture to host pixels, (rows, width, channels).
#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS int channels; int colours; int rows_before;
#include "picture.glsl"

void main() {
    const ivec2 at = pixel();
    if (outside(at)) return;
    vec4 value = texel(IN0, at);
    if (c.colours != 0) value = clamp(vec4(to_srgb(straight(value)), value.a), vec4(0), vec4(1));
    const int to = ((at.y - c.rows_before) * c.width + at.x) * c.channels;
    for (int i = 0; i < c.channels; ++i) host[to + i] = value[i];
}
