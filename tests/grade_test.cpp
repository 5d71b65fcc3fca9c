#include "tests/picture_nodes.h"

namespace gan {
namespace {

using Grade = PictureTest;

// Half floats keep 11 bits, and the software driver cuts the rest off: at most 2^-10 of the light when it
// comes and again when it goes, of which sRGB shows 1/2.4: 8.2e-4 of a value up to 1.
constexpr double half_tolerance = 9e-4;
// Data are 32-bit floats, as the arithmetic is: some tens of roundings of 2^-24.
constexpr double float_tolerance = 1e-5;

TEST_F(Grade, LeavesThePictureAsItIsWhenNothingIsSet) {
    for (const auto& [width, height] : sizes()) {
        const ImageRef picture = noisy({.width = width, .height = height, .encoding = Encoding::Srgb32f});
        expect_near(*run("image.grade", {}, {{"image", picture}}), Plane(*picture), half_tolerance);
        const ImageRef data = noisy({.width = width, .height = height, .channels = 1, .low = -3, .high = 3});
        expect_near(*run("image.grade", {}, {{"image", data}}), Plane(*data), 0);
    }
}

TEST_F(Grade, AStopDoublesTheLight) {
    const ImageRef picture = noisy({.width = 7, .height = 5, .high = 0.5f});
    const Plane plane(*picture);
    expect_pixels(*run("image.grade", {{"exposure", 1}}, {{"image", picture}}), float_tolerance,
                  [&](int x, int y) { return 2 * plane.near(x, y); });
}

TEST_F(Grade, ContrastTurnsAboutMidGrey) {
    const ImageRef picture = noisy({});
    const Plane plane(*picture);
    expect_pixels(*run("image.grade", {{"contrast", 1.7}}, {{"image", picture}}), float_tolerance,
                  [&](int x, int y) {
                      Pixel pixel = plane.near(x, y);
                      for (double& v : pixel) v = 0.18 * std::pow(v / 0.18, 1.7);
                      return pixel;
                  });
}

double luminance(const Pixel& p) {
    return 0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2];
}

TEST_F(Grade, WithoutSaturationOnlyLuminanceIsLeft) {
    const ImageRef picture = noisy({});
    const Plane plane(*picture);
    expect_pixels(*run("image.grade", {{"saturation", 0}}, {{"image", picture}}), float_tolerance,
                  [&](int x, int y) {
                      const double grey = luminance(plane.near(x, y));
                      return Pixel{grey, grey, grey, 1};
                  });
}

TEST_F(Grade, HueKeepsLuminanceAndGreysAndComesAround) {
    const ImageRef picture = noisy({});
    const Plane plane(*picture);
    const Plane turned(*run("image.grade", {{"hue", 77}}, {{"image", picture}}));
    for (int i = 0; i < 16; ++i)
        EXPECT_NEAR(luminance(turned.near(i, i)), luminance(plane.near(i, i)), float_tolerance);
    const ImageRef grey = noisy({.channels = 1});
    expect_near(*run("image.grade", {{"hue", 77}}, {{"image", grey}}), Plane(*grey), float_tolerance);
    ImageRef around = picture;
    for (int i = 0; i < 3; ++i) around = run("image.grade", {{"hue", 120}}, {{"image", around}});
    expect_near(*around, plane, float_tolerance);
}

TEST_F(Grade, LiftRaisesTheDarkGainScalesTheBrightGammaBendsBetween) {
    const ImageRef picture = noisy({});
    const Plane plane(*picture);
    expect_pixels(*run("image.grade", {{"lift", 0.2}, {"gain", 1.5}, {"gamma", 2}}, {{"image", picture}}),
                  float_tolerance, [&](int x, int y) {
                      Pixel pixel = plane.near(x, y);
                      for (double& v : pixel) v = std::pow(1.5 * (v + 0.2 * (1 - v)), 0.5);
                      return pixel;
                  });
}

TEST_F(Grade, WarmIsRedderAndMagentaHasLessGreen) {
    const ImageRef grey =
        painted({.width = 1, .height = 1, .encoding = Encoding::Data32f}, [](int, int, int) { return 0.5; });
    const auto warm = run("image.grade", {{"temperature", 0.5}}, {{"image", grey}})->pixels();
    EXPECT_NEAR(warm[0] / warm[2], std::sqrt(2.0), 1e-5);  // 2^(t/2) up and down
    const auto magenta = run("image.grade", {{"tint", 1}}, {{"image", grey}})->pixels();
    EXPECT_NEAR(magenta[0] / magenta[1], std::exp2(0.75), 1e-5);  // 2^(t/4) against 2^(-t/2)
}

TEST_F(Grade, LeavesAlphaAlone) {
    const ImageRef picture = noisy({.channels = 4, .encoding = Encoding::Srgb32f, .low = 0.2f});
    const auto graded = run("image.grade", {{"exposure", -1}}, {{"image", picture}});
    const Plane plane(*picture);
    expect_pixels(*graded, half_tolerance, [&](int x, int y) {
        const Pixel& from = plane.near(x, y);
        return Pixel{from[0] / 2, from[1] / 2, from[2] / 2, from[3]};
    });
}

TEST_F(Grade, KeepsWhatTilesTiling) {
    expect_tiles("image.grade", {{"exposure", 1}, {"hue", 30}});
}

}  // namespace
}  // namespace gan
