#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS ivec2 copies; ivec2 taps; vec2 stride; float shift; int mirror;
#include "every_pixel.glsl"

// Where in its copy a place along one side of the plane of copies is, `first` and `more` pixels of the picture
// from the plane's edge. Whole pixels are counted as such: the plane may be 2^20 of them.
float folded(int first, float more, int side, out int copy) {
    const int place = first + int(floor(more));
    copy = place / side;
    const float at = float(place % side) + fract(more);
    return c.mirror != 0 && copy % 2 != 0 ? float(side) - at : at;
}

// Bilinear, on into the next copy, which begins with the other edge, or with the same where it is mirrored.
vec4 copied(vec2 at, ivec2 size) {
    const bool around = c.mirror == 0;
    const vec2 corner = floor(at - 0.5);
    const vec2 part = at - 0.5 - corner;
    const ivec2 first = ivec2(corner);
    const ivec2 low = ivec2(inside(first.x, size.x, around), inside(first.y, size.y, around));
    const ivec2 high = ivec2(inside(first.x + 1, size.x, around), inside(first.y + 1, size.y, around));
    return mix(mix(texelFetch(picture0, low, 0), texelFetch(picture0, ivec2(high.x, low.y), 0), part.x),
               mix(texelFetch(picture0, ivec2(low.x, high.y), 0), texelFetch(picture0, high, 0), part.x), part.y);
}

vec4 made(ivec2 at) {
    const ivec2 size = textureSize(picture0, 0);
    vec4 sum = vec4(0);
    // A pixel is `copies` pixels of the picture wide and high: their mean.
    for (int j = 0; j < c.taps.y; ++j)
        for (int i = 0; i < c.taps.x; ++i) {
            int row, column;
            const float y = folded(at.y * c.copies.y, (float(j) + 0.5) * c.stride.y, size.y, row);
            const float shift = row % 2 != 0 ? c.shift : 0;
            const float x = folded(at.x * c.copies.x, (float(i) + 0.5) * c.stride.x + shift, size.x, column);
            sum += copied(vec2(x, y), size);
        }
    return sum / float(c.taps.x * c.taps.y);
}
