#include "tests/picture_nodes.h"

namespace gan {
namespace {

using ChannelPack = PictureTest;

double grey_of(const Pixel& light) {
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2];
}

TEST_F(ChannelPack, PutsEachPictureIntoItsChannel) {
    for (const auto& [width, height] : sizes()) {
        std::array<ImageRef, 4> data;
        for (unsigned i = 0; i < 4; ++i)
            data[i] =
                noisy({.width = width, .height = height, .channels = i == 1 ? 3 : 1, .seed = i, .low = -2});
        const ImageRef result =
            run("image.channel_pack", {},
                {{"red", data[0]}, {"green", data[1]}, {"blue", data[2]}, {"alpha", data[3]}});
        EXPECT_EQ(result->channels, 4);
        EXPECT_EQ(result->encoding, Encoding::Data32f);
        const std::array planes{Plane(*data[0]), Plane(*data[1]), Plane(*data[2]), Plane(*data[3])};
        expect_pixels(*result, 0, [&](int x, int y) {
            return Pixel{planes[0].near(x, y)[0], planes[1].near(x, y)[0], planes[2].near(x, y)[0],
                         planes[3].near(x, y)[0]};
        });
    }
}

TEST_F(ChannelPack, NumbersStandInForPicturesThatAreNotThere) {
    const ImageRef data = noisy({.channels = 1});
    const Plane plane(*data);
    const ImageRef opaque =
        run("image.channel_pack", {{"red value", 0.25}, {"blue value", 1}}, {{"green", data}});
    EXPECT_EQ(opaque->channels, 3);
    expect_pixels(*opaque, 0, [&](int x, int y) { return Pixel{0.25, plane.near(x, y)[0], 1, 1}; });
    const ImageRef clear = run("image.channel_pack", {{"alpha value", 0.5}}, {{"green", data}});
    EXPECT_EQ(clear->channels, 4);
    expect_pixels(*clear, 0, [&](int x, int y) { return Pixel{0, plane.near(x, y)[0], 0, 0.5}; });
}

TEST_F(ChannelPack, InvertsThePicturesThatItIsToldTo) {
    const ImageRef data = noisy({.channels = 1});
    const Plane plane(*data);
    // 1 - v rounds by 2^-25.
    expect_pixels(
        *run("image.channel_pack", {{"invert red", true}, {"invert alpha", true}, {"invert blue", true}},
             {{"red", data}, {"green", data}, {"alpha", data}}),
        1e-7, [&](int x, int y) {
            const double v = plane.near(x, y)[0];
            return Pixel{1 - v, v, 0, 1 - v};
        });
}

TEST_F(ChannelPack, TakesOfColoursTheGreyThatIsShownOrItsLight) {
    const ImageRef colours = noisy({.encoding = Encoding::Srgb32f});
    const Plane plane(*colours);
    // Half floats round by 2^-11 of the light, of which sRGB shows 1/2.4.
    expect_pixels(*run("image.channel_pack", {}, {{"green", colours}}), 2.5e-4, [&](int x, int y) {
        return Pixel{0, srgb_of(grey_of(plane.near(x, y))), 0, 1};
    });
    expect_pixels(*run("image.channel_pack", {{"values", "light"}}, {{"green", colours}}), 5e-4,
                  [&](int x, int y) {
                      return Pixel{0, grey_of(plane.near(x, y)), 0, 1};
                  });
}

// Which is how a picture looks on a black page.
TEST_F(ChannelPack, WhatIsTransparentIsBlack) {
    const ImageRef colours = noisy({.channels = 4, .encoding = Encoding::Srgb32f});
    const Plane plane(*colours);  // premultiplied
    expect_pixels(*run("image.channel_pack", {{"values", "light"}}, {{"blue", colours}}), 5e-4,
                  [&](int x, int y) {
                      return Pixel{0, 0, grey_of(plane.near(x, y)), 1};
                  });
}

TEST_F(ChannelPack, TheFirstPictureGivesTheSizeAndTheOthersAreStretched) {
    const ImageRef first = noisy({.width = 9, .height = 6, .channels = 1});
    const ImageRef second = noisy({.width = 4, .height = 13, .channels = 1, .seed = 2});
    const Plane red(*first);
    const Plane blue(*second);
    // Places up to 13 round by some 13 * 2^-24.
    expect_pixels(
        *run("image.channel_pack", {}, {{"red", first}, {"blue", second}}), 1e-5, [&](int x, int y) {
            return Pixel{red.near(x, y)[0], 0, blue.between((x + 0.5) * 4 / 9, (y + 0.5) * 13 / 6)[0], 1};
        });
}

TEST_F(ChannelPack, TilesWhenAllPicturesDo) {
    const ImageRef tile = noisy({.width = 24, .height = 16, .channels = 1, .tiles = true});
    const ImageRef other = noisy({.width = 12, .height = 8, .channels = 1, .tiles = true, .seed = 2});
    const auto packed = [&](const ImageRef& red, const ImageRef& green) {
        return run("image.channel_pack", {}, {{"red", red}, {"green", green}});
    };
    const ImageRef result = packed(tile, other);
    EXPECT_TRUE(result->wrap_x && result->wrap_y);
    expect_near(*packed(rolled(*tile, 6, 10), rolled(*other, 3, 5)), Plane(*rolled(*result, 6, 10)), 1e-5);
    const ImageRef none = packed(tile, noisy({.width = 24, .channels = 1}));
    EXPECT_FALSE(none->wrap_x || none->wrap_y);
}

TEST_F(ChannelPack, SaysWhatItNeedsWhenNothingIsLinked) {
    EXPECT_EQ(Alone("image.channel_pack").failure(tick()),
              "there is no picture to pack; link one to red, green, blue or alpha");
}

}  // namespace
}  // namespace gan
