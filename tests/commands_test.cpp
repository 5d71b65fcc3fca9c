#include "editor/commands.h"

#include "runtime/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Chord ctrl_z{.key = Key::Z, .ctrl = true};
constexpr Chord ctrl_y{.key = Key::Y, .ctrl = true};
constexpr Chord plain_b{.key = Key::B};

/// Undo, redo, bypass and one without a key; what ran is written down.
struct Bench {
    Bench() {
        add("edit.undo", "Undo", ctrl_z);
        add("edit.redo", "Redo", {.key = Key::Z, .ctrl = true, .shift = true});
        add("edit.bypass", "Bypass", plain_b);
        add("view.fit", "Fit", {});
    }
    void add(const std::string& id, const std::string& name, const Chord& key) {
        commands.add({.id = id,
                      .name = name,
                      .about = name + ".",
                      .key = key,
                      .run = [this, id] { ran.push_back(id); },
                      .enabled = [this] { return enabled; }});
    }
    Commands commands;
    std::vector<std::string> ran;
    bool enabled = true;
};

TEST(Chord, EveryKeyHasAWordThatReadsBack) {
    for (int key = 1; key < static_cast<int>(Key::count); ++key)
        for (int held = 0; held < 8; ++held) {
            const Chord chord{static_cast<Key>(key), (held & 1) != 0, (held & 2) != 0, (held & 4) != 0};
            const std::string text = text_of(chord);
            ASSERT_FALSE(text.empty());
            EXPECT_EQ(chord_from_text(text), chord) << text;
        }
    EXPECT_EQ(text_of(Chord{.key = Key::Z, .ctrl = true, .shift = true}), "Ctrl+Shift+Z");
    EXPECT_EQ(text_of(Chord{}), "");
    EXPECT_EQ(text_of(Chord{.ctrl = true}), "") << "nothing is pressed";
}

TEST(Chord, IsReadAsPeopleWriteIt) {
    EXPECT_EQ(chord_from_text(" ctrl + shift + z "), (Chord{.key = Key::Z, .ctrl = true, .shift = true}));
    EXPECT_EQ(chord_from_text("Shift+Ctrl+Z"), (Chord{.key = Key::Z, .ctrl = true, .shift = true}));
    EXPECT_EQ(chord_from_text("esc"), Chord{.key = Key::Escape});
    EXPECT_EQ(chord_from_text("PageDown"), Chord{.key = Key::PageDown});
    EXPECT_EQ(chord_from_text(""), Chord{}) << "none";
    for (const char* wrong :
         {"Ctrl", "Ctrl+", "+", "Hyper+Z", "Ctrl+Ctrl+Z", "ZZ", "Ctrl+Z+Y", "Ctrl++", "\xff"})
        EXPECT_FALSE(chord_from_text(wrong)) << wrong;
}

TEST(Commands, AKeyRunsItsCommandWhenThatIsEnabled) {
    Bench desk;
    EXPECT_TRUE(desk.commands.press(ctrl_z));
    EXPECT_FALSE(desk.commands.press(ctrl_y)) << "nothing is bound to it";
    EXPECT_FALSE(desk.commands.press({})) << "no key is no key of anything";
    desk.enabled = false;
    EXPECT_FALSE(desk.commands.press(ctrl_z));
    desk.commands.run("edit.redo");
    EXPECT_THAT(desk.ran, ElementsAre("edit.undo"));
    desk.enabled = true;
    desk.commands.run("edit.redo");
    EXPECT_THAT(desk.ran, ElementsAre("edit.undo", "edit.redo"));
    EXPECT_THROW(desk.commands.run("edit.nothing"), Error);
    EXPECT_THROW(desk.add("edit.undo", "Again", {}), Error);
}

