#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS vec2 amount; vec2 scale; float middle; int direction; int colours; int edge;
#include "every_pixel.glsl"
#include "edges.glsl"

// Lightness as a display has it; of data the first channel. Nothing where alpha is nothing.
float lightness(vec4 by) { return c.colours != 0 ? to_srgb(vec3(luminance(straight(by)))).r : by.r; }
float height(vec2 place) {
    const vec4 by = between(IN1, place);
    return (c.colours != 0 ? by.a : 1) * lightness(by);
}

// In what amount, at a place of the picture that moves the other.
vec2 moved(vec2 place) {
    if (c.direction == 1)
        return vec2(height(place + vec2(1, 0)) - height(place - vec2(1, 0)),
                    height(place + vec2(0, 1)) - height(place - vec2(0, 1)));
    const vec4 by = between(IN1, place);
    const float share = c.colours != 0 ? by.a : 1;
    if (c.direction == 0) return share * ((c.colours != 0 ? to_srgb(straight(by)) : by.rgb).rg - c.middle);
    const float turn = lightness(by) - c.middle;
    const float angle = 6.2831853 * (turn - round(turn));
    return share * vec2(cos(angle), sin(angle));
}

vec4 made(ivec2 at) {
    vec2 by = c.amount * moved((vec2(at) + 0.5) * c.scale);
    // What is no number, or endless, moves nothing.
    by = mix(vec2(0), by, lessThan(abs(by), vec2(1e7)));
    return edged_between(IN0, vec2(at) + 0.5 - by);
}
