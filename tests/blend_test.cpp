#include "tests/picture_nodes.h"

#include <algorithm>
#include <map>

namespace gan {
namespace {

using Blend = PictureTest;
using Rgb = std::array<double, 3>;

/// The formulas of W3C's Compositing and Blending Level 1, section 10, letter by letter.
double multiplied(double b, double s) {
    return b * s;
}
double screened(double b, double s) {
    return 1 - (1 - b) * (1 - s);
}
double hard_lit(double b, double s) {
    return s <= 0.5 ? multiplied(b, 2 * s) : screened(b, 2 * s - 1);
}
double soft_lit(double b, double s) {
    if (s <= 0.5) return b - (1 - 2 * s) * b * (1 - b);
    const double d = b <= 0.25 ? ((16 * b - 12) * b + 4) * b : std::sqrt(b);
    return b + (2 * s - 1) * (d - b);
}
double colour_dodged(double b, double s) {
    if (b == 0) return 0;
    return s == 1 ? 1 : std::min(1.0, b / (1 - s));
}
double colour_burned(double b, double s) {
    if (b == 1) return 1;
    return s == 0 ? 0 : 1 - std::min(1.0, (1 - b) / s);
}

const std::map<std::string, double (*)(double, double)> separable_modes{
    {"normal", [](double, double s) { return s; }},
    {"add", [](double b, double s) { return b + s; }},
    {"subtract", [](double b, double s) { return b - s; }},
    {"multiply", multiplied},
    {"screen", screened},
    {"overlay", [](double b, double s) { return hard_lit(s, b); }},
    {"soft light", soft_lit},
    {"hard light", hard_lit},
    {"darken", [](double b, double s) { return std::min(b, s); }},
    {"lighten", [](double b, double s) { return std::max(b, s); }},
    {"difference", [](double b, double s) { return std::abs(b - s); }},
    {"exclusion", [](double b, double s) { return b + s - 2 * b * s; }},
    {"divide", [](double b, double s) { return b / s; }},
    {"colour dodge", colour_dodged},
    {"colour burn", colour_burned}};

double lum_of(const Rgb& v) {
    return 0.3 * v[0] + 0.59 * v[1] + 0.11 * v[2];
}
double sat_of(const Rgb& v) {
    return *std::max_element(v.begin(), v.end()) - *std::min_element(v.begin(), v.end());
}
Rgb clip_colour(Rgb v) {
    const double l = lum_of(v);
    const double n = *std::min_element(v.begin(), v.end());
    const double x = *std::max_element(v.begin(), v.end());
    for (double& c : v) {
        if (n < 0) c = l + (c - l) * l / (l - n);
        if (x > 1) c = l + (c - l) * (1 - l) / (x - l);
    }
    return v;
}
Rgb set_lum(const Rgb& v, double l) {
    const double d = l - lum_of(v);
    return clip_colour({v[0] + d, v[1] + d, v[2] + d});
}
Rgb set_sat(Rgb v, double s) {
    std::array<size_t, 3> order{0, 1, 2};
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return v[a] < v[b]; });
    double& least = v[order[0]];
    double& middle = v[order[1]];
    double& most = v[order[2]];
    if (most > least) {
        middle = (middle - least) * s / (most - least);
        most = s;
    } else {
        middle = most = 0;
    }
    least = 0;
    return v;
}

const std::map<std::string, Rgb (*)(const Rgb&, const Rgb&)> colour_modes{
    {"hue", [](const Rgb& b, const Rgb& s) { return set_lum(set_sat(s, sat_of(b)), lum_of(b)); }},
    {"saturation", [](const Rgb& b, const Rgb& s) { return set_lum(set_sat(b, sat_of(s)), lum_of(b)); }},
    {"colour", [](const Rgb& b, const Rgb& s) { return set_lum(s, lum_of(b)); }},
    {"luminosity", [](const Rgb& b, const Rgb& s) { return set_lum(b, lum_of(s)); }}};

Rgb blended_by(const std::string& mode, const Rgb& b, const Rgb& s) {
    const auto separable = separable_modes.find(mode);
    if (separable == separable_modes.end()) return colour_modes.at(mode)(b, s);
    return {separable->second(b[0], s[0]), separable->second(b[1], s[1]), separable->second(b[2], s[2])};
}

