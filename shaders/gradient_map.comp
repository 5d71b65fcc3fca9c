#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS float repeats; float phase; int colours;
#include "every_pixel.glsl"

// Input 1 is the gradient: a row of colours, the first and the last at its ends.
vec4 made(ivec2 at) {
    const vec4 from = texel(IN0, at);
    const float lightness = c.colours != 0 ? to_srgb(vec3(luminance(straight(from)))).r : from.r;
    const float place = c.phase + c.repeats * (lightness > 0 ? min(lightness, 1.0) : 0.0);
    float part = fract(place);
    // What has come to a whole number is the end of a round, not the beginning of the next.
    if (part == 0 && place > c.phase) part = 1;
    const float last = float(textureSize(picture1, 0).x - 1);
    const vec3 colour = between(IN1, vec2(part * last + 0.5, 0.5)).rgb;
    return premultiplied(colour, clamp(from.a, 0, 1));
}
