// What every shader of a picture shares. Before including it, a shader defines CONSTANTS: its own push
// constants, at most 112 bytes, laid out by std430. Colours are linear light, premultiplied by alpha; data are
// plain numbers.

#extension GL_EXT_samplerless_texture_functions : require

#ifndef DRAWN
layout(local_size_x = 8, local_size_y = 8) in;

layout(binding = 0) uniform writeonly image2D result;
#endif
layout(binding = 1) uniform texture2D picture0;
layout(binding = 2) uniform texture2D picture1;
layout(binding = 3) uniform texture2D picture2;
layout(binding = 4) uniform texture2D picture3;
#ifdef DRAWN
layout(binding = 5) readonly buffer Host { float host[]; };
#else
layout(binding = 5) buffer Host { float host[]; };
#endif

layout(push_constant) uniform Constants {
    uint wraps;  // two bits an input: it tiles from left to right, from top to bottom
    int width;   // of the result
    int height;
    int first_row;
    CONSTANTS
} c;

// An input and its number, as the functions below take it.
#define IN0 picture0, 0
#define IN1 picture1, 1
#define IN2 picture2, 2
#define IN3 picture3, 3

#ifndef DRAWN
// The pixel that this invocation makes; beyond the picture when it makes none.
ivec2 pixel() { return ivec2(gl_GlobalInvocationID.xy) + ivec2(0, c.first_row); }
#endif
bool outside(ivec2 at) { return at.x >= c.width || at.y >= c.height; }

// A place along one side, brought back into the picture: around when it tiles, to the edge when not. The quotient
// of floats is off by one at most up to 2^23 times around; a remainder of integers takes ten times as long where
// the processor does it.
int inside(int at, int side, bool wraps) {
    if (wraps) {
        at -= side * int(floor(float(at) / float(side)));
        at += at < 0 ? side : at >= side ? -side : 0;
    }
    return clamp(at, 0, side - 1);
}

vec4 texel(texture2D picture, int number, ivec2 at) {
    const ivec2 size = textureSize(picture, 0);
    const uint wraps = c.wraps >> (2 * number);
    return texelFetch(picture, ivec2(inside(at.x, size.x, (wraps & 1u) != 0u), inside(at.y, size.y, (wraps & 2u) != 0u)), 0);
}

// Between pixels, whose centres are at halves; bilinear, in full precision.
vec4 between(texture2D picture, int number, vec2 at) {
    const vec2 corner = floor(at - 0.5);
    const vec2 part = at - 0.5 - corner;
    const ivec2 first = ivec2(corner);
    const vec4 top = mix(texel(picture, number, first), texel(picture, number, first + ivec2(1, 0)), part.x);
    const vec4 bottom = mix(texel(picture, number, first + ivec2(0, 1)), texel(picture, number, first + ivec2(1, 1)), part.x);
    return mix(top, bottom, part.y);
}

// Luminance of linear light: Rec. 709.
float luminance(vec3 colour) { return dot(colour, vec3(0.2126, 0.7152, 0.0722)); }

// IEC 61966-2-1.
vec3 to_srgb(vec3 light) {
    return mix(12.92 * light, 1.055 * pow(max(light, vec3(0)), vec3(1 / 2.4)) - 0.055, greaterThan(light, vec3(0.0031308)));
}
vec3 to_light(vec3 srgb) {
    return mix(srgb / 12.92, pow(max((srgb + 0.055) / 1.055, vec3(0)), vec3(2.4)), greaterThan(srgb, vec3(0.04045)));
}

// Colours without their alpha, for what is done to each by itself, and with it again.
vec3 straight(vec4 colour) { return colour.a > 0 ? colour.rgb / colour.a : vec3(0); }
vec4 premultiplied(vec3 colour, float alpha) { return vec4(colour * alpha, alpha); }
