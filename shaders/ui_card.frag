// What a screen is set up with: a card that shows whether all of it is visible, sharp, round, and of the right brightness
// and colours; or its number alone. Colours are sRGB-encoded.
#version 450

layout(location = 0) in vec2 uv;
layout(location = 1) in vec4 colour;
layout(location = 0) out vec4 result;

// As editor/window/painter.h has them.
layout(push_constant) uniform Constants {
    vec2 scale;
    vec2 translate;
    vec2 size;   // of the screen, px
    int number;  // of the screen, from 1; or 0
    int alone;   // the number without the card
} c;

// Seven strokes: top, upper right, lower right, bottom, lower left, upper left, middle.
const int strokes[10] = int[](0x3f, 0x06, 0x5b, 0x4f, 0x66, 0x6d, 0x7d, 0x07, 0x7f, 0x6f);

float box(vec2 p, vec2 centre, vec2 half_size) {
    const vec2 d = abs(p - centre) - half_size;
    return max(d.x, d.y);
}

// Distance to a digit that is 1 high and 0.5 wide, with its upper left at 0.
float digit(int value, vec2 p) {
    const float thick = 0.05;
    const int lit = strokes[value];
    if (value == 1) p.x += 0.2;  // its strokes are at the right alone, and belong in the middle
    float d = 9;
    const vec2 flat_stroke = vec2(0.2, thick), upright = vec2(thick, 0.225);
    if ((lit & 1) != 0) d = min(d, box(p, vec2(0.25, 0.05), flat_stroke));
    if ((lit & 2) != 0) d = min(d, box(p, vec2(0.45, 0.275), upright));
    if ((lit & 4) != 0) d = min(d, box(p, vec2(0.45, 0.725), upright));
    if ((lit & 8) != 0) d = min(d, box(p, vec2(0.25, 0.95), flat_stroke));
    if ((lit & 16) != 0) d = min(d, box(p, vec2(0.05, 0.725), upright));
    if ((lit & 32) != 0) d = min(d, box(p, vec2(0.05, 0.275), upright));
    if ((lit & 64) != 0) d = min(d, box(p, vec2(0.25, 0.5), flat_stroke));
    return d;
}

// How much of a number covers the pixel; its middle is at `centre`, its digits `height` px high.
float number_at(int value, vec2 centre, float height) {
    int digits = 1;
    for (int rest = value / 10; rest > 0; rest /= 10) ++digits;
    const float pitch = 0.65;
    const vec2 p = (gl_FragCoord.xy - centre) / height + vec2(0.5 * (pitch * digits - 0.15), 0.5);
    float d = 9;
    int rest = value;
    for (int i = digits - 1; i >= 0; --i) {
        d = min(d, digit(rest % 10, p - vec2(pitch * i, 0)));
        rest /= 10;
    }
    return clamp(0.5 - d * height, 0, 1);
}

float ring(vec2 p, vec2 centre, float radius) { return clamp(1.5 - abs(length(p - centre) - radius), 0, 1); }

vec3 card(vec2 p) {
    const vec2 middle = 0.5 * c.size;
    const float unit = c.size.y / 16;
    const vec2 from_middle = p - middle;

    // Squares, counted from the middle.
    const vec2 in_square = abs(fract(from_middle / unit + 0.5) - 0.5) * unit;
    vec3 shown = vec3(0.22);
    if (min(in_square.x, in_square.y) < 0.75) shown = vec3(0.45);

    // Round where pixels are square; in the corners too.
    const vec2 corner = middle - 1.75 * unit;
    float line = ring(p, middle, 7.25 * unit);
    line = max(line, ring(abs(from_middle), corner, 1.25 * unit));
    shown = mix(shown, vec3(1), line);

    // Bars of 75 %: white to black by falling luminance.
    const float wide = min(5.6 * unit, 0.42 * c.size.x);
    const float across = (from_middle.x + wide) / (2 * wide);  // 0 to 1 in what follows
    if (across >= 0 && across < 1) {
        const float y = from_middle.y / unit;
        if (y > -3.5 && y < -1.5) {
            const int bar = 7 - int(across * 8);
            shown = 0.75 * vec3((bar >> 1) & 1, (bar >> 2) & 1, bar & 1);
        } else if (y >= -1.5 && y < -0.5) {
            shown = vec3(floor(across * 11) / 10);
        } else if (y >= -0.5 && y < 0.5) {
            shown = vec3(across);
        } else if (y >= 0.5 && y < 1.5) {
            // Nearly black and nearly white: steps of 1 % that can be told apart, or not.
            const float place = fract(across * 10);
            const bool patch_here = place > 0.25 && place < 0.75;
            const float step_of = floor(across * 10);
            shown = vec3(across < 0.5 ? (patch_here ? 0.01 * (step_of + 1) : 0)
                                      : (patch_here ? 1 - 0.01 * (10 - step_of) : 1));
        } else if (y >= 1.5 && y < 3.5) {
            // Lines of 1 to 4 px: upright above, lying below.
            const float period = 1 + floor(across * 4);
            const float at = y < 2.5 ? p.x : p.y;
            shown = vec3(mod(floor(at / period), 2) < 1 ? 1 : 0);
        }
    }

    // The outermost pixels, and arrows that end there.
    const vec2 edge = min(floor(p), c.size - 1 - floor(p));
    if (min(edge.x, edge.y) < 1) shown = vec3(1);
    const vec2 off = abs(from_middle);
    if (off.y < 0.5 * min(edge.x, unit) && edge.x < unit) shown = vec3(1);
    if (off.x < 0.5 * min(edge.y, unit) && edge.y < unit) shown = vec3(1);

    // Its size and its number.
    const float height = 0.7 * unit;
    float lettering = number_at(int(c.size.x), middle + vec2(-2.2, 4.6) * unit, height);
    lettering = max(lettering, number_at(int(c.size.y), middle + vec2(2.2, 4.6) * unit, height));
    const vec2 cross_place = abs(p - (middle + vec2(0, 4.6) * unit));
    if (max(cross_place.x, cross_place.y) < 0.2 * unit)
        lettering = max(lettering, clamp(2 - abs(cross_place.x - cross_place.y), 0, 1));
    if (c.number > 0) lettering = max(lettering, number_at(c.number, middle + vec2(0, -5) * unit, 1.6 * unit));
    return mix(shown, vec3(1), lettering);
}

void main() {
    const vec2 p = gl_FragCoord.xy;
    if (c.alone != 0) {
        const float lit = number_at(c.number, 0.5 * c.size, 0.6 * c.size.y);
        result = vec4(mix(vec3(0.08, 0.09, 0.1), vec3(0.95), lit), 1);
    } else {
        result = vec4(card(p), 1);
    }
}
