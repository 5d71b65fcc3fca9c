// Hosts whose threads, signals, locale and arithmetic are not as one would wish.

#include "runtime/abi/gan.h"
#include "tests/abi.h"
#include "tests/abi_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

#include <atomic>
#include <cfenv>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <locale>
#include <map>
#include <thread>

namespace gan {
namespace {

using testing::AnyOf;
using testing::AnyOfArray;

class AbiSurroundings : public Abi {
protected:
    /// All that a host does with a patch. No check in it may come in the way of what surrounds it.
    struct Visit {
        int opened = GAN_PENDING;
        double truncation = 0;
        std::vector<int> results;  // of what should succeed
        std::vector<uint8_t> picture;
        std::string error;
    };
    static Visit visit(const std::string& path) {
        Visit result;
        const HostPatch one(from_path(path));
        result.opened = one.opened;
        HostPicture picture(64, 64), large(100, 90, GAN_RGBA16F, GAN_LINEAR);
        result.results = {gan_get_number(one, "3.truncation", &result.truncation),
                          gan_render(one, 0, &large.frame),
                          gan_set_number(one, "3.truncation", 0.75),
                          gan_render(one, 0, &picture.frame),
                          gan_play(one, 1),
                          gan_play(one, 0)};
        result.picture = std::move(picture.bytes);
        char text[500] = "";
        gan_error(one, text, sizeof(text));
        result.error = text;
        return result;
    }
    void expect_as_ever(const Visit& visited) {
        EXPECT_EQ(visited.opened, GAN_OK) << visited.error;
        EXPECT_THAT(visited.results, testing::Each(GAN_OK)) << visited.error;
        EXPECT_EQ(visited.truncation, 0.65);
        if (expected_.empty())
            expected_ = of_program({path_, "--set", "Truncation.truncation=0.75", "--frames", "0"});
        EXPECT_EQ(visited.picture, expected_);
    }
    const std::string path_ = saved(exposing_patch());

private:
    std::vector<uint8_t> expected_;
};

// The child has this thread alone: whoever waits for another waits for ever, and the alarm ends it.
TEST_F(AbiSurroundings, InAForkedProcessEveryCallFails) {
    const HostPatch one(from_text(calls_patch()));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    const HostPatch opening(from_text(calls_patch()), false);
    const auto& calls = abi_calls();
    for (gan_patch patch : {gan_patch{one}, gan_patch{opening}, gan_patch{0}}) {
        const pid_t child = ::fork();
        if (child == 0) {
            ::alarm(60);
            for (size_t i = 0; i < calls.size(); ++i)
                if (calls[i].rightly(patch) != (calls[i].can_fail ? GAN_ERROR_FORKED : GAN_OK))
                    ::_exit(static_cast<int>(i) + 1);
            ::_exit(0);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
        const int code = WEXITSTATUS(status);
        EXPECT_EQ(code, 0) << (code > 0 ? calls[static_cast<size_t>(code) - 1].name : "");
    }
    EXPECT_EQ(gan_wait(opening, -1), GAN_OK);
    EXPECT_EQ(rendered(one, 0), rendered(opening, 0)) << "the parent goes on";
}

TEST_F(AbiSurroundings, AStackOf256KilobytesIsEnough) {
#ifdef GAN_SANITIZES_ADDRESSES
    constexpr size_t stack = 1 << 20;  // its frames are several times as large
#else
    constexpr size_t stack = 256 << 10;
#endif
    struct Work {
        std::string path;
        Visit visited;
        std::map<std::string, int> results;
    } work{path_, {}, {}};
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ASSERT_EQ(::pthread_attr_setstacksize(&attributes, stack), 0);
    pthread_t thread{};
    ASSERT_EQ(::pthread_create(
                  &thread, &attributes,
                  [](void* given) -> void* {
                      Work& todo = *static_cast<Work*>(given);
                      todo.visited = visit(todo.path);
                      const HostPatch one(from_text(calls_patch()));
                      for (const AbiCall& call : abi_calls())
                          if (std::string(call.name) != "gan_close")
                              todo.results[call.name] = call.rightly(one);
                      todo.results["gan_close"] = gan_close(one);
                      return nullptr;
                  },
                  &work),
              0);
    ::pthread_join(thread, nullptr);
    ::pthread_attr_destroy(&attributes);
    expect_as_ever(work.visited);
    for (const AbiCall& call : abi_calls())
        EXPECT_THAT(work.results[call.name], AnyOfArray(call.open)) << call.name;
}

std::atomic<int> alarms, pipes;

// Without SA_RESTART: what waits in the kernel is interrupted, over and over.
TEST_F(AbiSurroundings, SignalsDoNotDisturbIt) {
    struct sigaction alarm {
    }, pipe{}, old_alarm{}, old_pipe{};
    alarm.sa_handler = [](int) { ++alarms; };
    pipe.sa_handler = [](int) { ++pipes; };
    ASSERT_EQ(::sigaction(SIGALRM, &alarm, &old_alarm), 0);
    ASSERT_EQ(::sigaction(SIGPIPE, &pipe, &old_pipe), 0);
    const itimerval often{{0, 500}, {0, 500}}, never{};
    ::setitimer(ITIMER_REAL, &often, nullptr);
    std::atomic<bool> done = false;
    std::thread storm([&] {
        while (!done) {
            ::kill(::getpid(), SIGPIPE);
            std::this_thread::sleep_for(std::chrono::microseconds(300));
        }
    });
    std::vector<Visit> visits;
    for (int i = 0; i < 3; ++i) visits.push_back(visit(path_));
    done = true;
    storm.join();
    ::setitimer(ITIMER_REAL, &never, nullptr);
    struct sigaction left {};
    ::sigaction(SIGALRM, &old_alarm, &left);
    EXPECT_EQ(left.sa_handler, alarm.sa_handler);
    ::sigaction(SIGPIPE, &old_pipe, &left);
    EXPECT_EQ(left.sa_handler, pipe.sa_handler);
    for (const Visit& visited : visits) expect_as_ever(visited);
    EXPECT_GT(alarms, 10);
    EXPECT_GT(pipes, 10);
}

// A locale of our own, since machines may have none but C: numbers are written 1.234,5.
TEST_F(AbiSurroundings, TheCommaOfAHostsLocaleIsNoMatter) {
    std::ofstream(at("comma.txt")) << "LC_NUMERIC\ndecimal_point \"<U002C>\"\nthousands_sep \"<U002E>\"\n"
                                      "grouping 3;3\nEND LC_NUMERIC\n";
    run_other({"localedef", "-c", "-i", at("comma.txt"), "-f", "ANSI_X3.4-1968", at("comma")});
    ::setenv("LOCPATH", folder.path().c_str(), 1);
    const bool there = std::setlocale(LC_ALL, "comma") != nullptr;
    ::unsetenv("LOCPATH");
    if (!there) GTEST_SKIP() << "localedef cannot make a locale here";
    const Visit visited = visit(path_);
    const std::string after = std::setlocale(LC_ALL, nullptr), point = std::localeconv()->decimal_point;
    std::setlocale(LC_ALL, "C");
    EXPECT_EQ(after, "comma");
    EXPECT_EQ(point, ",");
    expect_as_ever(visited);
}

class Comma : public std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
};

TEST_F(AbiSurroundings, NorIsThatOfCppStreams) {
    const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Comma));
    const Visit visited = visit(path_);
    const bool same = std::use_facet<std::numpunct<char>>(std::locale()).decimal_point() == ',';
    std::locale::global(before);
    EXPECT_TRUE(same);
    expect_as_ever(visited);
}

