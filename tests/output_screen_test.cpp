#include "editor/window/output_picture.h"
#include "nodes/picture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace gan {
namespace {

/// "640x320 at 0,80": of a picture on the output's screen, each as (width, height).
std::string placed_as(const std::array<int, 2>& picture, const std::array<int, 2>& screen,
                      OutputScaling scaling) {
    const PicturePlace at =
        place_on_screen({.width = picture[0], .height = picture[1]},
                        {static_cast<float>(screen[0]), static_cast<float>(screen[1])}, scaling);
    return fmt::format("{:.0f}x{:.0f} at {:.0f},{:.0f}", at.max.x - at.min.x, at.max.y - at.min.y, at.min.x,
                       at.min.y);
}
Painter::Filter filter_of(int side, OutputScaling scaling) {
    return place_on_screen({.width = side, .height = side}, {640, 480}, scaling).filter;
}

TEST(OutputPlace, FitIsAllOfItAsLargeAsItFits) {
    EXPECT_EQ(placed_as({64, 32}, {640, 480}, OutputScaling::Fit), "640x320 at 0,80");
    EXPECT_EQ(placed_as({32, 64}, {640, 480}, OutputScaling::Fit), "240x480 at 200,0");
    EXPECT_EQ(placed_as({4000, 2000}, {640, 480}, OutputScaling::Fit), "640x320 at 0,80");
    EXPECT_EQ(filter_of(64, OutputScaling::Fit), Painter::Filter::Smooth);
}

TEST(OutputPlace, FillCoversTheScreenAndIsCutOffOnBothSides) {
    EXPECT_EQ(placed_as({64, 32}, {640, 480}, OutputScaling::Fill), "960x480 at -160,0");
    EXPECT_EQ(placed_as({32, 64}, {640, 480}, OutputScaling::Fill), "640x1280 at 0,-400");
}

TEST(OutputPlace, IntegerIsTheLargestWholeMultipleInSquares) {
    EXPECT_EQ(placed_as({100, 100}, {640, 480}, OutputScaling::Integer), "400x400 at 120,40");
    EXPECT_EQ(placed_as({640, 480}, {640, 480}, OutputScaling::Integer), "640x480 at 0,0");
    EXPECT_EQ(filter_of(100, OutputScaling::Integer), Painter::Filter::Nearest);
}

TEST(OutputPlace, IntegerFitsWhereNotEvenOneDoes) {
    EXPECT_EQ(placed_as({1000, 500}, {640, 480}, OutputScaling::Integer), "640x320 at 0,80");
    EXPECT_EQ(filter_of(1000, OutputScaling::Integer), Painter::Filter::Smooth);
}

TEST(OutputPlace, BicubicIsWhereFitIs) {
    EXPECT_EQ(placed_as({64, 32}, {640, 480}, OutputScaling::Bicubic), "640x320 at 0,80");
    EXPECT_EQ(filter_of(64, OutputScaling::Bicubic), Painter::Filter::Bicubic);
}

TEST(OutputPlace, StretchHasTheScreensShape) {
    EXPECT_EQ(placed_as({64, 32}, {640, 480}, OutputScaling::Stretch), "640x480 at 0,0");
    EXPECT_EQ(placed_as({32, 64}, {640, 480}, OutputScaling::Stretch), "640x480 at 0,0");
}

TEST(OutputPlace, PicturesLieOnWholePixels) {
    EXPECT_EQ(placed_as({3, 3}, {10, 7}, OutputScaling::Fit), "7x7 at 1,0");
    EXPECT_EQ(placed_as({3, 3}, {10, 7}, OutputScaling::Integer), "6x6 at 2,0");
    EXPECT_EQ(placed_as({3, 2}, {10, 7}, OutputScaling::Fill), "11x7 at -1,0");
}

/// Red beside green: 2 x 1 pixels.
ImageRef red_beside_green() {
    const ImageInfo info{.width = 2, .height = 1, .encoding = Encoding::Srgb8};
    return std::make_shared<Image>(info, std::vector<float>{1, 0, 0, 0, 1, 0});
}

/// A screen of 80 x 60 px without a window: what an output shows there, drawn by the software driver under
/// Vulkan's validation layers.
class OutputDrawing : public testing::Test {
protected:
    static constexpr int width = 80, height = 60;
    using Colour = std::array<int, 3>;
    static constexpr Colour black{0, 0, 0}, white{255, 255, 255}, red{255, 0, 0}, green{0, 255, 0};

    OutputDrawing() { instance_->take_messages(); }
    ~OutputDrawing() override {
        painter_.reset();
        target_.reset();
        EXPECT_EQ(instance_->take_messages(), std::vector<std::string>{}) << "Vulkan was misused";
    }
    /// (height, width, 4)
    using Pixels = std::vector<uint8_t>;
    Pixels shown(const OutputScreen::Wish& wish, const ImageRef& picture) {
        const TextureRef texture = picture == nullptr ? nullptr : texture_of(Tick{.gpu = &gpu_}, *picture);
        painter_->begin();
        draw_output(*painter_, target_->target(), wish, picture, texture);
        painter_->end(VK_NULL_HANDLE, VK_NULL_HANDLE);
        return target_->read();
    }
    Pixels scaled(OutputScaling scaling) { return shown({.scaling = scaling}, red_beside_green()); }
    /// The number of a screen, as it stands there alone.
    Pixels numbered(int number) {
        painter_->begin();
        painter_->start(target_->target(), IM_COL32_BLACK);
        painter_->fill_card(number, true);
        painter_->rectangle({0, 0}, {width, height});
        painter_->finish();
        painter_->end(VK_NULL_HANDLE, VK_NULL_HANDLE);
        return target_->read();
    }
    static Colour at(const Pixels& pixels, int x, int y) {
        const auto first = static_cast<size_t>(4 * (y * width + x));
        return {pixels.at(first), pixels.at(first + 1), pixels.at(first + 2)};
    }
    static bool all_black(const Pixels& pixels) {
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x)
                if (at(pixels, x, y) != black) return false;
        return true;
    }

