#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS vec4 matrix; vec2 shift; vec2 hue; float decay; int mode; int edge; int data;
#include "every_pixel.glsl"
#include "edges.glsl"

vec4 moved(ivec2 at) {
    const vec2 centre = vec2(c.width, c.height) / 2;
    const vec2 from = mat2(c.matrix.x, c.matrix.z, c.matrix.y, c.matrix.w) * (vec2(at) + 0.5 - centre - c.shift) + centre;
    return edged_between(IN1, from);
}

// About the grey axis (Rodrigues' formula); c.hue is the cosine and the sine. Luminance stays.
vec3 turned(vec3 colour) {
    const float grey = (colour.r + colour.g + colour.b) / 3;
    const vec3 v = c.hue.x * colour + c.hue.y * inversesqrt(3.0) * (colour.brg - colour.gbr) + (1 - c.hue.x) * grey;
    return v + luminance(colour) - luminance(v);
}

// What adds up for ever ends at the most that a half float holds, and of data where squares are still finite.
float finite(float v) {
    const float most = c.data != 0 ? 1e18 : 65504;
    return isnan(v) ? 0 : clamp(v, -most, most);
}

// s: what comes in, b: the past; premultiplied by their alphas, as and ab. Data are opaque. The modes are those of
// W3C, Compositing and Blending Level 1 (2015); light above 1 lets nothing of the past through the screen.
vec4 made(ivec2 at) {
    const vec4 from = texel(IN0, at);
    const vec4 past = moved(at);
    const bool data = c.data != 0;
    const vec3 s = from.rgb;
    const vec3 b = c.decay * (c.hue.x == 1 || data ? past.rgb : turned(past.rgb));
    const float as = data ? 1 : from.a;
    const float ab = c.decay * (data ? 1 : past.a);
    vec3 v = s + (1 - as) * b;
    float alpha = as + ab * (1 - as);
    switch (c.mode) {
    case 1:
        v = s + b;
        alpha = min(as + ab, 1);
        break;
    case 2: v = s + b * (1 - clamp(s, vec3(0), vec3(1))); break;
    case 3: v = max(s * ab, b * as) + s * (1 - ab) + b * (1 - as); break;
    }
    if (data) alpha = from.a;
    return vec4(finite(v.r), finite(v.g), finite(v.b), finite(alpha));
}
