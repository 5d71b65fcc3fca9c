#include "trainer/data/decode.h"

#include "runtime/base/error.h"
#include "tests/encode.h"
#include "tests/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

namespace gan {
namespace {

using testing::ElementsAre;

std::string error_of(const Bytes& file) {
    try {
        decode(file, "a.jpg");
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

/// Small files of every kind.
std::vector<std::pair<const char*, Bytes>> small_files() {
    const Picture8 rgb = smooth_picture(21, 13);
    const Picture8 rgba = smooth_picture(21, 13, 4);
    return {{"JPEG", encode_jpeg(rgb)},
            {"turned JPEG", encode_jpeg(rgb, {.orientation = 6})},
            {"progressive JPEG", encode_jpeg(rgb, {.progressive = true})},
            {"CMYK JPEG", encode_jpeg(rgba)},
            {"PNG", encode_png(21, 13, rgb.pixels)},
            {"interlaced PNG", encode_png(21, 13, rgba.pixels, {.colour_type = 6, .interlaced = true})},
            {"WebP", encode_webp(rgb)},
            {"WebP with alpha", encode_webp(rgba)}};
}

// Quality 95 divides by steps of up to 12; colour, kept at half the resolution, loses a little more at its
// edges.
TEST(Decode, JpegKeepsWhatThePictureShows) {
    for (int channels : {1, 3})
        for (bool progressive : {false, true}) {
            const Picture8 picture = smooth_picture(70, 50, channels);
            const Picture8 decoded = decode(encode_jpeg(picture, {.progressive = progressive}), "a.jpg");
            EXPECT_EQ(decoded.width, 70);
            EXPECT_EQ(decoded.height, 50);
            EXPECT_EQ(decoded.channels, channels);
            EXPECT_LE(mean_difference(decoded.pixels, picture.pixels), 2);
            EXPECT_LE(max_difference(decoded.pixels, picture.pixels), 12);
        }
}

TEST(Decode, InkBecomesLight) {
    Picture8 ink{8, 8, 4, {}};
    for (int i = 0; i < 64; ++i)
        ink.pixels.insert(ink.pixels.end(), {255, 128, 0, 255});  // Adobe: 255 is none
    const Picture8 picture = decode(encode_jpeg(ink, {.quality = 100}), "a.jpg");
    EXPECT_EQ(picture.channels, 3);
    EXPECT_NEAR(picture.pixels[0], 255, 2);
    EXPECT_NEAR(picture.pixels[1], 128, 2);
    EXPECT_NEAR(picture.pixels[2], 0, 2);
}

TEST(Decode, AJpegIsTurnedAsItsCameraSays) {
    const auto quarters = [](const Picture8& picture) {
        const auto at = [&](int x, int y) {
            return (picture.row(y * picture.height / 4)[x * picture.width / 4] + 20) / 60;
        };
        return std::array{at(1, 1), at(3, 1), at(1, 3), at(3, 3)};  // from the left, from the top
    };
    Picture8 stored{16, 32, 1, {}};
    for (int y = 0; y < 32; ++y)
        for (int x = 0; x < 16; ++x)
            stored.pixels.push_back(static_cast<uint8_t>(60 * (1 + x / 8 + y / 16 * 2)));
    // The table of EXIF 2.3, tag 274: where the first row and the first column belong.
    const std::array<std::array<int, 4>, 8> expected{{{1, 2, 3, 4},
                                                      {2, 1, 4, 3},
                                                      {4, 3, 2, 1},
                                                      {3, 4, 1, 2},
                                                      {1, 3, 2, 4},
                                                      {3, 1, 4, 2},
                                                      {4, 2, 3, 1},
                                                      {2, 4, 1, 3}}};
    for (int way = 1; way <= 8; ++way)
        for (bool big_endian : {false, true}) {
            const Picture8 picture =
                decode(encode_jpeg(stored, {.orientation = way, .big_endian = big_endian}), "a.jpg");
            EXPECT_EQ(quarters(picture), expected[static_cast<size_t>(way - 1)]) << way;
            EXPECT_EQ(picture.width, way >= 5 ? 32 : 16);
        }
    EXPECT_EQ(quarters(decode(encode_jpeg(stored, {.orientation = 99}), "a.jpg")), expected[0]);
}

TEST(Decode, SixteenBitsAreRoundedToEight) {
    // 16 bits are 257 times 8 bits: 128 beyond one is still nearest to it, 129 to the next.
    const auto picture = decode(
        encode_png(4, 1, {0x00, 0x80, 0x00, 0x81, 0x80, 0x00, 0xff, 0xff}, {.depth = 16, .colour_type = 0}),
        "a.png");
    EXPECT_EQ(picture.channels, 1);
    EXPECT_THAT(picture.pixels, ElementsAre(0, 1, 128, 255));
}

TEST(Decode, APaletteBecomesItsColours) {
    const std::vector<uint8_t> palette{10, 20, 30, 200, 100, 50};
    EXPECT_THAT(decode(encode_png(2, 1, {1, 0}, {.colour_type = 3, .palette = palette}), "a.png").pixels,
                ElementsAre(200, 100, 50, 10, 20, 30));
    EXPECT_THAT(
        decode(encode_png(2, 1, {1, 0}, {.colour_type = 3, .palette = palette, .alpha = {77}}), "a.png")
            .pixels,
        ElementsAre(200, 100, 50, 255, 10, 20, 30, 77));
}

TEST(Decode, PngAndWebpAreExact) {
    for (int channels : {3, 4}) {
        const Picture8 picture = smooth_picture(33, 17, channels);
        const int type = channels == 3 ? 2 : 6;
        EXPECT_EQ(decode(encode_png(33, 17, picture.pixels, {.colour_type = type}), "").pixels,
                  picture.pixels);
        EXPECT_EQ(
            decode(encode_png(33, 17, picture.pixels, {.colour_type = type, .interlaced = true}), "").pixels,
            picture.pixels);
        EXPECT_EQ(decode(encode_webp(picture), "").pixels, picture.pixels);
    }
    const Picture8 grey = smooth_picture(33, 17, 1);
    EXPECT_EQ(decode(encode_png(33, 17, grey.pixels, {.colour_type = 0}), "").pixels, grey.pixels);
    EXPECT_THAT(decode(encode_png(1, 1, {90, 33}, {.colour_type = 4}), "").pixels,
                ElementsAre(90, 90, 90, 33));
}

// The buffer is made anew for each length, so that the address sanitizer sees each byte beyond it.
TEST(Decode, AFileCutOffAnywhereIsAnErrorOrWhole) {
    for (const auto& [kind, file] : small_files()) {
        const auto whole = decode(file, "a").pixels;
        size_t last_error = 0;
        for (size_t length = 0; length < file.size(); ++length) {
            const Bytes part(file.begin(), file.begin() + static_cast<ptrdiff_t>(length));
            const std::string error = error_of(part);
            if (error.empty())
                EXPECT_EQ(decode(part, "a").pixels, whole) << kind << " cut to " << length;
            else
                last_error = length;
        }
        EXPECT_GT(last_error + 40, file.size()) << kind << " lost more than its last bytes unnoticed";
    }
}

TEST(Decode, NoDamageToAByteDoesHarm) {
    std::mt19937 random(4);
    for (const auto& [kind, file] : small_files())
        for (size_t i = 0; i < 4 * file.size(); ++i) {
            Bytes damaged = file;
            damaged[i / 4] ^= static_cast<std::byte>(i % 4 == 0 ? 0xff : 1 + random() % 255);
            const std::string error = error_of(damaged);
            EXPECT_TRUE(error.empty() || error.starts_with("a.jpg: ")) << kind;
        }
}

TEST(Decode, SaysWhatIsWrongInASentence) {
    EXPECT_EQ(error_of({}), "a.jpg: is empty");
    EXPECT_EQ(error_of(bytes_of("<html>not found</html>")), "a.jpg: is no JPEG, PNG or WebP");
    Bytes jpeg = encode_jpeg(smooth_picture(64, 64));
    jpeg.resize(jpeg.size() / 2);
    EXPECT_EQ(error_of(jpeg), "a.jpg: is not a JPEG that can be read (Premature end of JPEG file)");
    EXPECT_THAT(error_of(encode_png(20000, 1, std::vector<uint8_t>(60000))), testing::HasSubstr("20000x1"));
    EXPECT_THAT(error_of(encode_jpeg({20000, 1, 1, std::vector<uint8_t>(20000)})),
                testing::HasSubstr("20000x1"));
}

TEST(Channels, WhatIsTransparentIsWhite) {
    const Picture8 picture{3, 1, 4, {10, 20, 30, 0, 10, 20, 30, 255, 0, 100, 200, 128}};
    EXPECT_THAT(with_channels(picture, 3).pixels, ElementsAre(255, 255, 255, 10, 20, 30, 127, 177, 227));
    EXPECT_EQ(with_channels(picture, 4).pixels, picture.pixels);
}

TEST(Channels, GreyIsLuma) {
    const Picture8 picture{3, 1, 3, {255, 0, 0, 0, 255, 0, 77, 77, 77}};
    EXPECT_THAT(with_channels(picture, 1).pixels, ElementsAre(76, 150, 77));
    EXPECT_THAT(with_channels({1, 1, 1, {9}}, 3).pixels, ElementsAre(9, 9, 9));
    EXPECT_THAT(with_channels({1, 1, 1, {9}}, 4).pixels, ElementsAre(9, 9, 9, 255));
}

TEST(Square, IsCutFromTheMiddle) {
    Picture8 picture{30, 10, 3, {}};
    for (int i = 0; i < 300; ++i) {
        const bool middle = i % 30 >= 10 && i % 30 < 20;
        for (int c = 0; c < 3; ++c) picture.pixels.push_back(middle ? 200 : 0);
    }
    for (int resolution : {5, 10, 16}) {
        const Picture8 square = square_picture(picture, resolution, 3);
        EXPECT_EQ(square.width, resolution);
        EXPECT_EQ(square.height, resolution);
        EXPECT_THAT(square.pixels, testing::Each(200)) << resolution;
    }
}

// A chequerboard of black and white, seen from afar, has half of white's light: 188 of 255 in sRGB. Two
// levels: beyond an edge, its last colour goes on.
TEST(Square, FineDetailBecomesItsMeanLight) {
    Picture8 picture{256, 256, 1, {}};
    for (int i = 0; i < 65536; ++i) picture.pixels.push_back((i % 256 + i / 256) % 2 == 0 ? 255 : 0);
    for (uint8_t pixel : square_picture(picture, 16, 1).pixels) EXPECT_NEAR(pixel, 188, 2);
}

}  // namespace
}  // namespace gan