    Gpu gpu_{"software", true};
    const std::shared_ptr<VulkanInstance> instance_ = VulkanInstance::get(true);
    std::unique_ptr<Painter> painter_ = std::make_unique<Painter>(gpu_.device());
    std::unique_ptr<Offscreen> target_ = std::make_unique<Offscreen>(gpu_.device(), width, height);
};

TEST_F(OutputDrawing, FitLeavesBlackAboveAndBelow) {
    const Pixels pixels = scaled(OutputScaling::Fit);  // 80 x 40 px
    EXPECT_EQ(at(pixels, 2, 9), black);
    EXPECT_EQ(at(pixels, 2, 10), red);
    EXPECT_EQ(at(pixels, 77, 49), green);
    EXPECT_EQ(at(pixels, 77, 50), black);
    const Colour middle = at(pixels, 39, 30);
    EXPECT_GT(middle[0], 100) << "it is smooth";
    EXPECT_GT(middle[1], 100) << "it is smooth";
}

TEST_F(OutputDrawing, FillLeavesNothingBlack) {
    const Pixels pixels = scaled(OutputScaling::Fill);  // 120 x 60 px
    EXPECT_EQ(at(pixels, 0, 0), red);
    EXPECT_EQ(at(pixels, 0, 59), red);
    EXPECT_EQ(at(pixels, 79, 0), green);
    EXPECT_EQ(at(pixels, 79, 59), green);
}

TEST_F(OutputDrawing, IntegerHasSharpSquares) {
    const Pixels pixels = scaled(OutputScaling::Integer);  // 40 px each
    EXPECT_EQ(at(pixels, 39, 30), red);
    EXPECT_EQ(at(pixels, 40, 30), green);
    EXPECT_EQ(at(pixels, 39, 9), black);
}

TEST_F(OutputDrawing, BicubicIsSmoothInAnotherWay) {
    const Pixels pixels = scaled(OutputScaling::Bicubic);
    EXPECT_EQ(at(pixels, 2, 9), black);
    EXPECT_EQ(at(pixels, 2, 10), red);
    EXPECT_NE(pixels, scaled(OutputScaling::Fit));
}

TEST_F(OutputDrawing, StretchReachesEveryCorner) {
    const Pixels pixels = scaled(OutputScaling::Stretch);
    EXPECT_EQ(at(pixels, 0, 0), red);
    EXPECT_EQ(at(pixels, 0, 59), red);
    EXPECT_EQ(at(pixels, 79, 0), green);
    EXPECT_EQ(at(pixels, 79, 59), green);
}

TEST_F(OutputDrawing, BlackIsBlackWhateverPlays) {
    EXPECT_TRUE(all_black(shown({.shows = OutputShows::Black}, red_beside_green())));
    EXPECT_TRUE(all_black(shown({.shows = OutputShows::Picture}, nullptr))) << "there is no picture yet";
    EXPECT_TRUE(all_black(shown({.shows = OutputShows::Frozen}, nullptr)));
    EXPECT_FALSE(all_black(shown({.shows = OutputShows::Picture}, red_beside_green())));
}

TEST_F(OutputDrawing, AFrozenPictureIsShownAsItWas) {
    const ImageRef picture = red_beside_green();
    EXPECT_EQ(shown({.shows = OutputShows::Frozen}, picture),
              shown({.shows = OutputShows::Picture}, picture));
}

TEST_F(OutputDrawing, TheTestCardHasEdgesAndTheScreensNumber) {
    const Pixels card = shown({.shows = OutputShows::TestCard, .number = 1}, nullptr);
    for (const int x : {0, width - 1})
        for (const int y : {0, height - 1}) EXPECT_EQ(at(card, x, y), white) << x << ", " << y;
    EXPECT_NE(at(card, 1, 1), white) << "its edge is one px";
    EXPECT_NE(shown({.shows = OutputShows::TestCard, .number = 2}, nullptr), card);
    EXPECT_EQ(shown({.scaling = OutputScaling::Fill, .shows = OutputShows::TestCard, .number = 1},
                    red_beside_green()),
              card)
        << "the picture is no part of it";
}

TEST_F(OutputDrawing, ANumberStandsAloneOnItsScreen) {
    const Pixels first = numbered(1);
    EXPECT_LT(at(first, 0, 0)[0], 40);
    int lit = 0;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) lit += at(first, x, y)[0] > 230 ? 1 : 0;
    EXPECT_GT(lit, 20) << "px of its strokes";
    EXPECT_NE(numbered(2), first);
}

}  // namespace
}  // namespace gan
