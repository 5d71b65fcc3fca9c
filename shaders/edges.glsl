// Pictures that go on beyond their sides as the constant `int edge` says (Edge of nodes/picture.h); after
// picture.glsl.

vec4 edged(texture2D picture, int number, ivec2 at) {
    const ivec2 size = textureSize(picture, 0);
    switch (c.edge) {
    case 1: at = ivec2(inside(at.x, size.x, true), inside(at.y, size.y, true)); break;
    case 2:
        at = ivec2(inside(at.x, 2 * size.x, true), inside(at.y, 2 * size.y, true));
        at = min(at, 2 * size - 1 - at);
        break;
    case 3: at = clamp(at, ivec2(0), size - 1); break;
    case 4:
        if (any(lessThan(at, ivec2(0))) || any(greaterThanEqual(at, size))) return vec4(0);
    }
    return texel(picture, number, at);
}

// Bilinear; pixel centres are at halves.
vec4 edged_between(texture2D picture, int number, vec2 at) {
    const vec2 corner = floor(clamp(at, vec2(-1e9), vec2(1e9)) - 0.5);
    const vec2 part = clamp(at - 0.5 - corner, vec2(0), vec2(1));
    const ivec2 first = ivec2(corner);
    return mix(mix(edged(picture, number, first), edged(picture, number, first + ivec2(1, 0)), part.x),
               mix(edged(picture, number, first + ivec2(0, 1)), edged(picture, number, first + ivec2(1, 1)), part.x), part.y);
}
