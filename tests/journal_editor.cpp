// Edits a patch at random and saves it now and then, until it is killed. Tells each change's number and the
// monotonic time in nanoseconds once it was made.
//     journal_editor PATCH SEED

#include "runtime/base/error.h"
#include "tests/graph_nodes.h"
#include "tests/random_changes.h"

#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    try {
        const auto workspace = gan::Workspace::open(argv[1], gan::test_nodes());
        const auto seed = static_cast<uint32_t>(std::atoi(argv[2]));
        std::mt19937 random(seed + static_cast<uint32_t>(workspace->changes()));
        for (;;) {
            gan::random_change(hands_of(*workspace), seed, workspace->changes() + 1);
            timespec now{};
            ::clock_gettime(CLOCK_MONOTONIC, &now);
            const std::string line =
                fmt::format("{} {}\n", workspace->changes(), now.tv_sec * 1'000'000'000 + now.tv_nsec);
            if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) return 1;
            if (random() % 16 == 0) workspace->save();
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 2000));
        }
    } catch (const gan::Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
