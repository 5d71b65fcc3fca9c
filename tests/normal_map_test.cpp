#include "tests/picture_nodes.h"

#include <algorithm>
#include <numbers>

namespace gan {
namespace {

using NormalMap = PictureTest;

/// A normal of the surface z = h(x, y), y up, as a picture keeps it.
Pixel normal_of(double slope_x, double slope_up) {
    const double length = std::sqrt(slope_x * slope_x + slope_up * slope_up + 1);
    return {0.5 - 0.5 * slope_x / length, 0.5 - 0.5 * slope_up / length, 0.5 + 0.5 / length, 1};
}

// 32-bit floats: heights up to 1 differ by some roundings of 2^-24, times a strength of at most 20 pixels.
constexpr double normal_tolerance = 1e-5;

// The 3x3 kernels as they are printed, for the slope to the right; the other is the same, transposed.
TEST_F(NormalMap, MeasuresSlopesWithTheFilterThatIsNamed) {
    const std::pair<const char*, std::array<double, 9>> filters[] = {
        {"Sobel", {-1 / 8.0, 0, 1 / 8.0, -2 / 8.0, 0, 2 / 8.0, -1 / 8.0, 0, 1 / 8.0}},
        {"Scharr", {-3 / 32.0, 0, 3 / 32.0, -10 / 32.0, 0, 10 / 32.0, -3 / 32.0, 0, 3 / 32.0}},
        {"central differences", {0, 0, 0, -1 / 2.0, 0, 1 / 2.0, 0, 0, 0}}};
    for (const auto& [width, height] : sizes())
        for (const auto& [filter, kernel] : filters) {
            if (width > 100 && filter != std::string("Sobel")) continue;
            const ImageRef heights = noisy({.width = width, .height = height, .channels = 1});
            const Plane plane(*heights);
            const double pixels = 5;
            expect_pixels(
                *run("image.normal_map", {{"strength", std::min(1.0, pixels / width)}, {"filter", filter}},
                     {{"image", heights}}),
                normal_tolerance, [&, kernel = kernel](int x, int y) {
                    double right = 0;
                    double down = 0;
                    for (int j = 0; j < 3; ++j)
                        for (int i = 0; i < 3; ++i) {
                            const double k = kernel[static_cast<size_t>(3 * j + i)];
                            right += k * plane.near(x + i - 1, y + j - 1)[0];
                            down += k * plane.near(x + j - 1, y + i - 1)[0];
                        }
                    return normal_of(pixels * right, -pixels * down);
                });
        }
}

// A paraboloid, whose slopes every one of the filters measures exactly, within the picture.
TEST_F(NormalMap, IsTheNormalOfTheSurface) {
    const ImageRef heights =
        painted({.width = 20, .height = 10, .channels = 1, .encoding = Encoding::Data32f},
                [](int x, int y, int) { return 0.01 * x + 0.003 * x * x - 0.002 * x * y + 0.004 * y * y; });
    for (const char* filter : {"Sobel", "Scharr", "central differences"}) {
        const Plane normals(
            *run("image.normal_map", {{"strength", 0.5}, {"filter", filter}}, {{"image", heights}}));
        for (int y = 1; y < 9; ++y)
            for (int x = 1; x < 19; ++x) {
                // Half a width is 10 pixels; y is down in the picture and up in the normal.
                const Pixel expected =
                    normal_of(10 * (0.01 + 0.006 * x - 0.002 * y), -10 * (-0.002 * x + 0.008 * y));
                for (size_t c = 0; c < 3; ++c)
                    EXPECT_NEAR(normals.near(x, y)[c], expected[c], normal_tolerance) << filter;
            }
    }
}

TEST_F(NormalMap, GreenIsUpOrDown) {
    const ImageRef heights = painted({.width = 8, .height = 8, .channels = 1, .encoding = Encoding::Data32f},
                                     [](int, int y, int) { return y / 8.0; });
    // It rises down the picture, so that it faces up it: 45 degrees at one width of height.
    const auto middle = [&](const char* green) {
        return Plane(*run("image.normal_map", {{"strength", 1}, {"green", green}}, {{"image", heights}}))
            .near(4, 4)[1];
    };
    EXPECT_NEAR(middle("OpenGL (up)"), 0.5 + 0.5 / std::sqrt(2), 1e-6);
    EXPECT_NEAR(middle("DirectX (down)"), 0.5 - 0.5 / std::sqrt(2), 1e-6);
}

TEST_F(NormalMap, IsFlatWithoutStrengthAndWhereNothingRises) {
    const auto flat = testing::Each(testing::AnyOf(0.5f, 1.0f));
    EXPECT_THAT(run("image.normal_map", {{"strength", 0}}, {{"image", noisy({})}})->pixels(), flat);
    const ImageRef even =
        painted({.width = 6, .height = 6, .encoding = Encoding::Srgb8}, [](int, int, int) { return 0.7; });
    const ImageRef result = run("image.normal_map", {{"strength", 1}}, {{"image", even}});
    EXPECT_THAT(result->pixels(), flat);
    EXPECT_EQ(result->encoding, Encoding::Data32f);
    EXPECT_EQ(result->channels, 3);
}

// Half floats round by 2^-11 of the light, of which sRGB shows 1/2.4: 2e-4; the sums of a filter's
// differences are of half as much as the eight together, and 5 pixels high.
TEST_F(NormalMap, ColoursAreAsHighAsTheyLook) {
    const ImageRef colours = noisy({.encoding = Encoding::Srgb32f});
    const Plane plane(*colours);
    const auto height = [&](int x, int y) {
        const Pixel& light = plane.near(x, y);
        return srgb_of(0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]);
    };
    expect_pixels(*run("image.normal_map", {{"strength", 5 / 16.0}, {"filter", "central differences"}},
                       {{"image", colours}}),
                  1e-3, [&](int x, int y) {
                      return normal_of(2.5 * (height(x + 1, y) - height(x - 1, y)),
                                       2.5 * (height(x, y - 1) - height(x, y + 1)));
                  });
}

TEST_F(NormalMap, DoesNotDependOnThePicturesSize) {
    const auto waves = [](int side) {
        return painted({.width = side,
                        .height = side,
                        .channels = 1,
                        .encoding = Encoding::Data32f,
                        .wrap_x = true,
                        .wrap_y = true},
                       [side](int x, int, int) { return std::sin(2 * std::numbers::pi * x / side); });
    };
    const auto steepest = [&](int side) {
        const auto pixels = run("image.normal_map", {{"strength", 0.1}}, {{"image", waves(side)}})->pixels();
        return *std::min_element(pixels.begin(), pixels.end());
    };
    // Differences over two pixels fall short of a wave's slope, here 0.63, by (2 pi / side)^2 / 6 of it; of
    // that red shows 1 / (2 (1 + 0.63^2)^1.5): 0.0022.
    EXPECT_NEAR(steepest(24), steepest(96), 0.0025);
}

TEST_F(NormalMap, KeepsWhatTilesTiling) {
    expect_tiles("image.normal_map", {{"strength", 0.1}});
}

TEST_F(NormalMap, CliffsAndHeightsThatAreNoNumbersHurtNothing) {
    const ImageRef heights = painted({.width = 6, .height = 3, .channels = 1, .encoding = Encoding::Data32f},
                                     [](int x, int, int) { return x < 3 ? -1e30 : 1e30; });
    const auto pixels =
        run("image.normal_map", {{"strength", 1}, {"filter", "Scharr"}}, {{"image", heights}})->pixels();
    for (const float v : pixels) EXPECT_NEAR(v, 0.5, 0.5 + 1e-6);
    const ImageRef holes = painted({.width = 6, .height = 3, .channels = 1, .encoding = Encoding::Data32f},
                                   [](int x, int, int) { return x == 0 ? std::nan("") : 0.5; });
    const Plane normals(*run("image.normal_map", {}, {{"image", holes}}));
    EXPECT_EQ(normals.near(4, 1)[2], 1) << "flat, away from the hole";
}

}  // namespace
}  // namespace gan
