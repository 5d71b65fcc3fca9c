// kill -9 at random instants of editing and saving: 20 times, or GAN_KILLS.

#include "runtime/base/file.h"
#include "runtime/graph/patch.h"
#include "tests/graph_nodes.h"
#include "tests/program.h"
#include "tests/random_changes.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <sstream>
#include <thread>

namespace gan {
namespace {

namespace fs = std::filesystem;

class JournalKills : public ProgramTest {
protected:
    JournalKills() { ::setenv("XDG_STATE_HOME", at("state").c_str(), 1); }

    struct Killed {
        int64_t last = 0;    // change that was made before
        int64_t safe = 0;    // change that was made 100 ms before
        std::string errors;  // what it said
    };

    /// Starts the editor, kills it after a while, and returns what it had done.
    Killed edit_and_kill(const std::string& patch, uint32_t seed, std::chrono::milliseconds after) {
        const std::string out = at("out"), err = at("err"), seed_text = std::to_string(seed);
        posix_spawn_file_actions_t files;
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                           0600);
        ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                           0600);
        const char* const arguments[] = {GAN_JOURNAL_EDITOR, patch.c_str(), seed_text.c_str(), nullptr};
        pid_t editor = 0;
        const int failed = ::posix_spawn(&editor, GAN_JOURNAL_EDITOR, &files, nullptr,
                                         const_cast<char* const*>(arguments), environ);
        ::posix_spawn_file_actions_destroy(&files);
        EXPECT_EQ(failed, 0);
        std::this_thread::sleep_for(after);
        timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        ::kill(editor, SIGKILL);
        int status = 0;
        ::waitpid(editor, &status, 0);

        Killed killed{.errors = read_text(err)};
        std::istringstream lines(read_text(out));
        for (int64_t number, time; lines >> number >> time;) {
            killed.last = number;
            if (time < now.tv_sec * 1'000'000'000 + now.tv_nsec - 100'000'000) killed.safe = number;
        }
        return killed;
    }
};

TEST_F(JournalKills, LoseNothingButTheLast100MillisecondsAndDoNothingTwice) {
    const char* wanted = std::getenv("GAN_KILLS");
    const int kills = wanted == nullptr ? 20 : std::atoi(wanted);
    constexpr int kills_a_patch = 10;
    const std::string patch = at("a.ganymede");
    std::mt19937 random(1);
    std::optional<Document> replay;  // the same changes, made in memory
    uint32_t seed = 0;
    int64_t changes = 0;
    for (int i = 0; i < kills; ++i) {
        if (i % kills_a_patch == 0) {
            fs::remove(at(".a.ganymede.journal"));
            save_patch(patch, chain(4));
            replay.emplace(chain(4), test_nodes());
            changes = 0;
            ++seed;
        }
        const Killed killed = edit_and_kill(patch, seed, std::chrono::milliseconds(random() % 400));
        ASSERT_EQ(killed.errors, "");

        // Opening would go on with the journal; the editor is to do that itself.
        fs::remove_all(folder / "copy");
        fs::create_directory(folder / "copy");
        for (const char* name : {"a.ganymede", ".a.ganymede.journal"})
            if (fs::exists(at(name))) fs::copy(at(name), folder / "copy" / name);
        const auto recovered = Workspace::open((folder / "copy" / "a.ganymede").string(), test_nodes());
        ASSERT_GE(recovered->changes(), std::max(killed.safe, changes)) << "kill " << i;
        ASSERT_LE(recovered->changes(), std::max(killed.last, changes) + 1) << "kill " << i;
        replay->end_gesture();
        while (changes < recovered->changes()) random_change(hands_of(*replay), seed, ++changes);
        ASSERT_EQ(everything_of(recovered->document()), everything_of(*replay)) << "kill " << i;
        EXPECT_THAT(load_patch(patch, test_nodes()).graph.nodes.size(), testing::Le(13u));
        recovered->discard();
    }
    EXPECT_GT(changes, 0);
}

TEST_F(JournalKills, RenderWarnsOfWhatIsNotSaved) {
    fs::copy(std::string(GAN_ASSETS) + "/patches/first.ganymede", at("first.ganymede"));
    Workspace::open(at("first.ganymede"), test_nodes())->edit({SetSetting{"tempo", 90}}, "Tempo", 0);
    const Outcome outcome = call({"render", at("first.ganymede"), "--check"});
    EXPECT_THAT(outcome.err, testing::HasSubstr("1 unsaved change to it is in its journal"));
}

}  // namespace
}  // namespace gan
