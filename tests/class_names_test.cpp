#include "editor/panels/class_names.h"

#include <gtest/gtest.h>

namespace gan {
namespace {

TEST(ClassNames, ANumberIsCalledWhatTheNetworkCallsIt) {
    BigGanConfig config;
    config.classes = 4;
    config.class_names = {"brick", "grass, lawn"};
    EXPECT_EQ(class_label(config, "1"), "1  grass, lawn");
    EXPECT_EQ(class_label(config, "3"), "3") << "it has no name";
    for (const char* own : {"brick", "4", "-1", "1x", "1.5", "", "99999999999999999999"})
        EXPECT_EQ(class_label(config, own), own);
}

TEST(ClassNames, AWordIsANameOnlyWhereThatIsUnderstood) {
    BigGanConfig config;
    config.classes = 4;
    config.class_names = {"brick", "grass, lawn", "brick", ""};
    EXPECT_EQ(class_word(config, 1, true), "grass") << "commas part a list's classes";
    EXPECT_EQ(class_word(config, 2, true), "2") << "two are called so";
    EXPECT_EQ(class_word(config, 3, true), "3");
}

}  // namespace
}  // namespace gan
