// What a shader that makes every pixel of a picture includes instead of picture.glsl: it defines made(). It is compiled
// twice, to compute the pixels, and with DRAWN to draw them (Device::run() chooses).
#include "picture.glsl"

// The pixel at a place.
vec4 made(ivec2 at);

#ifdef DRAWN
layout(location = 0) out vec4 drawn;

void main() { drawn = made(ivec2(gl_FragCoord.xy)); }
#else
void main() {
    const ivec2 at = pixel();
    if (!outside(at)) imageStore(result, at, made(at));
}
#endif
