#include "tests/picture_nodes.h"

#include <limits>
#include <numbers>

namespace gan {
namespace {

using nlohmann::json;

class Feedback : public PictureTest {
protected:
    /// The node alone, whose picture can be changed between ticks.
    struct Loop {
        Loop(const json& params, const ImageRef& picture) : node("image.feedback", params) {
            source.image = picture;
            node.link("image", source.image);
        }
        ImageRef step(const Tick& tick) {
            node.node->process(tick);
            return node.get<ImageRef>("image");
        }
        Source source;
        Alone node;
    };
    /// The result of the last of so many ticks.
    static ImageRef after(int ticks, const json& params, const ImageRef& picture) {
        Loop loop(params, picture);
        for (int i = 1; i < ticks; ++i) loop.step(tick(i - 1));
        return loop.step(tick(ticks - 1));
    }
};

/// The past that comes to each pixel: moved by (x, y) pixels and turned by `degrees` about the centre, after
/// it grew by `scale`. The inverse of each step in turn.
Plane moved_past(const Plane& past, double x, double y, double degrees, double scale) {
    Plane result(past.width, past.height);
    const double angle = degrees * std::numbers::pi / 180;
    for (int j = 0; j < past.height; ++j)
        for (int i = 0; i < past.width; ++i) {
            const double u = i + 0.5 - past.width / 2.0 - x;
            const double v = j + 0.5 - past.height / 2.0 - y;
            const double back_u = std::cos(angle) * u + std::sin(angle) * v;
            const double back_v = std::cos(angle) * v - std::sin(angle) * u;
            result.at(i, j) =
                past.between(back_u / scale + past.width / 2.0, back_v / scale + past.height / 2.0);
        }
    return result;
}

TEST_F(Feedback, IsThePictureInTheFirstTickAndWithoutDecay) {
    const ImageRef picture = noisy({.encoding = Encoding::Srgb32f});
    EXPECT_EQ(after(1, {}, picture), picture);
    EXPECT_EQ(after(4, {{"decay", 0}, {"mode", "add"}}, picture), picture);
}

// Of opaque pictures: s over, added to, screened with, or lightened by d times the past.
TEST_F(Feedback, LaysThePictureOverItsPast) {
    const double d = 0.75;
    const std::pair<const char*, double (*)(double, double, double)> modes[] = {
        {"over", [](double s, double, double) { return s; }},
        {"add", [](double s, double past, double d) { return s + d * past; }},
        {"screen", [](double s, double past, double d) { return 1 - (1 - s) * (1 - d * past); }},
        // Composited: the past is there by d, and where it is, the lighter of the two.
        {"lighten", [](double s, double past, double d) { return (1 - d) * s + d * std::max(s, past); }}};
    const ImageRef first = noisy({});
    const ImageRef second = noisy({.seed = 2});
    const Plane b(*first);
    const Plane s(*second);
    for (const auto& [mode, formula] : modes) {
        SCOPED_TRACE(mode);
        Loop loop({{"mode", mode}, {"decay", d}}, first);
        loop.step(tick(0));
        loop.source.image = second;
        // 32-bit floats: a few roundings of 2^-24.
        expect_pixels(*loop.step(tick(1)), 1e-6, [&, formula = formula](int x, int y) {
            Pixel pixel = s.near(x, y);
            for (size_t c = 0; c < 3; ++c) pixel[c] = formula(pixel[c], b.near(x, y)[c], d);
            return pixel;
        });
    }
}

TEST_F(Feedback, FadesByTheSameShareEachTick) {
    const ImageInfo info{.width = 3, .height = 1, .channels = 1, .encoding = Encoding::Data32f};
    Loop loop({{"mode", "add"}, {"decay", 0.5}}, painted(info, [](int x, int, int) { return x; }));
    loop.step(tick(0));
    loop.source.image = painted(info, [](int, int, int) { return 0; });
    for (int i = 1; i < 5; ++i)
        EXPECT_THAT(loop.step(tick(i))->pixels(),
                    testing::ElementsAre(0, std::exp2f(-static_cast<float>(i)),
                                         2 * std::exp2f(-static_cast<float>(i))));
}

TEST_F(Feedback, MovesTurnsAndGrowsThePast) {
    for (const auto& [width, height] : sizes())
        for (const bool tiles : {false, true}) {
            if (tiles && width > 100) continue;
            const ImageRef picture = noisy({.width = width, .height = height, .tiles = tiles});
            const Plane s(*picture);
            const json params{{"mode", "add"}, {"decay", 0.5}, {"x", 0.1},
                              {"y", -0.05},    {"rotate", 20}, {"scale", 1.25}};
            Plane expected = s;
            for (int i = 1; i < 3; ++i) {
                Plane past = moved_past(expected, 0.1 * width, -0.05 * height, 20, 1.25);
                for (size_t p = 0; p < s.pixels.size(); ++p)
                    past.pixels[p] = s.pixels[p] + 0.5 * past.pixels[p];
                expected = past;  // which, being turned, tiles no longer
            }
            // Places are up to 512 and come of some five roundings of 2^-24, and neighbours differ by up
            // to 1.5 in both directions: twice 5 * 512 * 2^-24 * 1.5, halved once.
            expect_near(*after(3, params, picture), expected, 4e-4);
        }
}

TEST_F(Feedback, TakesWhatLiesBeyondThePastFromWhereItIsTold) {
    const ImageInfo info{.width = 4, .height = 1, .channels = 1, .encoding = Encoding::Data32f};
    const auto beyond = [&](const char* edge) {
        Loop loop({{"mode", "add"}, {"decay", 1}, {"x", 0.5}, {"edge", edge}},
                  painted(info, [](int x, int, int) { return x + 1; }));
        loop.step(tick(0));
        loop.source.image = painted(info, [](int, int, int) { return 0; });
        return loop.step(tick(1))->pixels();
    };
    EXPECT_THAT(beyond("automatic"), testing::ElementsAre(1, 1, 1, 2));
    EXPECT_THAT(beyond("wrap"), testing::ElementsAre(3, 4, 1, 2));
    EXPECT_THAT(beyond("mirror"), testing::ElementsAre(2, 1, 1, 2));
    EXPECT_THAT(beyond("clamp"), testing::ElementsAre(1, 1, 1, 2));
    EXPECT_THAT(beyond("empty"), testing::ElementsAre(0, 0, 1, 2));
}

TEST_F(Feedback, ShowsThePastWhereThePictureIsTransparent) {
    const ImageInfo info{.width = 2, .height = 1, .channels = 4, .encoding = Encoding::Srgb32f};
    const ImageRef red = painted(info, [](int, int, int c) { return c == 0 || c == 3 ? 1 : 0; });
    Loop loop({{"mode", "over"}, {"decay", 0.5}}, red);
    loop.step(tick(0));
    // Green, of which the right pixel is transparent.
    loop.source.image = painted(info, [](int x, int, int c) { return c == 1 || (c == 3 && x == 0) ? 1 : 0; });
    // The encoding of 1 rounds.
    EXPECT_THAT(
        loop.step(tick(1))->pixels(),
        testing::Pointwise(testing::FloatNear(1e-6f), {0.0f, 1.0f, 0.0f, 1.0f, 1.0f, 0.0f, 0.0f, 0.5f}));
}

TEST_F(Feedback, TurnsTheHueOfThePastAndKeepsItsLuminance) {
    const ImageInfo info{.width = 1, .height = 1, .encoding = Encoding::Srgb32f};
    Loop loop({{"mode", "add"}, {"decay", 1}, {"hue", 120}},
              painted(info, [](int, int, int c) { return c == 0 ? 0.7 : 0.5; }));
    loop.step(tick(0));
    loop.source.image = painted(info, [](int, int, int) { return 0; });
    const auto turned = loop.step(tick(1));
    const double red = light_of(0.7);
    const double other = light_of(0.5);
    // A third of a turn: what was red is green, and all are less by what is brighter of that.
    const double less = (0.7152 - 0.2126) * (red - other);
    // Half floats: see grade_test.cpp.
    expect_pixels(*turned, 1e-3, [&](int, int) { return Pixel{other - less, red - less, other - less, 1}; });
}

TEST_F(Feedback, BeginsAnewWhenItIsResetOrThePictureIsAnother) {
    const ImageRef picture = noisy({});
    Loop loop({{"mode", "add"}, {"decay", 1}}, picture);
    loop.step(tick(0));
    EXPECT_NE(loop.step(tick(1)), picture);
    loop.node.node->reset();
    EXPECT_EQ(loop.step(tick(0)), picture);
    loop.step(tick(1));
    for (const ImageRef& other : {noisy({.width = 17}), noisy({.height = 17, .encoding = Encoding::Srgb32f}),
                                  noisy({.height = 17})}) {
        loop.source.image = other;
        EXPECT_EQ(loop.step(tick(2)), other);
    }
}

TEST_F(Feedback, BeginsAnewWhenTheGpuWasLost) {
    Gpu own("software", true);
    const Tick here{.gpu = &own};
    const ImageRef picture = noisy({});
    Loop loop({{"mode", "add"}, {"decay", 1}}, picture);
    loop.step(here);
    const ImageRef before = loop.step(here);
    own.device()->inject({.submission = 1});
    EXPECT_THROW(before->pixels(), std::exception);
    EXPECT_EQ(loop.step(here), picture);
    const Plane plane(*picture);
    expect_pixels(*loop.step(here), 1e-6, [&](int x, int y) {
        Pixel pixel = plane.near(x, y);
        for (size_t c = 0; c < 3; ++c) pixel[c] *= 2;
        return pixel;
    });
}

// Added for ever, light ends at the most that half floats hold; and a number that is none does not stay.
TEST_F(Feedback, NeverLosesItselfInNumbersThatAreNone) {
    const ImageInfo info{.width = 3, .height = 3, .channels = 1, .encoding = Encoding::Data32f};
    const ImageRef zero = painted(info, [](int, int, int) { return 0; });
    for (const double bad :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        Loop loop({{"mode", "add"}, {"decay", 0.5}},
                  painted(info, [&](int x, int, int) { return x == 1 ? bad : 1; }));
        loop.step(tick(0));
        loop.source.image = zero;
        for (int i = 1; i < 3; ++i) loop.step(tick(i));
        for (const float v : loop.step(tick(3))->pixels()) EXPECT_TRUE(std::isfinite(v));
    }
    const ImageRef white =
        painted({.width = 1, .height = 1, .encoding = Encoding::Srgb8}, [](int, int, int) { return 1; });
    const ImageRef bright = run("image.grade", {{"exposure", 10}}, {{"image", white}});
    const ImageRef most = after(100, {{"mode", "add"}, {"decay", 1}}, bright);
    EXPECT_THAT(run("image.grade", {{"exposure", -10}}, {{"image", most}})->pixels(), testing::Each(1));
}

TEST_F(Feedback, TilesWhileThePastIsMovedAndNotTurned) {
    const ImageRef tile = noisy({.width = 24, .height = 16, .tiles = true});
    const auto tiles = [&](const json& params) {
        const ImageRef result = after(3, params, tile);
        return result->wrap_x && result->wrap_y;
    };
    EXPECT_TRUE(tiles({{"x", 0.1}}));
    EXPECT_TRUE(tiles({{"scale", 0.5}}));
    EXPECT_TRUE(tiles({{"edge", "clamp"}}));
    EXPECT_FALSE(tiles({{"x", 0.1}, {"edge", "clamp"}}));
    EXPECT_FALSE(tiles({{"rotate", 1}}));
    EXPECT_FALSE(tiles({{"scale", 1.1}}));
    // Moved by whole pixels before or after, the same comes out: places up to 24 round by some 2^-24 of that.
    const json params{{"mode", "add"}, {"decay", 0.5}, {"x", 0.13}, {"y", 0.3}};
    expect_near(*after(3, params, rolled(*tile, 7, 5)), Plane(*rolled(*after(3, params, tile), 7, 5)), 2e-5);
}

}  // namespace
}  // namespace gan
