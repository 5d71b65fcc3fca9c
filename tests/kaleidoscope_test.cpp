#include "tests/picture_nodes.h"

#include <numbers>

namespace gan {
namespace {

using Kaleidoscope = PictureTest;

struct Mirrors {
    int segments = 6;
    double angle = 0;
    double rotate = 0;
    double zoom = 1;
    double x = 0.5;
    double y = 0.5;

    nlohmann::json params(const char* edge) const {
        return {{"segments", segments}, {"angle", angle}, {"rotate", rotate}, {"zoom", zoom},
                {"centre x", x},        {"centre y", y},  {"edge", edge}};
    }
};

/// The picture mirrored at its right and lower edge, tiled.
Plane mirrored_plane(const Plane& picture) {
    Plane result(2 * picture.width, 2 * picture.height);
    result.wrap_x = result.wrap_y = true;
    for (int y = 0; y < result.height; ++y)
        for (int x = 0; x < result.width; ++x)
            result.at(x, y) = picture.near(x < picture.width ? x : result.width - 1 - x,
                                           y < picture.height ? y : result.height - 1 - y);
    return result;
}

/// In polar coordinates. `plane` goes on beyond the picture, of `width` x `height`.
Pixel seen(const Plane& plane, int width, int height, const Mirrors& mirrors, double x, double y) {
    constexpr double degree = std::numbers::pi / 180;
    const double u = x - mirrors.x * width;
    const double v = y - mirrors.y * height;
    const double segment = 2 * std::numbers::pi / mirrors.segments;
    const double angle = std::atan2(v, u) - mirrors.angle * degree;
    const double folded = std::abs(angle - segment * std::round(angle / segment)) - mirrors.rotate * degree;
    const double radius = std::hypot(u, v) / mirrors.zoom;
    return plane.between(mirrors.x * width + radius * std::cos(folded),
                         mirrors.y * height + radius * std::sin(folded));
}

// Of numbers up to 1, one pixel further differs by 1 along each axis at most. Places up to 512 pixels are
// rounded to 2^-15 of a pixel in each of some ten operations.
constexpr double kaleidoscope_tolerance = 6e-4;

TEST_F(Kaleidoscope, ShowsOneWedgeInEverySegment) {
    const Mirrors mirrors{.segments = 5, .angle = 20, .rotate = -75, .zoom = 1.3, .x = 0.4, .y = 0.55};
    for (const auto& [width, height] : sizes()) {
        const ImageRef picture = noisy({.width = width, .height = height, .channels = 1});
        const Plane plane = mirrored_plane(Plane(*picture));
        expect_pixels(*run("image.kaleidoscope", mirrors.params("mirror"), {{"image", picture}}),
                      kaleidoscope_tolerance, [&](int x, int y) {
                          return seen(plane, picture->width, picture->height, mirrors, x + 0.5, y + 0.5);
                      });
    }
}

TEST_F(Kaleidoscope, TakesAnyNumberOfSegmentsAndAnyCentre) {
    for (const int segments : {1, 2, 3, 4, 7, 12, 64})
        for (const double angle : {0.0, 130.0, -400.0}) {
            const Mirrors mirrors{
                .segments = segments, .angle = angle, .rotate = 33, .zoom = 1.7, .x = -0.3, .y = 1.4};
            const ImageRef picture = noisy({.width = 21, .height = 14});
            const Plane plane = mirrored_plane(Plane(*picture));
            expect_pixels(*run("image.kaleidoscope", mirrors.params("mirror"), {{"image", picture}}),
                          kaleidoscope_tolerance,
                          [&](int x, int y) { return seen(plane, 21, 14, mirrors, x + 0.5, y + 0.5); });
        }
}

TEST_F(Kaleidoscope, BeyondThePictureIsWhatTheEdgeSays) {
    const Mirrors mirrors{.segments = 3, .rotate = 200, .x = 0.2};
    const ImageRef picture = noisy({.width = 9, .height = 14});
    Plane plane(*picture);
    const auto check = [&](const char* edge) {
        expect_pixels(*run("image.kaleidoscope", mirrors.params(edge), {{"image", picture}}),
                      kaleidoscope_tolerance,
                      [&](int x, int y) { return seen(plane, 9, 14, mirrors, x + 0.5, y + 0.5); });
    };
    check("clamp");
    check("automatic");
    plane.wrap_x = plane.wrap_y = true;
    check("wrap");

    Plane framed(11, 16);  // with nothing around it
    for (int y = 0; y < 14; ++y)
        for (int x = 0; x < 9; ++x) framed.at(x + 1, y + 1) = plane.at(x, y);
    const auto empty = [&](int x, int y) {
        // Moved by the frame: the centre stays where it is in the picture.
        Mirrors moved = mirrors;
        moved.x = (0.2 * 9 + 1) / 11;
        moved.y = (0.5 * 14 + 1) / 16;
        return seen(framed, 11, 16, moved, x + 1.5, y + 1.5);
    };
    expect_pixels(*run("image.kaleidoscope", mirrors.params("empty"), {{"image", picture}}),
                  kaleidoscope_tolerance, empty);
    const ImageRef colours = noisy({.encoding = Encoding::Srgb32f});
    EXPECT_EQ(run("image.kaleidoscope", mirrors.params("empty"), {{"image", colours}})->channels, 4);
    EXPECT_EQ(run("image.kaleidoscope", mirrors.params("wrap"), {{"image", colours}})->channels, 3);
}

// Half floats keep 11 bits and may be cut off: 2^-10 of the light when it comes and when it goes, of which
// sRGB shows 1.055 / 2.4. Of what is not exact in places of 16 pixels, 1e-5, it shows 2.1 times from 0.3 up.
TEST_F(Kaleidoscope, LightIsMixedBetweenPixels) {
    const Mirrors mirrors{.angle = 10};
    const ImageRef picture = noisy({.encoding = Encoding::Srgb32f, .low = 0.3f});
    const Plane plane = mirrored_plane(Plane(*picture));
    expect_pixels(*run("image.kaleidoscope", mirrors.params("mirror"), {{"image", picture}}), 1e-3,
                  [&](int x, int y) { return seen(plane, 16, 16, mirrors, x + 0.5, y + 0.5); });
}

TEST_F(Kaleidoscope, FourSegmentsLookTheSameFromFourSidesAndInAMirror) {
    const ImageRef picture = noisy({});
    const Plane plane(*run("image.kaleidoscope", {{"segments", 4}, {"rotate", 25}}, {{"image", picture}}));
    for (int y = 0; y < 16; ++y)
        for (int x = 0; x < 16; ++x) {
            EXPECT_NEAR(plane.near(x, y)[0], plane.near(15 - y, x)[0], kaleidoscope_tolerance);
            EXPECT_NEAR(plane.near(x, y)[0], plane.near(x, 15 - y)[0], kaleidoscope_tolerance);
        }
}

TEST_F(Kaleidoscope, WhatIsMadeSmallerIsAveraged) {
    const Mirrors mirrors{.segments = 2, .zoom = 0.5};
    const ImageRef picture = noisy({.width = 16, .height = 10});
    const Plane plane = mirrored_plane(Plane(*picture));
    expect_pixels(*run("image.kaleidoscope", mirrors.params("mirror"), {{"image", picture}}),
                  kaleidoscope_tolerance, [&](int x, int y) {
                      Pixel sum{};
                      for (int i = 0; i < 4; ++i)
                          sum = sum + 0.25 * seen(plane, 16, 10, mirrors, x + 0.25 + 0.5 * (i % 2),
                                                  y + 0.25 + 0.5 * (i / 2));
                      return sum;
                  });
}

TEST_F(Kaleidoscope, TheResultDoesNotTile) {
    const ImageRef result = run("image.kaleidoscope", {}, {{"image", noisy({.tiles = true})}});
    EXPECT_FALSE(result->wrap_x || result->wrap_y);
}

}  // namespace
}  // namespace gan
