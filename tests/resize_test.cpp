#include "tests/picture_nodes.h"

#include <algorithm>
#include <numbers>

namespace gan {
namespace {

using Resize = PictureTest;
using testing::HasSubstr;

// Data are 32-bit floats: some tens of numbers up to 1 with weights up to 1, each rounded to 2^-24.
constexpr double resize_tolerance = 1e-5;

struct Kernel {
    const char* name;
    double radius;
    double (*weight)(double);
};

double lanczos3(double x) {
    if (x == 0) return 1;
    const double a = std::numbers::pi * x;
    return std::abs(x) < 3 ? 3 * std::sin(a) * std::sin(a / 3) / (a * a) : 0;
}

// Hermite's cubic between 0 and 1 with slopes of half the difference of the neighbours: the weight of the
// number at 0, taken from where it is each of the four.
double catmull_rom(double x) {
    const double t = std::abs(x);
    if (t >= 2) return 0;
    const double s = t < 1 ? t : t - 1;
    const double to_next = s * s * (s - 1);                   // of the slope at 1
    const double to_this = s * (s - 1) * (s - 1);             // of the slope at 0
    if (t < 1) return 1 - s * s * (3 - 2 * s) - to_next / 2;  // slope at 1: (p2 - p0) / 2
    return -to_this / 2;                                      // slope at 0: (p1 - p-1) / 2
}

double tent(double x) {
    return std::max(0.0, 1 - std::abs(x));
}

constexpr Kernel lanczos_kernel{"lanczos", 3, lanczos3};
constexpr Kernel bicubic_kernel{"bicubic", 2, catmull_rom};
constexpr Kernel bilinear_kernel{"bilinear", 1, tent};

/// Every row resized, then columns and rows exchanged: done twice, both are resized.
Plane half_resized(const Plane& from, int width, const Kernel& kernel) {
    Plane result(from.height, width);
    result.wrap_x = from.wrap_y;
    result.wrap_y = from.wrap_x;
    const double times = static_cast<double>(from.width) / width;
    const double stretch = std::max(1.0, times);
    for (int to = 0; to < width; ++to) {
        const double centre = (to + 0.5) * times;
        const int first = static_cast<int>(std::floor(centre - kernel.radius * stretch)) - 1;
        const int last = static_cast<int>(std::ceil(centre + kernel.radius * stretch)) + 1;
        double total = 0;
        for (int i = first; i <= last; ++i) total += kernel.weight((i + 0.5 - centre) / stretch);
        for (int i = first; i <= last; ++i) {
            const double weight = kernel.weight((i + 0.5 - centre) / stretch) / total;
            if (weight == 0) continue;
            for (int y = 0; y < from.height; ++y)
                result.at(y, to) = result.at(y, to) + weight * from.near(i, y);
        }
    }
    return result;
}

Plane resized_plane(const Plane& from, int width, int height, const Kernel& kernel) {
    return half_resized(half_resized(from, width, kernel), height, kernel);
}

nlohmann::json resize_to(int width, int height, const Kernel& kernel) {
    return {{"width", width}, {"height", height}, {"filter", kernel.name}};
}

TEST_F(Resize, ThePictureIsTheSameWhenItsSizeIs) {
    const ImageRef picture = noisy({.width = 7, .height = 5, .encoding = Encoding::Srgb32f});
    EXPECT_EQ(run("image.resize", {}, {{"image", picture}}), picture);
    EXPECT_EQ(run("image.resize", {{"width", 7}, {"filter", "nearest"}}, {{"image", picture}}), picture);
}

TEST_F(Resize, EveryKernelIsStretchedOverWhatIsMadeSmaller) {
    for (const Kernel& kernel : {lanczos_kernel, bicubic_kernel, bilinear_kernel})
        for (const bool tiles : {false, true})
            for (const auto& [width, height] : {std::pair(13, 9), std::pair(3, 2), std::pair(20, 2)}) {
                const ImageRef picture = noisy({.width = 7, .height = 5, .tiles = tiles, .low = -1});
                expect_near(*run("image.resize", resize_to(width, height, kernel), {{"image", picture}}),
                            resized_plane(Plane(*picture), width, height, kernel), resize_tolerance);
            }
}

TEST_F(Resize, OnePixelBecomesAFlatPicture) {
    const ImageRef picture = noisy({.width = 1, .height = 1});
    const Plane plane(*picture);
    expect_pixels(*run("image.resize", resize_to(3, 4, lanczos_kernel), {{"image", picture}}),
                  resize_tolerance, [&](int, int) { return plane.near(0, 0); });
}

TEST_F(Resize, ALargePictureIsFiltered) {
    const ImageRef picture = noisy({.width = 512, .height = 512, .channels = 1});
    expect_near(*run("image.resize", resize_to(300, 200, lanczos_kernel), {{"image", picture}}),
                resized_plane(Plane(*picture), 300, 200, lanczos_kernel), resize_tolerance);
}

// Half floats keep 11 bits and may be cut off: 2^-10 of the light when it comes, between the passes and when
// it goes, of which sRGB shows 1.055 / 2.4.
TEST_F(Resize, LightIsFiltered) {
    const ImageRef picture = noisy({.encoding = Encoding::Srgb32f});
    expect_near(*run("image.resize", resize_to(5, 23, bilinear_kernel), {{"image", picture}}),
                resized_plane(Plane(*picture), 5, 23, bilinear_kernel), 1.3e-3);
}

// As for light; and of alpha, below 1 and no light, the whole 2^-11 is seen, three times.
TEST_F(Resize, ColoursCountByTheirAlpha) {
    const ImageRef picture = noisy({.channels = 4, .encoding = Encoding::Srgb32f, .low = 0.2f});
    expect_near(*run("image.resize", resize_to(11, 7, bilinear_kernel), {{"image", picture}}),
                resized_plane(Plane(*picture), 11, 7, bilinear_kernel), 1.5e-3);
}

TEST_F(Resize, NearestKeepsPixelsAsTheyAre) {
    const ImageRef picture = noisy({.width = 6, .height = 3, .low = -2});
    const Plane plane(*picture);
    expect_pixels(*run("image.resize", {{"scale", 3}, {"filter", "nearest"}}, {{"image", picture}}), 0,
                  [&](int x, int y) { return plane.near(x / 3, y / 3); });
    expect_pixels(*run("image.resize", {{"width", 2}, {"filter", "nearest"}}, {{"image", picture}}), 0,
                  [&](int x, int) { return plane.near(3 * x + 1, 1); });
}

TEST_F(Resize, OneSideAsksForTheOther) {
    const ImageRef picture = noisy({.width = 30, .height = 20});
    const auto size = [&](const nlohmann::json& params) {
        const ImageRef result = run("image.resize", params, {{"image", picture}});
        return std::pair(result->width, result->height);
    };
    EXPECT_EQ(size({{"width", 15}, {"scale", 3}}), std::pair(15, 10));
    EXPECT_EQ(size({{"height", 30}}), std::pair(45, 30));
    EXPECT_EQ(size({{"scale", 0.5}}), std::pair(15, 10));
    EXPECT_EQ(size({{"scale", 0.01}}), std::pair(1, 1));
    EXPECT_EQ(size({{"width", 4}, {"height", 9}}), std::pair(4, 9));
}

TEST_F(Resize, WhatIsMadeVeryMuchSmallerGoesInSteps) {
    const ImageRef ramp = painted({.width = 300, .height = 1, .channels = 1, .encoding = Encoding::Data32f},
                                  [](int x, int, int) { return (x + 0.5) / 300; });
    const std::vector<float> two = run("image.resize", {{"width", 2}}, {{"image", ramp}})->pixels();
    ASSERT_EQ(two.size(), 2u);
    EXPECT_NEAR(two[0] + two[1], 1, resize_tolerance);  // by symmetry
    EXPECT_NEAR(two[1] - two[0], 0.5, 0.1);             // a box would give 0.5
    const ImageRef flat = painted({.width = 5000, .height = 3, .channels = 1, .encoding = Encoding::Data32f},
                                  [](int, int, int) { return -2.5; });
    expect_pixels(*run("image.resize", {{"width", 1}, {"height", 1}}, {{"image", flat}}), resize_tolerance,
                  [](int, int) {
                      return Pixel{-2.5, -2.5, -2.5, 1};
                  });
}

TEST_F(Resize, WhatWouldBeTooLargeIsRefused) {
    Alone node("image.resize", {{"scale", 100}});
    Source source;
    source.image = noisy({.width = 512, .height = 2});
    node.link("image", source.image);
    EXPECT_THAT(node.failure(tick()),
                HasSubstr("a picture of 512x2 pixels would become 51200x200; make it smaller"));
}

TEST_F(Resize, KeepsWhatTilesTiling) {
    expect_tiles("image.resize", {{"scale", 2}});
    expect_tiles("image.resize", {{"scale", 3}, {"filter", "bicubic"}});
    const ImageRef tile = noisy({.width = 24, .height = 16, .tiles = true});
    const ImageRef result = run("image.resize", {{"scale", 0.5}}, {{"image", tile}});
    EXPECT_TRUE(result->wrap_x && result->wrap_y);
    expect_near(*run("image.resize", {{"scale", 0.5}}, {{"image", rolled(*tile, 10, 6)}}),
                Plane(*rolled(*result, 5, 3)), resize_tolerance);
}

}  // namespace
}  // namespace gan
