#include "tests/picture_nodes.h"

#include <limits>
#include <numbers>

namespace gan {
namespace {

using Displace = PictureTest;

// Of numbers up to 1, one pixel further differs by 1 along each axis at most. Places up to 512 pixels are
// rounded to 2^-15 of a pixel in each of a few operations.
constexpr double displace_tolerance = 2e-4;

using Far = std::pair<double, double>;

/// The picture moved by what `far` says, in pixels, of a place in the picture that moves it.
Plane displaced(const Plane& picture, const Plane& by, const std::function<Far(double u, double v)>& far) {
    Plane result(picture.width, picture.height);
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x) {
            const auto [dx, dy] =
                far((x + 0.5) * by.width / picture.width, (y + 0.5) * by.height / picture.height);
            result.at(x, y) = picture.between(x + 0.5 - dx, y + 0.5 - dy);
        }
    return result;
}

/// Red to the right and green down, of data.
Plane displaced_by_colours(const Plane& picture, const Plane& by, double x, double y, double middle) {
    return displaced(picture, by, [&](double u, double v) -> Far {
        const Pixel value = by.between(u, v);
        return {x * picture.width * (value[0] - middle), y * picture.height * (value[1] - middle)};
    });
}

TEST_F(Displace, RedMovesToTheRightAndGreenDown) {
    for (const auto& [width, height] : sizes()) {
        const ImageRef picture = noisy({.width = width, .height = height, .channels = 1});
        const ImageRef by = noisy({.width = 64, .height = 64, .seed = 2});
        expect_near(*run("image.displace", {{"x", 0.2}, {"y", -0.1}, {"middle", 0.3}},
                         {{"image", picture}, {"by", by}}),
                    displaced_by_colours(Plane(*picture), Plane(*by), 0.2, -0.1, 0.3), displace_tolerance);
    }
}

TEST_F(Displace, AFlatPictureMovesAllByAsMuch) {
    const ImageRef picture = noisy({.tiles = true});
    const Plane plane(*picture);
    const ImageRef one = painted({.width = 3, .height = 2, .channels = 1, .encoding = Encoding::Data32f},
                                 [](int, int, int) { return 1; });
    expect_pixels(*run("image.displace", {{"x", 0.25}, {"y", 0.5}}, {{"image", picture}, {"by", one}}), 0,
                  [&](int x, int y) { return plane.near(x - 2, y - 4); });
}

TEST_F(Displace, NothingMovesWithoutAmountOrAtTheMiddle) {
    const ImageRef picture = noisy({.width = 7, .height = 5, .channels = 4, .low = -2});
    const ImageRef by = noisy({.seed = 2});
    for (const char* direction : {"red and green", "along its gradient", "angle"})
        expect_near(*run("image.displace", {{"x", 0}, {"y", 0}, {"direction", direction}},
                         {{"image", picture}, {"by", by}}),
                    Plane(*picture), 0);
    const ImageRef grey = noisy({.low = 0.5f, .high = 0.5f});
    for (const char* direction : {"red and green", "along its gradient"})
        expect_near(*run("image.displace", {{"direction", direction}}, {{"image", picture}, {"by", grey}}),
                    Plane(*picture), 0);
}

TEST_F(Displace, LightnessMovesTowardsWhereItIsLighter) {
    for (const bool tiles : {false, true}) {
        const ImageRef picture = noisy({.width = 15, .height = 11});
        const ImageRef by = noisy({.width = 7, .height = 5, .channels = 1, .tiles = tiles, .seed = 2});
        const Plane plane(*by);
        // Over a tenth of a side: 0.7 and 0.5 pixels.
        const auto far = [&](double u, double v) -> Far {
            const double across = (plane.between(u + 1, v)[0] - plane.between(u - 1, v)[0]) / 2;
            const double down = (plane.between(u, v + 1)[0] - plane.between(u, v - 1)[0]) / 2;
            return {0.3 * 15 * across * 0.7, 0.4 * 11 * down * 0.5};
        };
        expect_near(*run("image.displace", {{"x", 0.3}, {"y", 0.4}, {"direction", "along its gradient"}},
                         {{"image", picture}, {"by", by}}),
                    displaced(Plane(*picture), plane, far), displace_tolerance);
    }
}

// Vulkan's sine and cosine may be 2^-11 off: of at most 3 pixels to move, 1.5e-3 along each axis.
TEST_F(Displace, LightnessIsAnAngle) {
    const ImageRef picture = noisy({.width = 15, .height = 11});
    const ImageRef by = noisy({.width = 7, .height = 5, .channels = 1, .seed = 2, .low = -2, .high = 2});
    const Plane plane(*by);
    const auto far = [&](double u, double v) -> Far {
        const double angle = 2 * std::numbers::pi * (plane.between(u, v)[0] - 0.25);
        return {0.2 * 15 * std::cos(angle), 0.2 * 11 * std::sin(angle)};
    };
    expect_near(*run("image.displace", {{"x", 0.2}, {"y", 0.2}, {"direction", "angle"}, {"middle", 0.25}},
                     {{"image", picture}, {"by", by}}),
                displaced(Plane(*picture), plane, far), 3e-3);
}

TEST_F(Displace, BeyondThePictureIsWhatTheEdgeSays) {
    const ImageRef picture = noisy({.width = 9, .height = 6});
    const ImageRef by = noisy({.width = 9, .height = 6, .seed = 2});
    const Plane moving(*by);
    Plane plane(*picture);
    const auto check = [&](const char* edge) {
        expect_near(*run("image.displace", {{"x", 0.9}, {"y", 0.9}, {"edge", edge}},
                         {{"image", picture}, {"by", by}}),
                    displaced_by_colours(plane, moving, 0.9, 0.9, 0.5), displace_tolerance);
    };
    check("automatic");
    check("clamp");
    plane.wrap_x = plane.wrap_y = true;
    check("wrap");

    Plane mirrored(18, 12);
    mirrored.wrap_x = mirrored.wrap_y = true;
    Plane framed(11, 8);  // with nothing around it
    for (int y = 0; y < 12; ++y)
        for (int x = 0; x < 18; ++x) mirrored.at(x, y) = plane.near(x < 9 ? x : 17 - x, y < 6 ? y : 11 - y);
    for (int y = 0; y < 6; ++y)
        for (int x = 0; x < 9; ++x) framed.at(x + 1, y + 1) = plane.at(x, y);
    const auto taken_from = [&](const Plane& from, int frame) {
        return [&, frame](int x, int y) {
            const Pixel& value = moving.near(x, y);
            return from.between(x + 0.5 + frame - 0.9 * 9 * (value[0] - 0.5),
                                y + 0.5 + frame - 0.9 * 6 * (value[1] - 0.5));
        };
    };
    const auto moved = [&](const char* edge) {
        return run("image.displace", {{"x", 0.9}, {"y", 0.9}, {"edge", edge}},
                   {{"image", picture}, {"by", by}});
    };
    expect_pixels(*moved("mirror"), displace_tolerance, taken_from(mirrored, 0));
    expect_pixels(*moved("empty"), displace_tolerance, taken_from(framed, 1));
}

// Half floats keep 11 bits and may be cut off: 2^-10 of the light, of which sRGB shows 1.055 / 2.4, 4.3e-4.
// Of 1.6 pixels for 1 this is 7e-4 of a pixel along each axis, by which light differs as much, and sRGB from
// 0.3 up 2.1 times. And the picture is half floats when it comes and when it goes.
TEST_F(Displace, ColoursMoveByWhatADisplayShows) {
    const ImageRef picture = noisy({.encoding = Encoding::Srgb32f, .low = 0.3f});
    const ImageRef by = noisy({.encoding = Encoding::Srgb32f, .seed = 2});
    const Plane plane(*picture);
    const auto shown = [&](int x, int y, int channel) {
        return static_cast<double>(by->pixels()[static_cast<size_t>((y * 16 + x) * 3 + channel)]);
    };
    expect_pixels(*run("image.displace", {}, {{"image", picture}, {"by", by}}), 4e-3, [&](int x, int y) {
        return plane.between(x + 0.5 - 1.6 * (shown(x, y, 0) - 0.5), y + 0.5 - 1.6 * (shown(x, y, 1) - 0.5));
    });
}

TEST_F(Displace, WhatIsTransparentMovesNothing) {
    const ImageRef picture = noisy({});
    const ImageRef clear = painted({.width = 5, .height = 5, .channels = 4, .encoding = Encoding::Srgb32f},
                                   [](int, int, int channel) { return channel == 3 ? 0 : 1; });
    for (const char* direction : {"red and green", "along its gradient", "angle"})
        expect_near(*run("image.displace", {{"direction", direction}}, {{"image", picture}, {"by", clear}}),
                    Plane(*picture), 0);
}

TEST_F(Displace, WhatIsNoNumberMovesNothing) {
    const ImageRef picture = noisy({});
    for (const float odd :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 3e38f}) {
        const ImageRef by = painted({.width = 16, .height = 16, .channels = 1, .encoding = Encoding::Data32f},
                                    [&](int, int, int) { return odd; });
        expect_near(*run("image.displace", {{"middle", 0}}, {{"image", picture}, {"by", by}}),
                    Plane(*picture), 0);
    }
}

