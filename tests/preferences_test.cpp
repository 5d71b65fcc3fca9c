#include "editor/preferences.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "tests/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <random>

namespace gan {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class PreferencesFile : public testing::Test {
protected:
    PreferencesFile() { ::setenv("XDG_CONFIG_HOME", (folder / "config").c_str(), 1); }
    ~PreferencesFile() override { ::unsetenv("XDG_CONFIG_HOME"); }

    std::filesystem::path path() const { return folder / "config/ganymede/editor.json"; }
    Preferences loaded(const std::string& text) const {
        std::filesystem::create_directories(path().parent_path());
        std::ofstream(path(), std::ios::binary) << text;
        return load_preferences();
    }
    TemporaryFolder folder;
};

TEST_F(PreferencesFile, EveryFieldIsSavedAndReadBack) {
    const Preferences other{.dark = false,
                            .font_scale = 1.25f,
                            .left = 0,
                            .right = 411,
                            .preview = 222.5f,
                            .bottom = 99,
                            .bottom_tab = 2,
                            .minimap = false,
                            .thumbnails = false,
                            .hints = false,
                            .hints_done = 3,
                            .recent = {"/a/b.json", "/ü.json"},
                            .recent_nodes = {"image.blur"},
                            .window_width = 1920,
                            .window_height = 1080,
                            .output_mailbox = true,
                            .output_scaling = 3,
                            .record_form = 2};
    save_preferences(other);
    const json saved = json::parse(read_text(path()));
    save_preferences({});
    const json shipped = json::parse(read_text(path()));
    for (const auto& [name, value] : saved.items())
        EXPECT_NE(value, shipped.at(name)) << name << " is not saved";
    EXPECT_EQ(saved.size(), 18u) << "the fields of Preferences";

    const Preferences read = loaded(saved.dump());
    EXPECT_EQ(read.dark, other.dark);
    EXPECT_EQ(read.font_scale, other.font_scale);
    EXPECT_EQ(read.left, other.left) << "collapsed";
    EXPECT_EQ(read.preview, other.preview);
    EXPECT_THAT(read.recent, ElementsAre("/a/b.json", "/ü.json"));
    save_preferences(read);
    EXPECT_EQ(json::parse(read_text(path())), saved);
}

TEST_F(PreferencesFile, WithoutAFileAllIsAsShipped) {
    EXPECT_FALSE(std::filesystem::exists(path()));
    const Preferences read = load_preferences();
    EXPECT_TRUE(read.dark);
    EXPECT_EQ(read.window_width, 1440);
    EXPECT_EQ(preferences_folder(), path().parent_path());
}

TEST_F(PreferencesFile, WhatMakesNoSenseHasItsDefault) {
    const Preferences shipped;
    const Preferences read = loaded(R"({"dark": "yes", "font_scale": "big", "left": -5, "right": 1e30,
        "preview": null, "bottom_tab": -1, "window_width": 3, "window_height": 1e12, "recent": "one",
        "output_scaling": 99, "hints_done": 1e99, "minimap": false, "unknown": [1]})");
    EXPECT_EQ(read.dark, shipped.dark);
    EXPECT_EQ(read.font_scale, shipped.font_scale);
    EXPECT_EQ(read.left, shipped.left);
    EXPECT_EQ(read.right, shipped.right);
    EXPECT_EQ(read.preview, shipped.preview);
    EXPECT_EQ(read.bottom_tab, shipped.bottom_tab);
    EXPECT_EQ(read.window_width, shipped.window_width);
    EXPECT_EQ(read.window_height, shipped.window_height);
    EXPECT_EQ(read.output_scaling, shipped.output_scaling);
    EXPECT_EQ(read.hints_done, shipped.hints_done);
    EXPECT_TRUE(read.recent.empty());
    EXPECT_FALSE(read.minimap) << "what can be read is";
}

TEST_F(PreferencesFile, TextIsNeverTooSmallOrTooLargeToRead) {
    EXPECT_EQ(loaded(R"({"font_scale": 0.001})").font_scale, 0.5f);
    EXPECT_EQ(loaded(R"({"font_scale": 40})").font_scale, 3.0f);
}

TEST_F(PreferencesFile, RecentOnesAreTwelveAtMostAndEachOnce) {
    json list{"/one", "/one", "", 3};
    for (int i = 0; i < 30; ++i) list.push_back("/patch " + std::to_string(i));
    const Preferences read = loaded(json{{"recent", list}}.dump());
    ASSERT_EQ(read.recent.size(), 12u);
    EXPECT_EQ(read.recent[0], "/one");
    EXPECT_EQ(read.recent[1], "/patch 0");
    Preferences many;
    for (int i = 0; i < 30; ++i) many.recent_nodes.push_back("node." + std::to_string(i));
    save_preferences(many);
    EXPECT_EQ(json::parse(read_text(path())).at("recent_nodes").size(), 12u);
}

TEST_F(PreferencesFile, ADamagedFileIsReadAsFarAsNotAtAll) {
    save_preferences({.dark = false});
    const std::string text = read_text(path());
    EXPECT_FALSE(loaded(text).dark);
    for (size_t length = 0; length + 2 < text.size(); ++length)
        EXPECT_TRUE(loaded(text.substr(0, length)).dark) << length;
    for (const char* wrong : {"[]", "1", "null", "\xff\xfe"}) EXPECT_TRUE(loaded(wrong).dark) << wrong;
}

TEST_F(PreferencesFile, SaysWhenTheyCannotBeSaved) {
    std::ofstream(folder / "config") << "a file where a folder should be";
    try {
        save_preferences({});
        FAIL() << "nothing was said";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("config/ganymede"));
    }
}

TEST(PreferencesFolder, IsInTheHomeFolderUnlessTheSystemSaysOtherwise) {
    ::setenv("XDG_CONFIG_HOME", "relative/is/ignored", 1);
    const char* home = std::getenv("HOME");
    const std::string kept = home == nullptr ? "" : home;
    ::setenv("HOME", "/home/somebody", 1);
    EXPECT_EQ(preferences_folder(), "/home/somebody/.config/ganymede");
    ::setenv("XDG_CONFIG_HOME", "/etc/somewhere", 1);
    EXPECT_EQ(preferences_folder(), "/etc/somewhere/ganymede");
    ::unsetenv("XDG_CONFIG_HOME");
    if (home == nullptr)
        ::unsetenv("HOME");
    else
        ::setenv("HOME", kept.c_str(), 1);
}

}  // namespace
}  // namespace gan
