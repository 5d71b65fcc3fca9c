#include "tests/picture_nodes.h"

namespace gan {
namespace {

using TileNode = PictureTest;

// Data are 32-bit floats: the mean of up to 64 numbers up to 1, each rounded to 2^-24.
constexpr double tile_tolerance = 1e-5;

/// A plane of copies, seen through pixels of n x m. Mirrored copies are the picture doubled, tiled.
Plane copies_of(const Plane& picture, int n, int m, double offset, bool mirror) {
    const int times = mirror ? 2 : 1;
    Plane copy(times * picture.width, times * picture.height);
    copy.wrap_x = copy.wrap_y = true;
    for (int y = 0; y < copy.height; ++y)
        for (int x = 0; x < copy.width; ++x)
            copy.at(x, y) = picture.near(x < picture.width ? x : copy.width - 1 - x,
                                         y < picture.height ? y : copy.height - 1 - y);
    Plane result(picture.width, picture.height);
    const int across = std::min(n, 8);
    const int down = std::min(m, 8);
    for (int y = 0; y < result.height; ++y)
        for (int x = 0; x < result.width; ++x)
            for (int i = 0; i < across * down; ++i) {
                const double v = y * m + (i / across + 0.5) * m / down;
                const bool second = static_cast<int>(v / picture.height) % 2 == 1;
                const double u =
                    x * n + (i % across + 0.5) * n / across + (second ? offset * picture.width : 0);
                result.at(x, y) = result.at(x, y) + 1.0 / (across * down) * copy.between(u, v);
            }
    return result;
}

TEST_F(TileNode, OneCopyIsThePicture) {
    for (const bool mirror : {false, true}) {
        const nlohmann::json one{{"columns", 1}, {"rows", 1}, {"offset", 0.3}, {"mirror", mirror}};
        const ImageRef picture = noisy({.width = 7, .height = 5, .channels = 4, .low = -2});
        expect_near(*run("image.tile", one, {{"image", picture}}), Plane(*picture), 0);
    }
}

TEST_F(TileNode, EveryPixelIsTheMeanOfThoseThatFallOnIt) {
    for (const auto& [width, height] : sizes()) {
        const ImageRef picture = noisy({.width = width, .height = height});
        expect_near(*run("image.tile", {{"columns", 2}, {"rows", 1}}, {{"image", picture}}),
                    copies_of(Plane(*picture), 2, 1, 0, false), tile_tolerance);
    }
}

TEST_F(TileNode, CopiesAreShiftedInBricksAndMirrored) {
    for (const auto& [width, height] : {std::pair(1, 1), std::pair(7, 5), std::pair(16, 12)})
        for (const auto& [n, m] : {std::pair(3, 2), std::pair(1, 4), std::pair(20, 12)})
            for (const double offset : {0.0, 0.5, 0.3})
                for (const bool mirror : {false, true}) {
                    const ImageRef picture = noisy({.width = width, .height = height});
                    expect_near(*run("image.tile",
                                     {{"columns", n}, {"rows", m}, {"offset", offset}, {"mirror", mirror}},
                                     {{"image", picture}}),
                                copies_of(Plane(*picture), n, m, offset, mirror), tile_tolerance);
                }
}

// Half floats keep 11 bits and may be cut off: 2^-10 of the light when it comes and when it goes, of which
// sRGB shows 1.055 / 2.4.
TEST_F(TileNode, LightIsAveraged) {
    const ImageRef picture = noisy({.encoding = Encoding::Srgb32f});
    expect_near(*run("image.tile", {{"columns", 4}, {"rows", 2}}, {{"image", picture}}),
                copies_of(Plane(*picture), 4, 2, 0, false), 9e-4);
}

// As for light; and of alpha, below 1 and no light, the whole 2^-11 is seen, twice.
TEST_F(TileNode, ColoursCountByTheirAlpha) {
    const ImageRef picture = noisy({.channels = 4, .encoding = Encoding::Srgb32f, .low = 0.2f});
    expect_near(*run("image.tile", {}, {{"image", picture}}), copies_of(Plane(*picture), 2, 2, 0, false),
                1e-3);
}

TEST_F(TileNode, ATileMovedByACopiesPixelsMovesTheResultByOne) {
    const ImageRef tile = noisy({.width = 24, .height = 16, .tiles = true});
    const nlohmann::json bricks{{"columns", 3}, {"rows", 2}, {"offset", 0.5}};
    const ImageRef result = run("image.tile", bricks, {{"image", tile}});
    EXPECT_TRUE(result->wrap_x && result->wrap_y);
    expect_near(*run("image.tile", bricks, {{"image", rolled(*tile, 3 * 5, 0)}}),
                Plane(*rolled(*result, 5, 0)), tile_tolerance);
    const nlohmann::json straight{{"columns", 3}, {"rows", 2}};
    expect_near(*run("image.tile", straight, {{"image", rolled(*tile, 3 * 5, 2 * 3)}}),
                Plane(*rolled(*run("image.tile", straight, {{"image", tile}}), 5, 3)), tile_tolerance);
}

TEST_F(TileNode, MirroredTwiceThePictureTilesThoughItDidNot) {
    const ImageRef picture = noisy({});
    const ImageRef result = run("image.tile", {{"mirror", true}}, {{"image", picture}});
    EXPECT_TRUE(result->wrap_x && result->wrap_y);
    const Plane plane(*result);
    for (int i = 0; i < 16; ++i) {
        EXPECT_NEAR(plane.near(0, i)[0], plane.near(15, i)[0], tile_tolerance);
        EXPECT_NEAR(plane.near(i, 0)[1], plane.near(i, 15)[1], tile_tolerance);
    }
}

TEST_F(TileNode, SaysWhetherTheResultTiles) {
    const auto tiles = [&](bool tile, nlohmann::json params) {
        const ImageRef result = run("image.tile", params, {{"image", noisy({.tiles = tile})}});
        return std::pair(result->wrap_x, result->wrap_y);
    };
    EXPECT_EQ(tiles(false, {}), std::pair(false, false));
    EXPECT_EQ(tiles(true, {{"columns", 3}, {"rows", 5}}), std::pair(true, true));
    EXPECT_EQ(tiles(false, {{"columns", 3}, {"rows", 4}, {"mirror", true}}), std::pair(false, true));
    EXPECT_EQ(tiles(true, {{"columns", 3}, {"rows", 5}, {"mirror", true}}), std::pair(true, true));
    EXPECT_EQ(tiles(true, {{"columns", 3}, {"rows", 5}, {"offset", 0.5}}), std::pair(true, false));
    EXPECT_EQ(tiles(true, {{"columns", 3}, {"rows", 4}, {"offset", 0.3}, {"mirror", true}}),
              std::pair(false, true));
}

TEST_F(TileNode, TheMostCopiesOfAFlatPictureAreFlat) {
    const ImageRef flat = painted({.width = 33, .height = 9, .channels = 1, .encoding = Encoding::Data32f},
                                  [](int, int, int) { return -2.5; });
    expect_near(*run("image.tile", {{"columns", 64}, {"rows", 64}, {"offset", 0.3}, {"mirror", true}},
                     {{"image", flat}}),
                Plane(*flat), tile_tolerance);
}

}  // namespace
}  // namespace gan
