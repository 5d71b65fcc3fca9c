#include "nodes/plugin/guard.h"

#include "nodes/builtin.h"
#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "tests/plugin_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace gan {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What a process that plays `library` leaves behind.
template <class Work>
void in_another_process(const Work& work) {
    const pid_t child = ::fork();
    if (child == 0) {
        work();
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
}

TEST(PluginMarks, AProcessThatEndsInsideALibraryDisablesIt) {
    const TemporaryFolder folder;
    in_another_process([&] {
        PlayingMark mark(folder / "nodes", "/some/a.gannode.so", {10, 20});
        PlayingMark other(folder / "nodes", "/some/b.gannode.so", {30, 40});
        { const Inside inside(other); }
        mark.enter();
        mark.enter();
        mark.leave();
        ::_exit(1);
    });
    const FileStamp stamp{10, 20};
    EXPECT_THAT(settle_marks(folder / "nodes"), ElementsAre(testing::Pair("/some/a.gannode.so", stamp)));
    EXPECT_THAT(settle_marks(folder / "nodes"), ElementsAre(testing::Pair("/some/a.gannode.so", stamp)))
        << "it stays, though its mark is gone";
    EXPECT_EQ(std::distance(fs::directory_iterator(folder / "nodes"), {}), 1);
    enable_plugins(folder / "nodes", {"/some/a.gannode.so"});
    EXPECT_THAT(settle_marks(folder / "nodes"), IsEmpty());
}

TEST(PluginMarks, OneThatEndsOutsideOrByItselfDoesNot) {
    const TemporaryFolder folder;
    in_another_process([&] {
        PlayingMark mark(folder / "nodes", "/some/a.gannode.so", {});
        mark.enter();
        mark.leave();
        ::_exit(1);
    });
    in_another_process([&] { const PlayingMark mark(folder / "nodes", "/some/a.gannode.so", {}); });
    EXPECT_THAT(settle_marks(folder / "nodes"), IsEmpty());
    EXPECT_TRUE(fs::is_empty(folder / "nodes"));
}

TEST(PluginMarks, OfAProcessThatLivesOneTellsNothingYet) {
    const TemporaryFolder folder;
    PlayingMark mark(folder / "nodes", "/some/a.gannode.so", {});
    const Inside inside(mark);
    EXPECT_THAT(settle_marks(folder / "nodes"), IsEmpty());
    EXPECT_FALSE(fs::is_empty(folder / "nodes"));
}

TEST(PluginMarks, FromBeforeTheMachineStartedAndDamagedOnesTellNothing) {
    const TemporaryFolder folder;
    in_another_process([&] {
        PlayingMark mark(folder / "nodes", "/some/a.gannode.so", {});
        mark.enter();
        ::_exit(1);
    });
    const fs::path mark = fs::directory_iterator(folder / "nodes")->path();
    json text = json::parse(read_text(mark).substr(1));
    text["boot"] = "another";
    std::ofstream(mark) << "1" + text.dump();
    int number = 0;
    for (const char* damaged : {"", "1", "1{", "1[]", "{}", "\xff"})
        std::ofstream(folder / "nodes" / (std::to_string(++number) + ".playing")) << damaged;
    EXPECT_THAT(settle_marks(folder / "nodes"), IsEmpty());
    EXPECT_TRUE(fs::is_empty(folder / "nodes"));
    EXPECT_THAT(settle_marks(folder / "nowhere"), IsEmpty());
}

TEST(PluginMarks, ADisabledLibraryIsLeftOutUntilItChangesOrIsEnabled) {
    PluginFolder folder({"every_port"});
    const auto crash = [&] {
        in_another_process([&] {
            const fs::path file = folder.file("every_port");
            PlayingMark mark(folder.places.state, fs::canonical(file), *file_stamp(file));
            mark.enter();
            ::_exit(1);
        });
    };
    EXPECT_EQ(folder.problem(), "");
    crash();
    EXPECT_THAT(folder.problem(), HasSubstr("a program ended while it played it"));
    EXPECT_THAT(folder.problem(), HasSubstr("`ganymede nodes --enable every_port.gannode.so`"));
    {
        const Plugins disabled(builtin_nodes(), folder.places);
        EXPECT_THAT(disabled.types().why_missing("test.scale"), HasSubstr("ended while it played it"));
    }
    EXPECT_THROW(enable_plugin(folder.places, "nothing.gannode.so"), Error);
    enable_plugin(folder.places, "every_port.gannode.so");
    EXPECT_EQ(folder.problem(), "");
    crash();
    EXPECT_NE(folder.problem(), "");
    enable_plugin(folder.places, folder.file("every_port").string());
    EXPECT_EQ(folder.problem(), "");
    crash();
    fs::last_write_time(folder.file("every_port"), fs::file_time_type::clock::now() + std::chrono::hours(1));
    EXPECT_EQ(folder.problem(), "") << "it may be mended";
}

}  // namespace
}  // namespace gan
