#version 450
#extension GL_GOOGLE_include_directive : require
#define CONSTANTS int axis; int kernel; int reach; int colours; float stretch;
#include "every_pixel.glsl"

// Of pi x, by Taylor's series to x^11: 6e-8 off at most. Vulkan's sin() may be 5e-4 off.
float sine(float x) {
    const float halves = round(x);
    const float a = 3.14159265 * (x - halves);
    const float b = a * a;
    const float value = a * (1 + b * (-1.0 / 6 + b * (1.0 / 120 + b * (-1.0 / 5040 + b * (1.0 / 362880 - b / 39916800.0)))));
    return (int(halves) & 1) != 0 ? -value : value;
}
float sinc(float x) { return abs(x) < 1e-4 ? 1 : sine(x) / (3.14159265 * x); }

float weight(float x) {
    x = abs(x);
    switch (c.kernel) {
    case 0: return x < 3 ? sinc(x) * sinc(x / 3) : 0;  // Lanczos: Duchon 1979
    case 1:  // Keys 1981, a = -1/2: Catmull-Rom
        return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((2.5 - 0.5 * x) * x - 4) * x + 2 : 0;
    case 2: return max(1 - x, 0);
    }
    return 1;
}

vec4 made(ivec2 at) {
    const ivec2 size = textureSize(picture0, 0);
    const bool down = c.axis != 0;
    // The pixel's centre among the picture's pixels, (2 at + 1) / 2 from / to: whole pixels and an exact rest.
    // Sides up to 32768 fit.
    const uint from = uint(down ? size.y : size.x);
    const uint to = 2u * uint(down ? c.height : c.width);
    const uint centre = (2u * uint(down ? at.y : at.x) + 1u) * from;
    const int first = int(centre / to);
    const float rest = float(centre % to) / float(to);
    vec4 sum = vec4(0);
    float total = 0;
    for (int k = -c.reach; k <= c.reach; ++k) {
        const float share = weight((float(k) + 0.5 - rest) / c.stretch);
        if (share == 0) continue;
        sum += share * texel(IN0, down ? ivec2(at.x, first + k) : ivec2(first + k, at.y));
        total += share;
    }
    sum /= total;
    // What overshoots leaves alpha an alpha.
    if (c.colours != 0) sum.a = clamp(sum.a, 0, 1);
    return sum;
}
