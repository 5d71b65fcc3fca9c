#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS vec4 before; vec4 after; vec2 centre; vec2 mirror; vec2 turn; int turns; int edge; int taps;
#include "every_pixel.glsl"
#include "edges.glsl"

// To between the two mirrors, from 0 to `mirror` clockwise: turned back by whole segments, then mirrored. By
// products alone, since Vulkan's atan() may be 4096 units in the last place off.
vec2 folded(vec2 at) {
    at.y = abs(at.y);
    for (int i = 0; i < c.turns && c.mirror.x * at.y > c.mirror.y * at.x; ++i)
        at = vec2(c.turn.x * at.x + c.turn.y * at.y, c.turn.x * at.y - c.turn.y * at.x);
    return vec2(at.x, abs(at.y));
}

vec4 made(ivec2 at) {
    vec4 sum = vec4(0);
    // Where several pixels of the picture fall on one, their mean.
    for (int j = 0; j < c.taps; ++j)
        for (int i = 0; i < c.taps; ++i) {
            const vec2 from = vec2(at) + (vec2(i, j) + 0.5) / float(c.taps) - c.centre;
            const vec2 between_mirrors = folded(vec2(dot(c.before.xy, from), dot(c.before.zw, from)));
            sum += edged_between(IN0, c.centre + vec2(dot(c.after.xy, between_mirrors), dot(c.after.zw, between_mirrors)));
        }
    return sum / float(c.taps * c.taps);
}
