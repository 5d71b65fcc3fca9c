#include "tests/picture_nodes.h"

#include <algorithm>

namespace gan {
namespace {

using GradientMap = PictureTest;
using nlohmann::json;
using testing::HasSubstr;
using Colour = std::array<double, 3>;

// The result is half floats, which keep 11 bits and may be cut off: 2^-10 of the light, of which sRGB shows
// 1.055 / 2.4, 4.3e-4. A row of 1024 colours differs from the curve by h^2 / 8 times its second derivative,
// of light at most 27 in three segments: 3.3e-6, of which sRGB shows 12.92 where it is darkest: 4e-5.
constexpr double gradient_tolerance = 5e-4;
// Lightness of colours comes from half floats as well: 4.3e-4 more, in a gradient that rises by at most 1.
constexpr double coloured_tolerance = 1e-3;

Colour colour_of(unsigned rgb) {
    return {(rgb >> 16) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0};
}

using Matrix3 = std::array<Colour, 3>;

/// OKLab's matrices, Ottosson 2020: linear light to cones, and the cones' cube roots to lightness and colour.
constexpr Matrix3 cones{{{0.4122214708, 0.5363325363, 0.0514459929},
                         {0.2119034982, 0.6806995451, 0.1073969566},
                         {0.0883024619, 0.2817188376, 0.6299787005}}};
constexpr Matrix3 opponents{{{0.2104542553, 0.7936177850, -0.0040720468},
                             {1.9779984951, -2.4285922050, 0.4505937099},
                             {0.0259040371, 0.7827717662, -0.8086757660}}};

Colour times(const Matrix3& m, const Colour& v) {
    Colour result{};
    for (size_t i = 0; i < 3; ++i) result[i] = m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2];
    return result;
}

double determinant(const Matrix3& m) {
    return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
           m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
           m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

/// What times() makes into `v`, by Cramer's rule.
Colour solved(const Matrix3& m, const Colour& v) {
    Colour result{};
    for (size_t j = 0; j < 3; ++j) {
        Matrix3 replaced = m;
        for (size_t i = 0; i < 3; ++i) replaced[i][j] = v[i];
        result[j] = determinant(replaced) / determinant(m);
    }
    return result;
}

Colour each(Colour v, double (*change)(double)) {
    for (double& x : v) x = change(x);
    return v;
}

Colour oklab_of(const Colour& srgb) {
    return times(opponents, each(times(cones, each(srgb, light_of)), std::cbrt));
}

Colour light_of_oklab(const Colour& lab) {
    return solved(cones, each(solved(opponents, lab), [](double x) { return x * x * x; }));
}

struct Gradient {
    std::vector<std::pair<double, unsigned>> stops;  // by place
    std::string interpolation = "oklab";

    json params() const {
        json list = json::array();
        for (const auto& [at, rgb] : stops) list.push_back({at, fmt::format("#{:06x}", rgb)});
        return {{"stops", list}, {"interpolation", interpolation}};
    }
    /// Linear light.
    Pixel at(double lightness) const {
        const double place = std::clamp(lightness, stops.front().first, stops.back().first);
        size_t next = 1;
        while (stops[next].first < place) ++next;
        const auto& [from, a] = stops[next - 1];
        const auto& [to, b] = stops[next];
        const double share = (place - from) / (to - from);
        const auto mixed = [&](const Colour& x, const Colour& y) {
            return Colour{x[0] + share * (y[0] - x[0]), x[1] + share * (y[1] - x[1]),
                          x[2] + share * (y[2] - x[2])};
        };
        Colour light{};
        if (interpolation == "oklab")
            light = light_of_oklab(mixed(oklab_of(colour_of(a)), oklab_of(colour_of(b))));
        else if (interpolation == "srgb")
            light = each(mixed(colour_of(a), colour_of(b)), light_of);
        else
            light = mixed(each(colour_of(a), light_of), each(colour_of(b), light_of));
        return {light[0], light[1], light[2], 1};
    }
};

/// Of which places are entries of the row, so that it has the corners as they are.
Gradient three_segments(const std::string& interpolation) {
    return {{{0, 0x102030}, {341 / 1023.0, 0xe04060}, {682 / 1023.0, 0x30a080}, {1, 0xfff0c0}},
            interpolation};
}

TEST_F(GradientMap, LightnessIsAPlaceInTheGradient) {
    for (const char* interpolation : {"oklab", "linear light", "srgb"}) {
        const Gradient gradient = three_segments(interpolation);
        for (const auto& [width, height] : {std::pair(1, 1), std::pair(7, 5), std::pair(32, 32)}) {
            const ImageRef picture = noisy({.width = width, .height = height, .low = -0.2f, .high = 1.2f});
            const Plane plane(*picture);
            expect_pixels(*run("image.gradient_map", gradient.params(), {{"image", picture}}),
                          gradient_tolerance, [&](int x, int y) { return gradient.at(plane.near(x, y)[0]); });
        }
    }
}

TEST_F(GradientMap, ALargePictureIsMapped) {
    const Gradient gradient = three_segments("oklab");
    const ImageRef picture = noisy({.width = 512, .height = 512, .channels = 1});
    std::vector<Pixel> levels;  // noisy() has so many
    for (int i = 0; i < 4096; ++i) levels.push_back(gradient.at(i / 4095.0));
    const Plane plane(*picture);
    expect_pixels(
        *run("image.gradient_map", gradient.params(), {{"image", picture}}), gradient_tolerance,
        [&](int x, int y) { return levels[static_cast<size_t>(std::lround(4095 * plane.near(x, y)[0]))]; });
}

TEST_F(GradientMap, OfColoursTheLuminanceOfADisplayCounts) {
    const Gradient gradient{{{0, 0x204060}, {1, 0xffc080}}, "srgb"};
    const ImageRef picture = noisy({.encoding = Encoding::Srgb32f});
    const Plane plane(*picture);
    expect_pixels(*run("image.gradient_map", gradient.params(), {{"image", picture}}), coloured_tolerance,
                  [&](int x, int y) {
                      const Pixel& light = plane.near(x, y);
                      return gradient.at(srgb_of(0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]));
                  });
}

TEST_F(GradientMap, FromBlackToWhiteInSrgbGreysStayAsTheyAre) {
    const ImageRef picture = noisy({.channels = 1, .encoding = Encoding::Srgb32f});
    expect_near(
        *run("image.gradient_map", Gradient{{{0, 0}, {1, 0xffffff}}, "srgb"}.params(), {{"image", picture}}),
        Plane(*picture), coloured_tolerance);
}

// Red and white as Ottosson gives them, to three digits. Lightness of OKLab is the cube root of light.
TEST_F(GradientMap, HalfwayToWhiteInOklabIsAnEighthOfTheLight) {
    EXPECT_NEAR(oklab_of({1, 0, 0})[0], 0.628, 5e-4);
    EXPECT_NEAR(oklab_of({1, 0, 0})[1], 0.225, 5e-4);
    EXPECT_NEAR(oklab_of({1, 0, 0})[2], 0.126, 5e-4);
    EXPECT_NEAR(oklab_of({1, 1, 1})[0], 1, 1e-6);
    const ImageRef half = noisy({.low = 0.5f, .high = 0.5f});
    expect_pixels(
        *run("image.gradient_map", Gradient{{{0, 0}, {1, 0xffffff}}, "oklab"}.params(), {{"image", half}}),
        gradient_tolerance, [](int, int) {
            return Pixel{0.125, 0.125, 0.125, 1};
        });
}

TEST_F(GradientMap, EndsAreTheFirstAndTheLastStopHoweverOftenItRepeats) {
    const ImageRef ends = painted({.width = 2, .height = 1, .channels = 1, .encoding = Encoding::Data32f},
                                  [](int x, int, int) { return x; });
    for (const int repeats : {1, 2, 3, 64})
        for (const int phase : {0, 1, -3}) {
            json params = Gradient{{{0, 0xff0000}, {1, 0x0000ff}}, "srgb"}.params();
            params["repeats"] = repeats;
            params["phase"] = phase;
            expect_pixels(*run("image.gradient_map", params, {{"image", ends}}), gradient_tolerance,
                          [](int x, int) {
                              return x == 0 ? Pixel{1, 0, 0, 1} : Pixel{0, 0, 1, 1};
                          });
        }
}

// Three rounds go three times as fast: the second derivative counts as before, since the row is the same.
TEST_F(GradientMap, PhaseMovesAndRepeatsGoAround) {
    const Gradient round{{{0, 0x205080}, {341 / 1023.0, 0xf0c040}, {1, 0x205080}}, "oklab"};
    const ImageRef picture = noisy({.channels = 1});
    const Plane plane(*picture);
    json params = round.params();
    params["repeats"] = 2.5;
    params["phase"] = -0.7;
    expect_pixels(*run("image.gradient_map", params, {{"image", picture}}), gradient_tolerance,
                  [&](int x, int y) {
                      const double place = 2.5 * plane.near(x, y)[0] - 0.7;
                      return round.at(place - std::floor(place));
                  });
    params["repeats"] = 0;
    expect_pixels(*run("image.gradient_map", params, {{"image", picture}}), gradient_tolerance,
                  [&](int, int) { return round.at(0.3); });
}

TEST_F(GradientMap, StopsComeInAnyOrderAndTwoAtOnePlaceMakeAHardEdge) {
    const json stops = json::parse(R"([[0.5, "#ff0000"], [1, "#00FF00"], [0, "#ff0000"], [0.5, "#0000ff"]])");
    const ImageRef grey = painted({.width = 2, .height = 1, .channels = 1, .encoding = Encoding::Data32f},
                                  [](int x, int, int) { return x == 0 ? 0.49 : 0.51; });
    expect_pixels(
        *run("image.gradient_map", {{"stops", stops}, {"interpolation", "linear light"}}, {{"image", grey}}),
        gradient_tolerance, [](int x, int) {
            return x == 0 ? Pixel{1, 0, 0, 1} : Pixel{0, 0.02, 0.98, 1};
        });
}

TEST_F(GradientMap, FollowsWhenStopsOrInterpolationChange) {
    Alone node("image.gradient_map");
    Source source;
    source.image = noisy({});
    node.link("image", source.image);
    const Plane plane(*source.image.value());
    for (const char* interpolation : {"oklab", "srgb", "linear light", "oklab"})
        for (const unsigned last : {0xf0c040u, 0x40c0f0u}) {
            const Gradient gradient{{{0, 0x302010}, {1, last}}, interpolation};
            for (const char* name : {"stops", "interpolation"}) node.set(name, gradient.params()[name]);
            node.node->process(tick());
            expect_pixels(*node.get<ImageRef>("image"), gradient_tolerance,
                          [&](int x, int y) { return gradient.at(plane.near(x, y)[0]); });
        }
}

TEST_F(GradientMap, SaysWhatIsWrongWithStops) {
    Alone node("image.gradient_map");
    const auto said = [&](const char* stops) { return node.node->param("stops")->set(json::parse(stops)); };
    EXPECT_EQ(said(R"([[0, "#000000"], [1, "#AbCdEf"]])"), "");
    EXPECT_THAT(said("7"), HasSubstr("stops must be a list of 2 to 64"));
    EXPECT_THAT(said(R"([[0, "#000000"]])"), HasSubstr("stops must be a list of 2 to 64"));
    EXPECT_THAT(said(R"([[0, "#000000"], ["1", "#ffffff"]])"),
                HasSubstr("stop 2 must be such as [0.5, \"#ff8000\"]"));
    EXPECT_THAT(said(R"([[0, "#000000"], [1, "#ffffff", 2]])"), HasSubstr("stop 2 must be such as"));
    EXPECT_THAT(said(R"([[0, "#000000"], [1.5, "#ffffff"]])"),
                HasSubstr("stop 2 is at 1.5; places are from 0 to 1"));
    for (const char* colour : {"", "red", "#fff", "ffffff0", "#12345g", "#-12345", "#1234567"})
        EXPECT_THAT(said(fmt::format(R"([[0, "{}"], [1, "#ffffff"]])", colour).c_str()),
                    HasSubstr(fmt::format("the colour '{}' of stop 1 must be such as #ff8000", colour)));
    json many = json::array();
    for (int i = 0; i < 65; ++i) many.push_back({i / 64.0, "#000000"});
    EXPECT_THAT(said(many.dump().c_str()), HasSubstr("stops must be a list of 2 to 64"));
}

// Of alpha, below 1 and no light, the whole 2^-11 is seen; it is the same when it goes.
TEST_F(GradientMap, LeavesAlphaAlone) {
    const Gradient gradient{{{0, 0x204060}, {1, 0xffc080}}, "srgb"};
    const ImageRef picture = noisy({.channels = 4, .encoding = Encoding::Srgb32f, .low = 0.2f});
    const Plane plane(*picture);
    expect_pixels(*run("image.gradient_map", gradient.params(), {{"image", picture}}), coloured_tolerance,
                  [&](int x, int y) {
                      const Pixel& from = plane.near(x, y);
                      const double light = (0.2126 * from[0] + 0.7152 * from[1] + 0.0722 * from[2]) / from[3];
                      return from[3] * gradient.at(srgb_of(light));
                  });
}

TEST_F(GradientMap, DataBecomeAColourPicture) {
    const ImageRef result = run("image.gradient_map", {}, {{"image", noisy({.channels = 1})}});
    EXPECT_EQ(result->encoding, Encoding::Linear16f);
    EXPECT_EQ(result->channels, 3);
}

TEST_F(GradientMap, KeepsWhatTilesTiling) {
    expect_tiles("image.gradient_map", {{"repeats", 3}, {"phase", 0.2}});
}

}  // namespace
}  // namespace gan
