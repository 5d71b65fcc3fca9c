#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS int axis; int groups; int colours;
#include "every_pixel.glsl"

// What a tap adds. One that counts nothing adds nothing, whatever it is.
vec4 share(float weight, ivec2 at) { return weight == 0 ? vec4(0) : weight * texel(IN0, at); }

// Input 1 has a row for every place along the axis: the first pixel that counts there, and what it and those after
// it weigh, four numbers a pixel.
vec4 made(ivec2 at) {
    const bool down = c.axis != 0;
    const ivec2 step = down ? ivec2(0, 1) : ivec2(1, 0);
    const int row = down ? at.y : at.x;
    vec4 four = texelFetch(picture1, ivec2(0, row), 0);
    ivec2 from = down ? ivec2(at.x, int(four.x)) : ivec2(int(four.x), at.y);
    vec4 sum = share(four.y, from) + share(four.z, from + step) + share(four.w, from + 2 * step);
    from += 3 * step;
    for (int group = 1; group < c.groups; ++group) {
        four = texelFetch(picture1, ivec2(group, row), 0);
        sum += share(four.x, from) + share(four.y, from + step) + share(four.z, from + 2 * step) + share(four.w, from + 3 * step);
        from += 4 * step;
    }
    // What overshoots leaves alpha an alpha.
    if (c.colours != 0) sum.a = clamp(sum.a, 0, 1);
    return sum;
}