std::vector<std::string> all_modes() {
    std::vector<std::string> names;
    for (const auto& [name, formula] : separable_modes) names.push_back(name);
    for (const auto& [name, formula] : colour_modes) names.push_back(name);
    return names;
}

Rgb rgb_of(const Pixel& pixel) {
    return {pixel[0], pixel[1], pixel[2]};
}
Pixel opaque(const Rgb& v) {
    return {v[0], v[1], v[2], 1};
}

// 32-bit floats: some tens of roundings of 2^-24; a quotient is at most 20, which rounds by 20 * 2.5 * 2^-24.
constexpr double blend_tolerance = 1e-5;

TEST_F(Blend, HasTheModesOfTheStandard) {
    const ImageRef below = noisy({.low = 0.05f, .high = 1});
    const ImageRef above = noisy({.seed = 2, .low = 0.05f, .high = 1});
    const Plane b(*below);
    const Plane s(*above);
    for (const std::string& mode : all_modes()) {
        SCOPED_TRACE(mode);
        expect_pixels(*run("image.blend", {{"mode", mode}}, {{"below", below}, {"above", above}}),
                      blend_tolerance, [&](int x, int y) {
                          return opaque(blended_by(mode, rgb_of(b.near(x, y)), rgb_of(s.near(x, y))));
                      });
    }
}

TEST_F(Blend, WorksAtEverySize) {
    for (const auto& [width, height] : sizes()) {
        const ImageRef below = noisy({.width = width, .height = height});
        const ImageRef above = noisy({.width = width, .height = height, .seed = 2});
        const Plane b(*below);
        const Plane s(*above);
        expect_pixels(*run("image.blend", {{"mode", "multiply"}, {"amount", 0.25}},
                           {{"below", below}, {"above", above}}),
                      blend_tolerance, [&](int x, int y) {
                          const Pixel& from = b.near(x, y);
                          Pixel pixel = from;
                          for (size_t c = 0; c < 3; ++c) pixel[c] *= 0.75 + 0.25 * s.near(x, y)[c];
                          return pixel;
                      });
    }
}

// Black, white and grey are where formulas are divided by nothing.
TEST_F(Blend, BlackWhiteAndGreyAreNoExceptions) {
    const ImageInfo info{.width = 5, .height = 5, .encoding = Encoding::Data32f};
    const ImageRef below = painted(info, [](int x, int, int) { return x / 4.0; });
    const ImageRef above = painted(info, [](int, int y, int) { return y / 4.0; });
    for (const std::string& mode : all_modes()) {
        SCOPED_TRACE(mode);
        if (mode == "divide") continue;
        expect_pixels(*run("image.blend", {{"mode", mode}}, {{"below", below}, {"above", above}}),
                      blend_tolerance, [&](int x, int y) {
                          const Rgb b{x / 4.0, x / 4.0, x / 4.0};
                          const Rgb s{y / 4.0, y / 4.0, y / 4.0};
                          // A grey is all luminosity: without colour the rest of it rounds to nothing.
                          if (mode == "hue" || mode == "saturation" || mode == "colour") return opaque(b);
                          if (mode == "luminosity") return opaque(s);
                          return opaque(blended_by(mode, b, s));
                      });
    }
    const auto divided =
        run("image.blend", {{"mode", "divide"}}, {{"below", below}, {"above", above}})->pixels();
    EXPECT_EQ(divided[0], 0) << "nothing by nothing";
    EXPECT_EQ(divided[12], 1024) << "white by black: by 1/1024";
}

