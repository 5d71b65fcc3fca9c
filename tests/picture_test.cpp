#include "runtime/base/error.h"
#include "runtime/base/file.h"
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

// Half way between two of 65536 levels it goes up; a 32-bit float near 1 is within 1/512 of a level.
TEST(Picture, RoundsToTheNearestOf65536Levels) {
    const FloatPicture picture{.width = 5,
                               .height = 1,
                               .channels = 1,
                               .pixels = {-1, 0.5f, 1 / 65535.0f * 0.49f, 1234.4f / 65535, NAN}};
    EXPECT_THAT(std::get<Picture16>(to_picture(picture, {5, 1}, {.bits = 16})).pixels,
                testing::ElementsAre(0, 32768, 0, 1234, 0));
}

Picture8 dithered(const FloatPicture& picture) {
    return std::get<Picture8>(to_picture(picture, {picture.width, picture.height}, {.dither = true}));
}

TEST(Picture, DitherLeavesLevelsAsTheyAre) {
    FloatPicture levels{.width = 256, .height = 64, .channels = 3, .pixels = {}};
    std::vector<uint8_t> expected;
    for (int i = 0; i < 256 * 64 * 3; ++i) {
        expected.push_back(static_cast<uint8_t>(i / 3 + i / 768 + i));
        levels.pixels.push_back(static_cast<float>(expected.back()) / 255);
    }
    EXPECT_EQ(dithered(levels).pixels, expected);
    EXPECT_THAT(dithered({.width = 3, .height = 1, .channels = 1, .pixels = {NAN, 7, -1}}).pixels,
                testing::ElementsAre(0, 255, 0));
}

// The pattern is even over [1/512, 511/512]: a mean is off by at most 1/512 of a level, and the pattern's own
// evenness over 64x64 pixels adds as much again.
TEST(Picture, DitherKeepsMeansBetweenLevels) {
    for (const double level : {0.25, 10.5, 100.1, 254.9}) {
        const FloatPicture even{.width = 64,
                                .height = 64,
                                .channels = 1,
                                .pixels = std::vector<float>(4096, static_cast<float>(level / 255))};
        const Picture8 picture = dithered(even);
        double sum = 0;
        for (uint8_t pixel : picture.pixels) {
            EXPECT_LT(std::abs(pixel - level), 1);
            sum += pixel;
        }
        EXPECT_NEAR(sum / 4096, level, 0.004);
        EXPECT_EQ(dithered(even), picture) << "always the same";
    }
}

TEST(Picture, DataAreNotDithered) {
    FloatPicture data = noise(8);
    data.data = true;
    EXPECT_EQ(dithered(data), to_picture(data, {8, 8}));
}

TEST(Picture, PngFilesKeepWhatIsWritten) {
    const TemporaryFolder folder;
    for (int channels : {1, 3, 4}) {
        Picture16 picture{5, 3, channels, {}};
        for (int i = 0; i < 15 * channels; ++i) picture.pixels.push_back(static_cast<uint16_t>(i * 4657 + 1));
        write_png(folder / "a.png", picture, {{"Software", "Ganymede"}});
        const auto file = MappedFile::open(folder / "a.png");
        EXPECT_EQ(std::get<Picture16>(decode_png(file->bytes(), "a.png")), picture);
        EXPECT_EQ(read_png_texts(folder / "a.png").at("Software"), "Ganymede");
        EXPECT_THAT([&] { read_png(folder / "a.png"); },
                    testing::ThrowsMessage<Error>(testing::HasSubstr("a.png: is not a PNG of 8 bits")));
        const Picture8 bytes{1, 1, channels, std::vector<uint8_t>(static_cast<size_t>(channels), 77)};
        write_png(folder / "b.png", bytes, {});
        EXPECT_EQ(read_png(folder / "b.png").picture, bytes);
    }
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
