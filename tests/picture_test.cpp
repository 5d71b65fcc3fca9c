#include "runtime/base/error.h"
#include "runtime/base/pixel.h"
#include "runtime/picture/png.h"
#include "tests/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace gan {
namespace {

FloatPicture noise(int side) {
    std::mt19937 random(6);
    FloatPicture picture{.width = side, .height = side, .channels = 3, .pixels = {}};
    for (int i = 0; i < side * side * 3; ++i)
        picture.pixels.push_back(static_cast<float>(random() % 1000) / 999);
    return picture;
}

/// Moved right and down; what leaves at an edge comes in at the other.
template <class Picture>
Picture moved(const Picture& picture, int dx, int dy) {
    Picture result = picture;
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x)
            for (int c = 0; c < 3; ++c) {
                const int to = (y + dy) % picture.height * picture.width + (x + dx) % picture.width;
                result.pixels[static_cast<size_t>(to * 3 + c)] =
                    picture.pixels[static_cast<size_t>((y * picture.width + x) * 3 + c)];
            }
    return result;
}

// A tile has no first column: moved before or after, it becomes the same picture. One level for rounding.
TEST(Picture, ATileIsResizedAsOneWithoutEdges) {
    const FloatPicture tile = noise(16);
    const auto difference = [&](const Size& size, int dx, int dy) {
        const int scale = size.width / 16;
        return max_difference(to_picture(moved(tile, dx, dy), size).pixels,
                              moved(to_picture(tile, size), dx * scale, dy * scale).pixels);
    };
    EXPECT_LE(difference({64, 64, true, true}, 5, 3), 1);
    EXPECT_LE(difference({64, 64, true, false}, 5, 0), 1);
    EXPECT_LE(difference({64, 64, false, true}, 0, 3), 1);
    EXPECT_GT(difference({64, 64, false, true}, 5, 0), 20) << "cut along x";
    EXPECT_GT(difference({64, 64, true, false}, 0, 3), 20) << "cut along y";
}

TEST(Picture, RoundsToTheNearestOf256Levels) {
    const FloatPicture picture{
        .width = 4, .height = 1, .channels = 1, .pixels = {-1, 0.5f, 1 / 255.0f * 0.49f, 7}};
    EXPECT_THAT(to_picture(picture, {4, 1}).pixels, testing::ElementsAre(0, 128, 0, 255));
}

TEST(Picture, NotANumberIsBlack) {
    const FloatPicture picture{.width = 3, .height = 1, .channels = 1, .pixels = {NAN, INFINITY, -INFINITY}};
    EXPECT_THAT(to_picture(picture, {3, 1}).pixels, testing::ElementsAre(0, 255, 0));
}

// stb counts bytes in int: 16384 squared in RGB is 3.2 GB.
TEST(Picture, WhatIsTooLargeToBeResizedIsRefusedBeforeMemoryIsTaken) {
    EXPECT_THAT(
        [] {
            to_picture(noise(16), {max_side, max_side});
        },
        testing::ThrowsMessage<Error>(testing::HasSubstr("16384x16384 is too large to be resized")));
}

TEST(Picture, NumbersAreFilledIntoNames) {
    EXPECT_EQ(numbered_name("a/frame_%05d.png", 42), "a/frame_00042.png");
    EXPECT_EQ(numbered_name("%03d", 12345), "12345");
    EXPECT_EQ(numbered_name("plain.png", 42), "plain.png");
    for (const char* bad : {"%d", "%", "%5d", "%s", "%0005d", "%0xd"})
        EXPECT_THROW(numbered_name(bad, 1), Error) << bad;
}

}  // namespace
}  // namespace gan