TEST(Commands, AKeyThatIsBoundAnewLeavesWhatHadIt) {
    Bench desk;
    desk.commands.bind("edit.bypass", ctrl_z);
    EXPECT_EQ(desk.commands.bound_to(ctrl_z)->id, "edit.bypass");
    EXPECT_EQ(desk.commands.key_of("edit.undo"), Chord{});
    EXPECT_EQ(desk.commands.bound_to(plain_b), nullptr);
    EXPECT_TRUE(desk.commands.press(ctrl_z));
    EXPECT_THAT(desk.ran, ElementsAre("edit.bypass"));
    desk.commands.unbind_all();
    EXPECT_EQ(desk.commands.bound_to(ctrl_z)->id, "edit.undo");
    EXPECT_EQ(desk.commands.to_json(), "{}\n");
}

TEST(Commands, AFileKeepsOnlyWhatDiffers) {
    Bench desk;
    EXPECT_EQ(desk.commands.to_json(), "{}\n");
    desk.commands.bind("edit.undo", ctrl_y);
    desk.commands.bind("edit.bypass", {});
    EXPECT_EQ(desk.commands.to_json(), "{\n  \"edit.bypass\": \"\",\n  \"edit.undo\": \"Ctrl+Y\"\n}\n");
    Bench other;
    std::vector<std::string> problems;
    other.commands.from_json(desk.commands.to_json(), problems);
    EXPECT_THAT(problems, IsEmpty());
    EXPECT_EQ(other.commands.key_of("edit.undo"), ctrl_y);
    EXPECT_EQ(other.commands.key_of("edit.bypass"), Chord{});
    EXPECT_EQ(other.commands.to_json(), desk.commands.to_json());
    desk.commands.bind("edit.undo", ctrl_z);
    desk.commands.bind("edit.bypass", plain_b);
    EXPECT_EQ(desk.commands.to_json(), "{}\n") << "as shipped again";
}

TEST(Commands, AKeyOfTheFileIsTakenFromWhatIsShippedWithIt) {
    Bench desk;
    std::vector<std::string> problems;
    desk.commands.from_json(R"({"view.fit": "Ctrl+Z"})", problems);
    EXPECT_THAT(problems, IsEmpty());
    EXPECT_EQ(desk.commands.bound_to(ctrl_z)->id, "view.fit");
    EXPECT_EQ(desk.commands.key_of("edit.undo"), Chord{});
}

TEST(Commands, SaysWhatItDoesNotUnderstandAndTakesTheRest) {
    Bench desk;
    std::vector<std::string> problems;
    desk.commands.from_json(
        R"({"edit.redo": "Ctrl+Y", "edit.undo": "Hyper+Q", "new.thing": "Q", "view.fit": 3})", problems);
    EXPECT_THAT(problems, ElementsAre(HasSubstr("'edit.undo' to \"Hyper+Q\", which is no key"),
                                      HasSubstr("'new.thing', which is no command here"),
                                      HasSubstr("'view.fit' to 3, which is no key")));
    EXPECT_EQ(desk.commands.key_of("edit.redo"), ctrl_y);
    EXPECT_EQ(desk.commands.key_of("edit.undo"), ctrl_z) << "as shipped";
    EXPECT_THAT(desk.commands.to_json(), HasSubstr("new.thing")) << "another version's is kept";

    problems.clear();
    desk.commands.from_json(R"({"edit.bypass": "F", "view.fit": "F"})", problems);
    EXPECT_THAT(problems, ElementsAre(HasSubstr("binds F to 'edit.bypass' and 'view.fit'")));
    EXPECT_EQ(desk.commands.bound_to({.key = Key::F})->id, "edit.bypass");

    for (const char* text : {"", "{", "[]", "null", "\xff", "{\"edit.undo\":"}) {
        problems.clear();
        desk.commands.from_json(text, problems);
        EXPECT_EQ(problems.size(), 1u) << text;
        EXPECT_EQ(desk.commands.key_of("edit.undo"), ctrl_z) << "as shipped";
    }
}

}  // namespace
}  // namespace gan
