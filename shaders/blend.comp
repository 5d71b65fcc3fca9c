#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS int mode; int display; int data; int masked; float amount;
#include "every_pixel.glsl"
#include "grey.glsl"

// W3C, Compositing and Blending Level 1 (2015), section 10.1 "Separable blend modes"; and add, subtract, divide.
// b is of the picture below, s of the one above.
float screen(float b, float s) { return b + s - b * s; }
float hard_light(float b, float s) { return s <= 0.5 ? b * 2 * s : screen(b, 2 * s - 1); }
float soft_light(float b, float s) {
    if (s <= 0.5) return b - (1 - 2 * s) * b * (1 - b);
    const float d = b <= 0.25 ? ((16 * b - 12) * b + 4) * b : sqrt(b);
    return b + (2 * s - 1) * (d - b);
}
float dodged(float b, float s) { return b <= 0 ? 0 : s >= 1 ? 1 : min(1, b / (1 - s)); }
float burned(float b, float s) { return b >= 1 ? 1 : s <= 0 ? 0 : 1 - min(1, (1 - b) / s); }
// Nothing is divided by less than 1/1024: half floats hold 65504 at most.
float divided(float b, float s) { return b / (abs(s) < 1.0 / 1024 ? (s < 0 ? -1.0 : 1.0) / 1024 : s); }

float blended(float b, float s) {
    switch (c.mode) {
    case 1: return b + s;
    case 2: return b - s;
    case 3: return b * s;
    case 4: return screen(b, s);
    case 5: return hard_light(s, b);
    case 6: return soft_light(b, s);
    case 7: return hard_light(b, s);
    case 8: return min(b, s);
    case 9: return max(b, s);
    case 10: return abs(b - s);
    case 11: return b + s - 2 * b * s;
    case 12: return divided(b, s);
    case 13: return dodged(b, s);
    case 14: return burned(b, s);
    }
    return s;
}

// Section 10.2 "Non-separable blend modes". Rounding makes the differences that are divided by no smaller than 1e-6.
float lum(vec3 v) { return dot(v, vec3(0.3, 0.59, 0.11)); }
float least(vec3 v) { return min(v.r, min(v.g, v.b)); }
float most(vec3 v) { return max(v.r, max(v.g, v.b)); }
float sat(vec3 v) { return most(v) - least(v); }
vec3 with_lum(vec3 v, float to) {
    v += to - lum(v);
    const float l = lum(v), n = least(v), x = most(v);
    if (n < 0) v = l + (v - l) * l / max(l - n, 1e-6);
    if (x > 1) v = l + (v - l) * (1 - l) / max(x - l, 1e-6);
    return clamp(v, vec3(0), vec3(1));
}
vec3 with_sat(vec3 v, float to) { return sat(v) > 0 ? (v - least(v)) * to / sat(v) : vec3(0); }

vec3 blended(vec3 b, vec3 s) {
    switch (c.mode) {
    case 15: return with_lum(with_sat(s, sat(b)), lum(b));
    case 16: return with_lum(with_sat(b, sat(s)), lum(b));
    case 17: return with_lum(s, lum(b));
    case 18: return with_lum(b, lum(s));
    }
    return vec3(blended(b.r, s.r), blended(b.g, s.g), blended(b.b, s.b));
}

// The modes that are defined for values from 0 to 1 only; what is brighter below stays so.
bool bounded() { return (c.mode >= 4 && c.mode <= 7) || c.mode == 11 || c.mode >= 13; }

vec4 made(ivec2 at) {
    const bool data_below = (c.data & 1) != 0;
    const bool data_above = (c.data & 2) != 0;
    const vec4 below = texel(IN0, at);
    const vec4 above = stretched(IN1, at);
    const float mask = c.masked != 0 ? clamp(grey(stretched(IN2, at), (c.data & 4) != 0, true), 0, 1) : 1;

    // Without alpha and as they are blended: data always as they are.
    const bool display = c.display != 0;
    vec3 b = data_below ? below.rgb : straight(below);
    vec3 s = data_above ? above.rgb : straight(above);
    if (display && !data_below) b = to_srgb(b);
    if (display && !data_above) s = to_srgb(s);
    vec3 v = bounded() ? blended(clamp(b, vec3(0), vec3(1)), clamp(s, vec3(0), vec3(1))) + max(b - 1, vec3(0)) : blended(b, s);
    if (!data_below) {
        v = max(v, vec3(0));
        if (display) v = to_light(v);
        if (display) s = to_light(s);
    }

    // Source-over. The alpha of data is a number as others are, which stays.
    const float over = c.amount * mask * (data_above ? 1 : above.a);
    const float under = data_below ? 1 : below.a;
    const vec3 mixed = over * mix(s, v, under) + (1 - over) * below.rgb;
    return vec4(mixed, data_below ? below.a : over + under * (1 - over));
}
