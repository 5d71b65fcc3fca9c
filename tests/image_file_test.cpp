#include "runtime/base/error.h"
#include "runtime/picture/png.h"
#include "runtime/picture/read_picture.h"
#include "tests/alone.h"
#include "tests/encode.h"
#include "tests/picture_nodes.h"
#include "tests/support.h"

#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <thread>
#include <tuple>

namespace gan {
namespace {

using testing::HasSubstr;

class ImageFile : public testing::Test {
protected:
    Tick tick(bool live = false) const { return {.live = live, .folder = folder_name}; }
    void write(const std::string& name, const Bytes& bytes) const { write_file(folder / name, bytes); }
    /// What a node makes of a file.
    ImageRef read(const Bytes& bytes, const nlohmann::json& params = nlohmann::json::object()) {
        write("a.file", bytes);
        Alone node("image.file", params);
        EXPECT_EQ(node.set("path", "a.file").failure(tick()), "");
        return node.get<ImageRef>("image");
    }
    static std::string failure(const Bytes& bytes) {
        try {
            decode_picture(bytes, "a.file");
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }
    /// Runs a node, live, until it has what is expected; false after ten seconds.
    bool comes(Alone& node, const std::function<bool(const std::string& failure)>& expected) const {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (std::chrono::steady_clock::now() < end) {
            if (expected(node.failure(tick(true)))) return true;
            EXPECT_TRUE(node.node->take_request());
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return false;
    }

    TemporaryFolder folder;
    const std::string folder_name = folder.path().string();
};

/// Eight bits as numbers up to 1.
std::vector<float> units(const std::vector<uint8_t>& bytes) {
    std::vector<float> result;
    for (uint8_t byte : bytes) result.push_back(static_cast<float>(byte / 255.0));
    return result;
}

TEST_F(ImageFile, PngAndWebpAreExact) {
    for (int channels : {1, 3, 4})
        for (bool interlaced : {false, true}) {
            const Picture8 picture = smooth_picture(21, 13, channels);
            const int type = channels == 1 ? 0 : channels == 3 ? 2 : 6;
            const ImageRef image =
                read(encode_png(21, 13, picture.pixels, {.colour_type = type, .interlaced = interlaced}));
            EXPECT_EQ(image->pixels(), units(picture.pixels));
            EXPECT_EQ(image->encoding, Encoding::Srgb8);
            EXPECT_EQ(std::tuple(image->width, image->height, image->channels), std::tuple(21, 13, channels));
            if (channels > 1) {
                EXPECT_EQ(read(encode_webp(picture))->pixels(), units(picture.pixels));
            }
        }
    write_png(folder / "b.png", smooth_picture(5, 4), {{"Software", "Ganymede"}});
    EXPECT_EQ(std::get<Picture8>(read_picture(folder / "b.png")), smooth_picture(5, 4));
}

TEST_F(ImageFile, APaletteAndGreyWithAlphaBecomeColours) {
    const std::vector<uint8_t> palette{10, 20, 30, 200, 100, 50};
    EXPECT_EQ(read(encode_png(2, 1, {1, 0}, {.colour_type = 3, .palette = palette}))->pixels(),
              units({200, 100, 50, 10, 20, 30}));
    EXPECT_EQ(read(encode_png(2, 1, {1, 0}, {.colour_type = 3, .palette = palette, .alpha = {77}}))->pixels(),
              units({200, 100, 50, 255, 10, 20, 30, 77}));
    EXPECT_EQ(read(encode_png(1, 1, {90, 33}, {.colour_type = 4}))->pixels(), units({90, 90, 90, 33}));
}

// Quality 95 divides by steps of up to 12 levels; see decode_test.cpp.
TEST_F(ImageFile, AJpegKeepsWhatThePictureShowsAndIsTurnedAsItsCameraSays) {
    const Picture8 picture = smooth_picture(70, 50);
    EXPECT_LE(max_difference(read(encode_jpeg(picture))->pixels(), units(picture.pixels)), 12 / 255.0);
    const ImageRef turned = read(encode_jpeg(picture, {.orientation = 6}));
    EXPECT_EQ(std::pair(turned->width, turned->height), std::pair(50, 70));
    EXPECT_NEAR(turned->pixels()[0], picture.row(49)[0] / 255.0, 12 / 255.0) << "its lower left is above";
}

TEST_F(ImageFile, SixteenBitsAreKept) {
    const std::vector<uint8_t> rows{0x00, 0x01, 0x12, 0x34, 0x80, 0x00, 0xff, 0xff};
    for (bool interlaced : {false, true}) {
        const ImageRef grey =
            read(encode_png(4, 1, rows, {.depth = 16, .colour_type = 0, .interlaced = interlaced}));
        EXPECT_THAT(grey->pixels(), testing::Pointwise(testing::FloatEq(), {1 / 65535.0f, 0x1234 / 65535.0f,
                                                                            0x8000 / 65535.0f, 1.0f}));
        EXPECT_EQ(grey->encoding, Encoding::Srgb32f);
    }
    const ImageRef rgba = read(encode_png(1, 1, rows, {.depth = 16, .colour_type = 6}));
    EXPECT_EQ(rgba->pixels(), read(encode_png(4, 1, rows, {.depth = 16, .colour_type = 0}))->pixels());
    EXPECT_EQ(rgba->channels, 4);
}

/// With a gAMA chunk (PNG, third edition, 11.3.2.2) behind the header.
Bytes with_gamma(Bytes png, uint32_t hundred_thousandths) {
    std::string chunk{"gAMA"};
    for (int shift : {24, 16, 8, 0}) chunk += static_cast<char>(hundred_thousandths >> shift);
    uint32_t crc = ~0u;  // of ISO 3309, as PNG has it
    for (const char byte : chunk) {
        crc ^= static_cast<uint8_t>(byte);
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    for (int shift : {24, 16, 8, 0}) chunk += static_cast<char>(~crc >> shift);
    const Bytes bytes = bytes_of(std::string{"\0\0\0\4", 4} + chunk);
    png.insert(png.begin() + 33, bytes.begin(), bytes.end());
    return png;
}

// Rounded to a whole number of the file's own levels.
TEST_F(ImageFile, AGammaIsOfColoursNotOfData) {
    const Bytes linear = with_gamma(encode_png(2, 1, {128, 7, 40, 255, 0, 99}), 100000);
    EXPECT_NEAR(read(linear)->pixels()[0], srgb_of(128 / 255.0), 0.51 / 255);
    EXPECT_NEAR(read(linear)->pixels()[5], srgb_of(99 / 255.0), 0.51 / 255);
    const Bytes usual = with_gamma(encode_png(1, 1, {128, 7, 40}), 45455);
    EXPECT_EQ(read(usual)->pixels(), units({128, 7, 40}));
    const Bytes fine =
        with_gamma(encode_png(1, 1, {0x12, 0x34, 0x80, 0x00}, {.depth = 16, .colour_type = 4}), 100000);
    EXPECT_NEAR(read(fine)->pixels()[0], srgb_of(0x1234 / 65535.0), 0.51 / 65535);
    EXPECT_FLOAT_EQ(read(fine)->pixels()[3], 0x8000 / 65535.0f) << "alpha has no gamma";

    const ImageRef data = read(linear, {{"is", "data (heights, normals, masks)"}});
    EXPECT_EQ(data->pixels(), units({128, 7, 40, 255, 0, 99}));
    EXPECT_EQ(data->encoding, Encoding::Data32f);
}

TEST_F(ImageFile, TilesAsItIsTold) {
    const Bytes file = encode_png(1, 1, {1, 2, 3});
    EXPECT_FALSE(read(file)->wrap_x || read(file)->wrap_y);
    const ImageRef across = read(file, {{"tiles x", true}});
    EXPECT_TRUE(across->wrap_x && !across->wrap_y);
    const ImageRef both = read(file, {{"tiles x", true}, {"tiles y", true}});
    EXPECT_TRUE(both->wrap_x && both->wrap_y);
}

TEST_F(ImageFile, SaysWhatItReadOrWhyNot) {
    Alone node("image.file");
    EXPECT_THAT(node.failure(tick()), HasSubstr("no picture is chosen"));
    EXPECT_THAT(node.set("path", "no.png").failure(tick()), HasSubstr("no.png: is not there"));
    EXPECT_THAT(node.set("path", ".").failure(tick()), HasSubstr("is not a regular file"));
    write("a.png", bytes_of("<html>not found</html>"));
    EXPECT_THAT(node.set("path", "a.png").failure(tick()), HasSubstr("a.png: is no JPEG, PNG or WebP"));
    write("a.png", encode_png(20000, 1, std::vector<uint8_t>(60000)));
    EXPECT_THAT(node.failure(tick()), HasSubstr("a.png: has 20000x1 pixels"));
    write("a.png", {});
    EXPECT_THAT(node.failure(tick()), HasSubstr("a.png: is empty"));
    write("a.png", encode_png(2, 1, {1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(node.failure(tick()), "");
    EXPECT_EQ(node.get<std::string>("status"), "a.png: 2x1 pixels, 3 channels, 8 bits");
    EXPECT_EQ(node.set("path", (folder / "a.png").string()).failure(tick()), "") << "an absolute path";
}

// The buffer is made anew for each length, so that the address sanitizer sees each byte beyond it.
TEST_F(ImageFile, AFileCutOffAnywhereIsAnErrorOrWhole) {
    const Picture8 rgb = smooth_picture(21, 13);
    const Picture8 rgba = smooth_picture(21, 13, 4);
    for (const Bytes& file :
         {encode_jpeg(rgb), encode_jpeg(rgb, {.orientation = 6}), encode_jpeg(rgb, {.progressive = true}),
          encode_jpeg(rgba), encode_png(21, 13, rgb.pixels),
          encode_png(21, 13, rgba.pixels, {.colour_type = 6, .interlaced = true}),
          encode_png(21, 13, rgba.pixels, {.depth = 16, .colour_type = 4}), encode_webp(rgb),
          encode_webp(rgba)}) {
        const AnyPicture whole = decode_picture(file, "a.file");
        for (size_t length = 0; length < file.size(); ++length) {
            const Bytes part(file.begin(), file.begin() + static_cast<ptrdiff_t>(length));
            const std::string error = failure(part);
            if (error.empty())
                EXPECT_EQ(decode_picture(part, "a.file"), whole) << length;
            else
                EXPECT_TRUE(error.starts_with("a.file: ")) << error;
        }
    }
}

TEST_F(ImageFile, LiveItNeverWaitsAndFollowsTheFile) {
    Alone node("image.file", {{"path", "a.png"}});
    write("a.png", encode_png(1, 1, {1, 2, 3}));
    EXPECT_EQ(node.failure(tick(true)), "a.png is being read");
    EXPECT_TRUE(comes(node, [](const std::string& failure) { return failure.empty(); }));
    const ImageRef first = node.get<ImageRef>("image");
    EXPECT_EQ(first->pixels(), units({1, 2, 3}));

    write("a.png", bytes_of("half"));
    EXPECT_TRUE(comes(node, [&](const std::string&) {
        return node.get<std::string>("status").find("is no JPEG, PNG or WebP") != std::string::npos;
    }));
    EXPECT_EQ(node.get<ImageRef>("image"), first) << "what was there stays";

    write("a.png", encode_png(2, 1, {9, 8, 7, 6, 5, 4}));
    EXPECT_TRUE(comes(node, [&](const std::string&) { return node.get<ImageRef>("image") != first; }));
    EXPECT_EQ(node.get<ImageRef>("image")->pixels(), units({9, 8, 7, 6, 5, 4}));
}

}  // namespace
}  // namespace gan
