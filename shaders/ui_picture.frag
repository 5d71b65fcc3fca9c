// A picture on screen: colours are linear light, premultiplied by alpha, data are plain numbers.
#version 450

layout(location = 0) in vec2 uv;  // 0 to 1 is the picture, beyond it is repeated
layout(location = 1) in vec4 colour;
layout(location = 0) out vec4 result;

layout(binding = 0) uniform sampler2D picture;

// Each has a pipeline of its own: where the processor draws, all branches are taken.
const int nearest = 0, smoothly = 1, bicubic = 2, mean = 3;
layout(constant_id = 0) const int filtering = smoothly;

// As editor/window/painter.h has them.
layout(push_constant) uniform Constants {
    vec2 scale;
    vec2 translate;
    vec2 covered;  // pixels of the picture that one of the screen shows
    ivec2 taps;    // that the mean is taken of, each between four pixels
    int channel;   // 0 all as a colour, 1 to 4 one of them as grey
    int flags;     // 1 data, 2 squares behind it, 4 tiles from left to right, 8 from top to bottom
} c;

const float square = 8;                      // px; from the target's corner, which is a thumbnail's own
const vec2 squares = vec2(0.0331, 0.0561);   // linear light: #333333 and #424242

ivec2 size;
vec2 place;  // in the repetition that this pixel is in, 0 to 1

int inside(int at, int side, bool wraps) {
    if (wraps) at += at < 0 ? side : at >= side ? -side : 0;
    return clamp(at, 0, side - 1);
}
vec4 texel(ivec2 at) {
    return texelFetch(picture, ivec2(inside(at.x, size.x, (c.flags & 4) != 0), inside(at.y, size.y, (c.flags & 8) != 0)), 0);
}

// Catmull and Rom 1974: through every pixel, with slopes from its neighbours.
vec4 weights(float t) {
    return vec4(((-0.5 * t + 1) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1, ((-1.5 * t + 2) * t + 0.5) * t, (0.5 * t - 0.5) * t * t);
}
vec4 bicubic_at() {
    const vec2 at = place * vec2(size);
    const vec2 corner = floor(at - 0.5);
    const vec4 across = weights(at.x - 0.5 - corner.x);
    const vec4 down = weights(at.y - 0.5 - corner.y);
    const ivec2 first = ivec2(corner) - 1;
    vec4 sum = vec4(0);
    for (int y = 0; y < 4; ++y)
        for (int x = 0; x < 4; ++x) sum += across[x] * down[y] * texel(first + ivec2(x, y));
    return max(sum, vec4(0));
}

// The mean of what one pixel of the screen covers.
vec4 mean_at() {
    const vec2 covered = c.covered / vec2(size);
    const vec2 apart = covered / vec2(c.taps);
    const vec2 first = place - 0.5 * covered + 0.5 * apart;
    vec4 sum = vec4(0);
    for (int y = 0; y < c.taps.y; ++y)
        for (int x = 0; x < c.taps.x; ++x) sum += textureLod(picture, first + apart * vec2(x, y), 0);
    return sum / float(c.taps.x * c.taps.y);
}

// IEC 61966-2-1, its power by a polynomial of the root (Remez's): at most 0.08 of one of 255 steps off, in half the time
// where the processor draws.
vec3 to_srgb(vec3 light) {
    light = clamp(light, vec3(0), vec3(1));
    const vec3 s = sqrt(light);
    const vec3 curve = ((((0.51730464 * s - 1.62366148) * s + 2.03157531) * s - 1.40273549) * s + 1.51795042) * s - 0.04010958;
    return max(min(12.92 * light, vec3(0.0405)), curve);  // 0.0405 is where they meet
}

void main() {
    size = textureSize(picture, 0);
    place = fract(uv);
    vec4 value;
    if (filtering == nearest)
        value = texelFetch(picture, min(ivec2(place * vec2(size)), size - 1), 0);
    else if (filtering == smoothly)
        value = textureLod(picture, place, 0);
    else if (filtering == bicubic)
        value = bicubic_at();
    else
        value = mean_at();

    const bool data = (c.flags & 1) != 0;
    const bool covering = c.channel == 0 && (c.flags & 2) != 0;
    const ivec2 on = ivec2(gl_FragCoord.xy / square);
    const vec3 light = covering ? value.rgb + (1 - value.a) * squares[(on.x + on.y) & 1]
                                : value.rgb / max(value.a, 1e-6);
    const vec4 straight = vec4(data ? value.rgb : to_srgb(light), value.a);
    const vec3 shown = c.channel > 0 ? vec3(straight[c.channel - 1]) : straight.rgb;
    result = vec4(shown, colour.a * (data || covering || c.channel > 0 ? 1 : value.a));
}
