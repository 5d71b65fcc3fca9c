#include "editor/window/picture_pace.h"

#include <gtest/gtest.h>

namespace gan {
namespace {

using namespace std::chrono_literals;

/// Pictures that are shown one after the other.
class PicturePaceTest : public testing::Test {
protected:
    void shown_after(PicturePace::Clock::duration interval, int times = 1) {
        for (int i = 0; i < times; ++i) pace_.shown(now_ += interval);
    }
    PicturePace pace_;
    PicturePace::Clock::time_point now_{};
};

TEST_F(PicturePaceTest, OnePictureTellsNothing) {
    EXPECT_EQ(pace_.average(), 0);
    shown_after(5ms);
    EXPECT_EQ(pace_.average(), 0);
    EXPECT_EQ(pace_.worst(), 0);
}

TEST_F(PicturePaceTest, IsTheTimeFromPictureToPicture) {
    shown_after(20ms, 3);
    shown_after(50ms);
    EXPECT_DOUBLE_EQ(pace_.average(), 30);  // (20 + 20 + 50) / 3
    EXPECT_DOUBLE_EQ(pace_.worst(), 50);
}

TEST_F(PicturePaceTest, ALatePictureCountsUntilSixtyOthersWereShown) {
    shown_after(10ms, 2);
    shown_after(999ms);
    shown_after(10ms, 59);
    EXPECT_DOUBLE_EQ(pace_.worst(), 999);
    shown_after(10ms);
    EXPECT_DOUBLE_EQ(pace_.worst(), 10);
    EXPECT_DOUBLE_EQ(pace_.average(), 10);
}

TEST_F(PicturePaceTest, APauseIsNoLatePicture) {
    shown_after(10ms, 20);
    shown_after(1s);
    EXPECT_EQ(pace_.worst(), 0) << "what was before belongs to another beginning";
    shown_after(15ms, 2);
    EXPECT_DOUBLE_EQ(pace_.average(), 15);
    EXPECT_DOUBLE_EQ(pace_.worst(), 15);
    pace_.begin_anew();
    shown_after(500ms);
    shown_after(20ms);
    EXPECT_DOUBLE_EQ(pace_.worst(), 20);
}

}  // namespace
}  // namespace gan
