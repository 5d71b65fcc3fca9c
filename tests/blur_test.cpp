#include "tests/picture_nodes.h"

#include <numbers>

namespace gan {
namespace {

using Blur = PictureTest;

/// The sum over a square of neighbours, each weighted by its distance: nothing is done row by row.
Pixel gaussian_at(const Plane& plane, int x, int y, double sigma) {
    const int reach = static_cast<int>(std::ceil(3 * sigma));
    Pixel sum{};
    double weights = 0;
    for (int j = -reach; j <= reach; ++j)
        for (int i = -reach; i <= reach; ++i) {
            const double weight = std::exp(-(i * i + j * j) / (2 * sigma * sigma));
            sum = sum + weight * plane.near(x + i, y + j);
            weights += weight;
        }
    return (1 / weights) * sum;
}

// 32-bit floats, each at most 1: a mean of 97 rounds by some tens of 2^-24.
constexpr double blur_tolerance = 1e-5;

TEST_F(Blur, IsAGaussianOfTheSizeGiven) {
    for (const auto& [width, height] : sizes()) {
        const ImageRef data = noisy({.width = width, .height = height});
        const Plane from(*data);
        const Plane to(*run("image.blur", {{"size", 2.3}}, {{"image", data}}));
        // All of the small pictures; of the large one, which would take long, pixels at its edges and within.
        const int step = width > 100 ? 73 : 1;
        for (int y = 0; y < height; y += step)
            for (int x = 0; x < width; x += step)
                for (size_t c = 0; c < 4; ++c)
                    ASSERT_NEAR(to.near(x, y)[c], gaussian_at(from, x, y, 2.3)[c], blur_tolerance)
                        << x << ", " << y << " of " << width << "x" << height;
    }
}

// Half floats round by 2^-11 of the light when it comes, between the passes and when it goes, of which sRGB
// shows 1/2.4: 6.1e-4 of a value up to 1.
TEST_F(Blur, BlursLightAndNotWhatScreensMakeOfIt) {
    const ImageRef picture = noisy({.width = 15, .height = 11, .encoding = Encoding::Srgb32f});
    const Plane plane(*picture);
    expect_pixels(*run("image.blur", {{"size", 1.5}}, {{"image", picture}}), 7e-4,
                  [&](int x, int y) { return gaussian_at(plane, x, y, 1.5); });
}

TEST_F(Blur, LeavesThePictureAsItIsWhenNothingSpreads) {
    for (const ImageRef& picture : {noisy({}), noisy({.encoding = Encoding::Srgb32f})})
        EXPECT_EQ(run("image.blur", {{"size", 0}}, {{"image", picture}}), picture);
}

TEST_F(Blur, GoesAcrossOrDownAlone) {
    const ImageRef point = painted({.width = 31, .height = 21, .channels = 1, .encoding = Encoding::Data32f},
                                   [](int x, int y, int) { return x == 15 && y == 10 ? 1 : 0; });
    const Plane across(*run("image.blur", {{"size", 3}, {"aspect", 1}}, {{"image", point}}));
    const Plane down(*run("image.blur", {{"size", 3}, {"aspect", -1}}, {{"image", point}}));
    for (int i = -9; i <= 9; ++i) {
        // The density of a gaussian; 0.27 % of it is cut off.
        const double weight = std::exp(-i * i / 18.0) / (3 * std::sqrt(2 * std::numbers::pi));
        EXPECT_NEAR(across.near(15 + i, 10)[0], weight, 0.003 * weight);
        EXPECT_NEAR(down.near(15, 10 + i)[0], weight, 0.003 * weight);
        if (i == 0) continue;
        EXPECT_EQ(across.near(15, 10 + i)[0] + down.near(15 + i, 10)[0], 0);
    }
}

// A gaussian is cut off at three sigmas twice: at most 4 * 0.27 % of its weight is elsewhere, which is half
// of white from the mean of black and white. Taps that are apart add 1e-12.
constexpr double wide_tolerance = 0.0054;

// An edge between black and white becomes the integral of a gaussian, wherever the sides are: the last pixels
// go on for ever.
TEST_F(Blur, KeepsItsShapeAtAnySize) {
    for (const double size : {12.0, 16.0, 17.0, 40.0, 90.0, 200.0})
        for (const int edge : {5, 150, 300}) {
            const ImageRef step =
                painted({.width = 301, .height = 1, .channels = 1, .encoding = Encoding::Data32f},
                        [&](int x, int, int) { return x < edge ? 0 : 1; });
            expect_pixels(*run("image.blur", {{"size", size}}, {{"image", step}}), wide_tolerance,
                          [&](int x, int) {
                              const double v = 0.5 + 0.5 * std::erf((x + 0.5 - edge) / (size * std::sqrt(2)));
                              return Pixel{v, v, v, 1};
                          });
        }
}

// A wave is the same wave, exp(-2 pi^2 (sigma / length)^2) times as high.
TEST_F(Blur, GoesOnAroundATile) {
    for (const double size : {10.0, 60.0, 100.0}) {
        const ImageInfo info{.width = 1,
                             .height = 360,
                             .channels = 1,
                             .encoding = Encoding::Data32f,
                             .wrap_x = true,
                             .wrap_y = true};
        const auto wave = [](int y, double high) {
            return 0.5 + 0.5 * high * std::cos(2 * std::numbers::pi * (y + 20) / 360);
        };
        const ImageRef tile = painted(info, [&](int, int y, int) { return wave(y, 1); });
        const double high = std::exp(-2 * std::pow(std::numbers::pi * size / 360, 2));
        expect_pixels(*run("image.blur", {{"size", size}}, {{"image", tile}}), wide_tolerance,
                      [&](int, int y) {
                          const double v = wave(y, high);
                          return Pixel{v, v, v, 1};
                      });
    }
}

TEST_F(Blur, KeepsWhatTilesTiling) {
    expect_tiles("image.blur", {{"size", 3}});
    expect_tiles("image.blur", {{"size", 70}, {"aspect", 0.3}});
}

// Premultiplied: what is transparent has no colour to spread.
TEST_F(Blur, SpreadsNoColourOfWhatIsTransparent) {
    const ImageRef picture =
        painted({.width = 16, .height = 1, .channels = 4, .encoding = Encoding::Srgb32f},
                [](int x, int, int c) { return x < 8 ? (c == 0 || c == 3 ? 1 : 0) : (c == 1 ? 1 : 0); });
    const auto pixels = run("image.blur", {{"size", 2}}, {{"image", picture}})->pixels();
    for (size_t x = 0; x < 16; ++x) EXPECT_EQ(pixels[4 * x + 1], 0) << "green, which was transparent";
    for (size_t x = 4; x < 12; ++x) EXPECT_NEAR(pixels[4 * x], 1, 1e-3) << "red all along";
    EXPECT_LT(pixels[4 * 9 + 3], 0.4);
    EXPECT_GT(pixels[4 * 9 + 3], 0.1);
}

}  // namespace
}  // namespace gan
