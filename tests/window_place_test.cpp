#include "editor/window/window_place.h"

#include <gtest/gtest.h>

namespace gan {
namespace {

using Screen = WindowSystem::Screen;

/// A laptop, a projector to its left, and a screen above both that stands upright: (x, y, width, height).
const std::vector<Screen> three{{.name = "laptop", .x = 0, .y = 0, .width = 1920, .height = 1200},
                                {.name = "projector", .x = -1280, .y = 0, .width = 1280, .height = 720},
                                {.name = "upright", .x = -100, .y = -1920, .width = 1080, .height = 1920}};

TEST(WindowPlace, FullscreenIsTheWholeScreenWhereverItIs) {
    EXPECT_EQ(output_place(three[0], true), (WindowPlace{0, 0, 1920, 1200}));
    EXPECT_EQ(output_place(three[1], true), (WindowPlace{-1280, 0, 1280, 720}));
    EXPECT_EQ(output_place(three[2], true), (WindowPlace{-100, -1920, 1080, 1920}));
}

TEST(WindowPlace, AWindowIsHalfTheScreenInItsMiddle) {
    EXPECT_EQ(output_place(three[0], false), (WindowPlace{480, 300, 960, 600}));
    EXPECT_EQ(output_place(three[1], false), (WindowPlace{-960, 180, 640, 360}));
    EXPECT_EQ(output_place({.x = 10, .y = 20, .width = 400, .height = 300}, false),
              (WindowPlace{50, 50, 320, 240}))
        << "no smaller than one can grasp";
}

TEST(WindowPlace, ANumberIsASquareInTheMiddleOfItsScreen) {
    EXPECT_EQ(number_place(three[1]), (WindowPlace{-760, 240, 240, 240}));
    EXPECT_EQ(number_place(three[2]), (WindowPlace{260, -1140, 360, 360}));
}

TEST(WindowPlace, AWindowIsOnTheScreenThatHasItsMiddle) {
    for (size_t i = 0; i < three.size(); ++i)
        for (const bool fullscreen : {true, false})
            EXPECT_EQ(screen_of(output_place(three[i], fullscreen), three), static_cast<int>(i));
    EXPECT_EQ(screen_of({-700, 100, 800, 600}, three), 1) << "a quarter of it is on the laptop's";
    EXPECT_EQ(screen_of({-500, 100, 1000, 600}, three), 0) << "screens meet at 0, which is the laptop's";
    EXPECT_EQ(screen_of({5000, 5000, 100, 100}, three), 0) << "on none";
    EXPECT_EQ(screen_of({0, 0, 100, 100}, {}), 0);
}

TEST(WindowPlace, TheOutputGoesWhereItWasChosenOrToAnotherScreenThanTheEditors) {
    EXPECT_EQ(screen_for_output({}, 0, 2), 1);
    EXPECT_EQ(screen_for_output({}, 1, 2), 0);
    EXPECT_EQ(screen_for_output({}, 2, 3), 0);
    EXPECT_EQ(screen_for_output({}, 0, 1), 0) << "there is no other";
    EXPECT_EQ(screen_for_output(2, 0, 3), 2);
    EXPECT_EQ(screen_for_output(0, 0, 3), 0) << "over the editor, where that was chosen";
    EXPECT_EQ(screen_for_output(2, 0, 2), 1) << "the one that was chosen was pulled out";
    EXPECT_EQ(screen_for_output(1, 0, 0), 0);
}

}  // namespace
}  // namespace gan
