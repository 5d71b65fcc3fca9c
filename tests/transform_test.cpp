#include "tests/picture_nodes.h"

#include <numbers>

namespace gan {
namespace {

using Transform = PictureTest;

// Places are 32-bit floats: 512 + a fraction leaves 2^-15 of a pixel, and neighbours differ by up to 1; the
// taps' mean adds little.
constexpr double place_tolerance = 2e-4;

struct Move {
    double x = 0, y = 0, rotate = 0, scale = 1;
};

/// Where the middle of a result's pixel, or a tap of it, comes from.
std::pair<double, double> source_of(const Move& move, const Plane& plane, double x, double y) {
    const double angle = move.rotate * std::numbers::pi / 180;
    const double u = x - plane.width / 2.0 - move.x * plane.width;
    const double v = y - plane.height / 2.0 - move.y * plane.height;
    return {(std::cos(angle) * u + std::sin(angle) * v) / move.scale + plane.width / 2.0,
            (-std::sin(angle) * u + std::cos(angle) * v) / move.scale + plane.height / 2.0};
}

nlohmann::json params_of(const Move& move) {
    return {{"x", move.x}, {"y", move.y}, {"rotate", move.rotate}, {"scale", move.scale}};
}

TEST_F(Transform, MovesTurnsAndScalesAboutTheCentre) {
    const Move move{.x = 0.1, .y = -0.2, .rotate = 30, .scale = 1.7};
    for (const auto& [width, height] : sizes()) {
        const ImageRef picture = noisy({.width = width, .height = height});
        const Plane plane(*picture);
        expect_pixels(*run("image.transform", params_of(move), {{"image", picture}}), place_tolerance,
                      [&](int x, int y) {
                          const auto [u, v] = source_of(move, plane, x + 0.5, y + 0.5);
                          return plane.between(u, v);
                      });
    }
}

TEST_F(Transform, AColourPictureIsMixedAsLight) {
    const ImageRef picture = noisy({.width = 7, .height = 5, .encoding = Encoding::Srgb32f});
    const Plane plane(*picture);
    // Half floats on the way in and out, as in grade_test.cpp.
    expect_pixels(*run("image.transform", {{"x", 0.5 / 7}}, {{"image", picture}}), 1e-3,
                  [&](int x, int y) { return plane.between(x, y + 0.5); });
}

TEST_F(Transform, MadeSmallerAPixelIsTheMeanOfWhatFallsOnIt) {
    const ImageRef picture = noisy({.width = 16, .height = 16});
    const Plane plane(*picture);
    const auto small = run("image.transform", {{"scale", 0.25}, {"edge", "wrap"}}, {{"image", picture}});
    // Each tap lies on the middle of a pixel: (x + i / 4 - 8) * 4 + 8 with i a half more than a whole number.
    expect_pixels(*small, place_tolerance, [&](int x, int y) {
        Pixel sum{};
        for (int j = 0; j < 4; ++j)
            for (int i = 0; i < 4; ++i)
                sum = sum + plane.pixels[static_cast<size_t>(((y - 8) * 4 + j + 8 + 64) % 16 * 16 +
                                                             ((x - 8) * 4 + i + 8 + 64) % 16)];
        return 1.0 / 16 * sum;
    });
}

TEST_F(Transform, BeyondTheEdgeIsWhatIsAskedFor) {
    const ImageRef picture = painted({.width = 4, .height = 1, .channels = 1, .encoding = Encoding::Data32f},
                                     [](int x, int, int) { return x + 1; });
    const auto moved = [&](const char* edge, double x) {
        return run("image.transform", {{"x", x}, {"edge", edge}}, {{"image", picture}})->pixels();
    };
    using Values = std::vector<float>;
    EXPECT_EQ(moved("automatic", 0.5), (Values{1, 1, 1, 2}));
    EXPECT_EQ(moved("clamp", 0.5), (Values{1, 1, 1, 2}));
    EXPECT_EQ(moved("wrap", 0.5), (Values{3, 4, 1, 2}));
    EXPECT_EQ(moved("mirror", 0.5), (Values{2, 1, 1, 2}));
    EXPECT_EQ(moved("mirror", -0.5), (Values{3, 4, 4, 3}));
    EXPECT_EQ(moved("empty", 0.5), (Values{0, 0, 1, 2}));
}

TEST_F(Transform, NothingIsSeenThroughBesideAPictureMovedAway) {
    const ImageRef picture = noisy({.width = 4, .height = 4, .encoding = Encoding::Srgb32f, .low = 0.5f});
    const auto moved = run("image.transform", {{"x", 0.5}, {"edge", "empty"}}, {{"image", picture}});
    ASSERT_EQ(moved->channels, 4);
    for (int x = 0; x < 4; ++x) EXPECT_EQ(moved->pixels()[static_cast<size_t>(x) * 4 + 3], x < 2 ? 0 : 1);
}

TEST_F(Transform, KeepsWhatTilesTilingUnlessItIsTurned) {
    expect_tiles("image.transform", {{"x", 0.3}, {"y", 0.2}}, place_tolerance);
    const ImageRef tile = noisy({.tiles = true});
    EXPECT_TRUE(run("image.transform", {{"scale", 0.5}}, {{"image", tile}})->wrap_x);
    EXPECT_FALSE(run("image.transform", {{"scale", 0.7}}, {{"image", tile}})->wrap_x);
    EXPECT_FALSE(run("image.transform", {{"rotate", 10}}, {{"image", tile}})->wrap_x);
    EXPECT_FALSE(run("image.transform", {{"edge", "mirror"}, {"x", 0.3}}, {{"image", tile}})->wrap_x);
}

TEST_F(Transform, NoValueOfAParameterBreaksIt) {
    const ImageRef picture = noisy({.width = 9, .height = 3});
    for (const double scale : {0.01, 100.0})
        for (const char* edge : {"automatic", "wrap", "mirror", "clamp", "empty"}) {
            const ImageRef moved = run(
                "image.transform", {{"scale", scale}, {"x", -4}, {"y", 4}, {"rotate", 3599}, {"edge", edge}},
                {{"image", picture}});
            for (const float value : moved->pixels())
                EXPECT_TRUE(value >= -1e-5 && value <= 1 + 1e-5) << value << ", " << edge;
        }
}

}  // namespace
}  // namespace gan