/// How this thread reckons, without what has happened so far.
unsigned arithmetic() {
#ifdef __SSE__
    constexpr unsigned flags = 0x3f;
    return (_mm_getcsr() & ~flags) << 16 | static_cast<unsigned>(std::fegetround());
#else
    return static_cast<unsigned>(std::fegetround());
#endif
}

// Threads that are started inherit how their starter reckons.
TEST_F(AbiSurroundings, PicturesDoNotFollowTheHostsArithmetic) {
    struct Mode {
        const char* name;
        std::function<void()> set;
    };
    std::vector<Mode> modes{{"up", [] { std::fesetround(FE_UPWARD); }},
                            {"down", [] { std::fesetround(FE_DOWNWARD); }},
                            {"to zero", [] { std::fesetround(FE_TOWARDZERO); }},
                            {"traps", [] { ::feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW); }}};
#ifdef __SSE__
    modes.push_back({"tiny numbers are 0", [] { _mm_setcsr(_mm_getcsr() | 0x8040); }});  // FTZ and DAZ
#endif
    for (const Mode& mode : modes) {
        std::fenv_t host;
        std::fegetenv(&host);
        mode.set();
        const unsigned before = arithmetic();
        const Visit visited = visit(path_);
        const unsigned after = arithmetic();
        std::fesetenv(&host);
        EXPECT_EQ(before, after) << mode.name;
        SCOPED_TRACE(mode.name);
        expect_as_ever(visited);
    }
}

}  // namespace
}  // namespace gan