TEST_F(Displace, TwoTilesMovedTogetherMoveTheResult) {
    const ImageRef picture = noisy({.width = 24, .height = 16, .tiles = true});
    const ImageRef by = noisy({.width = 12, .height = 8, .tiles = true, .seed = 2});
    const auto moved = [&](const nlohmann::json& params, int dx, int dy) {
        return run("image.displace", params,
                   {{"image", rolled(*picture, 2 * dx, 2 * dy)}, {"by", rolled(*by, dx, dy)}});
    };
    for (const char* direction : {"red and green", "along its gradient", "angle"}) {
        const ImageRef result = moved({{"direction", direction}}, 0, 0);
        EXPECT_TRUE(result->wrap_x && result->wrap_y);
        expect_near(*moved({{"direction", direction}}, 5, 3), Plane(*rolled(*result, 10, 6)),
                    displace_tolerance);
    }
}

TEST_F(Displace, TilesOnlyWhenBothDoAndTheEdgeLetsThem) {
    const auto tiles = [&](bool picture, bool by, const char* edge) {
        const ImageRef result = run("image.displace", {{"edge", edge}},
                                    {{"image", noisy({.tiles = picture})}, {"by", noisy({.tiles = by})}});
        return result->wrap_x && result->wrap_y;
    };
    EXPECT_TRUE(tiles(true, true, "wrap"));
    EXPECT_FALSE(tiles(true, true, "mirror"));
    EXPECT_FALSE(tiles(true, false, "automatic"));
    EXPECT_FALSE(tiles(false, true, "automatic"));
}

}  // namespace
}  // namespace gan