// Half floats round by 2^-11 when the pictures come and when the result goes. In sRGB, from 0.2 to 0.8, a
// value rounds by 2^-11 / 2.4; the steepest of these modes doubles both, and the result rounds as well.
TEST_F(Blend, BlendsColoursAsScreensShowThemWhereModesAreMadeForThat) {
    const ImageRef below = noisy({.encoding = Encoding::Srgb32f, .low = 0.2f, .high = 0.8f});
    const ImageRef above = noisy({.encoding = Encoding::Srgb32f, .seed = 2, .low = 0.2f, .high = 0.8f});
    const Plane b(*below);
    const Plane s(*above);
    const auto shown = [](const Pixel& pixel) {
        return Rgb{srgb_of(pixel[0]), srgb_of(pixel[1]), srgb_of(pixel[2])};
    };
    for (const char* mode :
         {"overlay", "soft light", "hard light", "difference", "exclusion", "luminosity", "colour"}) {
        SCOPED_TRACE(mode);
        expect_pixels(*run("image.blend", {{"mode", mode}}, {{"below", below}, {"above", above}}), 1.5e-3,
                      [&](int x, int y) {
                          Rgb v = blended_by(mode, shown(b.near(x, y)), shown(s.near(x, y)));
                          for (double& c : v) c = light_of(c);
                          return opaque(v);
                      });
    }
    for (const char* mode : {"normal", "multiply", "screen", "darken"}) {
        SCOPED_TRACE(mode);
        expect_pixels(*run("image.blend", {{"mode", mode}}, {{"below", below}, {"above", above}}), 1.5e-3,
                      [&](int x, int y) {
                          return opaque(blended_by(mode, rgb_of(b.near(x, y)), rgb_of(s.near(x, y))));
                      });
    }
    expect_pixels(*run("image.blend", {{"mode", "multiply"}, {"space", "display"}},
                       {{"below", below}, {"above", above}}),
                  1.5e-3, [&](int x, int y) {
                      Rgb v = blended_by("multiply", shown(b.near(x, y)), shown(s.near(x, y)));
                      for (double& c : v) c = light_of(c);
                      return opaque(v);
                  });
}

TEST_F(Blend, LeavesThePictureBelowAsItIsAtAmountZeroAndWhereTheMaskIsBlack) {
    const ImageRef below = noisy({.encoding = Encoding::Srgb32f});
    const ImageRef above = noisy({.encoding = Encoding::Srgb32f, .seed = 2});
    EXPECT_EQ(run("image.blend", {{"amount", 0}}, {{"below", below}, {"above", above}}), below);
    const ImageRef mask = painted({.width = 16, .height = 16, .channels = 1, .encoding = Encoding::Data32f},
                                  [](int x, int, int) { return x < 8 ? 0 : 1; });
    const Plane b(*below);
    const Plane s(*above);
    // Half floats: see grade_test.cpp.
    expect_pixels(*run("image.blend", {}, {{"below", below}, {"above", above}, {"mask", mask}}), 5e-4,
                  [&](int x, int y) { return x < 8 ? b.near(x, y) : s.near(x, y); });
}

TEST_F(Blend, AMaskIsWhatItsGreyLooksLike) {
    const ImageRef below = noisy({});
    const ImageRef above = noisy({.seed = 2});
    const ImageRef mask = noisy({.encoding = Encoding::Srgb32f, .seed = 3, .low = 0.2f});
    const Plane b(*below);
    const Plane s(*above);
    const Plane m(*mask);
    // The mask comes as half floats: 2^-11 of its light, of which sRGB shows 1/2.4.
    expect_pixels(
        *run("image.blend", {{"amount", 0.5}}, {{"below", below}, {"above", above}, {"mask", mask}}), 3e-4,
        [&](int x, int y) {
            const Pixel& light = m.near(x, y);
            const double over = 0.5 * srgb_of(0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]);
            return over * s.near(x, y) + (1 - over) * b.near(x, y);
        });
}

