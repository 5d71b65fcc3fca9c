// Host pixels, (rows, width, channels), to a texture.
#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS int channels; int colours; int rows_before;
#include "every_pixel.glsl"

vec4 made(ivec2 at) {
    const int from = ((at.y - c.rows_before) * c.width + at.x) * c.channels;
    vec4 value = vec4(host[from]);
    if (c.channels > 1) value.gb = vec2(host[from + 1], host[from + 2]);
    value.a = c.channels > 3 ? host[from + 3] : 1;
    if (c.colours != 0) value = premultiplied(to_light(value.rgb), value.a);
    return value;
}
