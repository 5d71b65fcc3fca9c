// Pictures that go on beyond their sides as the constant `int edge` says (Edge of nodes/picture.h); after
// picture.glsl.

// A place along one side, brought back into the picture. One remainder for every edge, chosen from afterwards: the
// software driver runs all sides of a branch.
int place(int at, int side, bool wraps) {
    const bool mirrors = c.edge == 2;
    const int around = inside(at, mirrors ? 2 * side : side, true);
    if (mirrors) return min(around, 2 * side - 1 - around);
    return c.edge == 1 || (c.edge == 0 && wraps) ? around : clamp(at, 0, side - 1);
}

// What a place counts: nothing beyond a picture that nothing surrounds.
float presence(int at, int side) { return c.edge == 4 && (at < 0 || at >= side) ? 0 : 1; }

// Bilinear; pixel centres are at halves.
vec4 edged_between(texture2D picture, int number, vec2 at) {
    const vec2 corner = floor(clamp(at, vec2(-1e9), vec2(1e9)) - 0.5);
    const vec2 part = clamp(at - 0.5 - corner, vec2(0), vec2(1));
    const ivec2 size = textureSize(picture, 0);
    const uint wraps = c.wraps >> (2 * number);
    const bool wraps_x = (wraps & 1u) != 0u, wraps_y = (wraps & 2u) != 0u;
    const ivec2 low = ivec2(corner);
    const ivec2 high = low + 1;
    const ivec2 from = ivec2(place(low.x, size.x, wraps_x), place(low.y, size.y, wraps_y));
    const ivec2 to = ivec2(place(high.x, size.x, wraps_x), place(high.y, size.y, wraps_y));
    const float left = presence(low.x, size.x), right = presence(high.x, size.x);
    const float top = presence(low.y, size.y), bottom = presence(high.y, size.y);
    return mix(top * mix(left * texelFetch(picture, from, 0), right * texelFetch(picture, ivec2(to.x, from.y), 0), part.x),
               bottom * mix(left * texelFetch(picture, ivec2(from.x, to.y), 0), right * texelFetch(picture, to, 0), part.x), part.y);
}