// Source-over of colours with alpha; straight alpha in the file, premultiplied in the formula.
TEST_F(Blend, CompositesAlpha) {
    const Noisy kind{.channels = 4, .encoding = Encoding::Srgb32f, .low = 0.3f, .high = 0.9f};
    Noisy other = kind;
    other.seed = 2;
    const ImageRef below = noisy(kind);
    const ImageRef above = noisy(other);
    const Plane b(*below);
    const Plane s(*above);
    const auto expected = [&](int x, int y) {
        const Pixel& under = b.near(x, y);
        const Pixel& over = s.near(x, y);
        Pixel pixel{0, 0, 0, over[3] + under[3] * (1 - over[3])};
        for (size_t c = 0; c < 3; ++c)
            pixel[c] = over[c] * (1 - under[3]) + over[c] * under[c] + under[c] * (1 - over[3]);
        return pixel;
    };
    // Half floats: two colours and two alphas round by 2^-11, a product of quotients of them counts all, and
    // what goes is a quotient as well: 8 * 2^-11 / 2.4.
    expect_pixels(*run("image.blend", {{"mode", "multiply"}}, {{"below", below}, {"above", above}}), 1.7e-3,
                  expected);
    // What is transparent above changes nothing, whatever the mode.
    const ImageRef clear = painted({.width = 16, .height = 16, .channels = 4, .encoding = Encoding::Srgb32f},
                                   [](int, int, int c) { return c == 3 ? 0 : 0.7; });
    for (const std::string& mode : all_modes())
        expect_near(*run("image.blend", {{"mode", mode}}, {{"below", below}, {"above", clear}}), b, 1e-3);
}

TEST_F(Blend, StretchesThePictureAboveToTheOneBelow) {
    const ImageRef below = noisy({.width = 9, .height = 12});
    const ImageRef above = noisy({.width = 5, .height = 24, .seed = 2});
    const Plane s(*above);
    const ImageRef result = run("image.blend", {}, {{"below", below}, {"above", above}});
    // Positions up to 24 round by 24 * 2^-24.
    expect_pixels(*result, blend_tolerance,
                  [&](int x, int y) { return s.between((x + 0.5) * 5 / 9, (y + 0.5) * 24 / 12); });
}

TEST_F(Blend, LightAboveWhiteStaysWhenNothingIsLaidOverIt) {
    const ImageRef below = noisy({.encoding = Encoding::Srgb32f, .low = 0.5f});
    const ImageRef bright = run("image.grade", {{"exposure", 3}}, {{"image", below}});
    const ImageRef black = painted({.width = 16, .height = 16, .channels = 1, .encoding = Encoding::Srgb8},
                                   [](int, int, int) { return 0; });
    const ImageRef result = run("image.blend", {{"mode", "screen"}}, {{"below", bright}, {"above", black}});
    // Half floats, three times: 3 * 2^-11 / 2.4.
    expect_near(*run("image.grade", {{"exposure", -3}}, {{"image", result}}), Plane(*below), 7e-4);
}

TEST_F(Blend, GreyBecomesAsColourfulAsWhatIsLaidOverIt) {
    const ImageRef grey = noisy({.channels = 1});
    const ImageRef colours = noisy({.seed = 2});
    EXPECT_EQ(run("image.blend", {}, {{"below", grey}, {"above", colours}})->pixels(), colours->pixels());
}

TEST_F(Blend, TilesWhenAllPicturesDo) {
    const ImageRef tile = noisy({.tiles = true});
    const ImageRef none = noisy({});
    const auto tiles = [&](const ImageRef& below, const ImageRef& above, const ImageRef& mask) {
        const ImageRef result = run("image.blend", {}, {{"below", below}, {"above", above}, {"mask", mask}});
        return std::pair(result->wrap_x, result->wrap_y);
    };
    EXPECT_EQ(tiles(tile, tile, tile), std::pair(true, true));
    EXPECT_EQ(tiles(none, tile, tile), std::pair(false, false));
    EXPECT_EQ(tiles(tile, none, tile), std::pair(false, false));
    EXPECT_EQ(tiles(tile, tile, none), std::pair(false, false));
}

// A stretched tile goes on around its edges, too: moved by whole pixels of both, the same comes out.
TEST_F(Blend, StretchedTilesTile) {
    const ImageRef below = noisy({.width = 24, .height = 16, .tiles = true});
    const ImageRef above = noisy({.width = 12, .height = 8, .tiles = true, .seed = 2});
    const auto screened_with = [&](const ImageRef& b, const ImageRef& s) {
        return run("image.blend", {{"mode", "screen"}}, {{"below", b}, {"above", s}});
    };
    const ImageRef result = screened_with(below, above);
    expect_near(*screened_with(rolled(*below, 6, 10), rolled(*above, 3, 5)), Plane(*rolled(*result, 6, 10)),
                blend_tolerance);
}

}  // namespace
}  // namespace gan
