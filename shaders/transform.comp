#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS vec4 matrix; vec2 shift; int edge; int taps;
#include "every_pixel.glsl"
#include "edges.glsl"

vec4 made(ivec2 at) {
    const ivec2 size = textureSize(picture0, 0);
    const vec2 centre = vec2(c.width, c.height) / 2;
    vec4 sum = vec4(0);
    // Where several pixels of the picture fall on one, their mean.
    for (int j = 0; j < c.taps; ++j)
        for (int i = 0; i < c.taps; ++i) {
            const vec2 place = vec2(at) + (vec2(i, j) + 0.5) / float(c.taps) - centre - c.shift;
            sum += edged_between(IN0, mat2(c.matrix.x, c.matrix.z, c.matrix.y, c.matrix.w) * place + vec2(size) / 2);
        }
    return sum / float(c.taps * c.taps);
}
