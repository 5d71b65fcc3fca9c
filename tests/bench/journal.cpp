// What the journal costs the thread that edits: a knob of a patch of 200 nodes dragged at 500 Hz, with the
// journal and without; and how long until a change is in the file.
//     cmake --build build/dev --target journal_bench && build/dev/tests/bench/journal [--quick] [--json FILE]

#include "runtime/graph/patch.h"
#include "runtime/graph/workspace.h"
#include "tests/bench/figures.h"
#include "tests/graph_nodes.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

namespace {

using std::chrono::steady_clock;
namespace fs = std::filesystem;

double microseconds_since(steady_clock::time_point start) {
    return std::chrono::duration<double, std::micro>(steady_clock::now() - start).count();
}

void print(Figures& figures, const char* what, std::vector<double> times) {
    std::sort(times.begin(), times.end());
    fmt::print("{:<28} median {:8.1f} us, 99 of 100 below {:8.1f} us, all below {:8.1f} us\n", what,
               times[times.size() / 2], times[times.size() * 99 / 100], times.back());
    figures.add(what, times[times.size() / 2], "us");
    figures.add(std::string(what) + ", 99 of 100 below", times[times.size() * 99 / 100], "us");
}

}  // namespace

int main(int argc, char** argv) {
    Figures figures(argc, argv);
    const fs::path folder = fs::temp_directory_path() / "ganymede-bench-journal";
    fs::create_directories(folder);
    const std::string patch = (folder / "a.ganymede").string();
    const fs::path journal = folder / ".a.ganymede.journal";
    gan::save_patch(patch, gan::chain(200));
    gan::Document document(gan::chain(200), gan::test_nodes());
    const auto workspace = gan::Workspace::open(patch, gan::test_nodes());
    std::vector<double> without, with, written;
    for (int i = 0; i < figures.repeats(2000, 200); ++i) {
        const gan::Edit edit = gan::set(100, "amount", i / 1000.0);
        auto start = steady_clock::now();
        document.edit(edit, "Turn amount", 1);
        without.push_back(microseconds_since(start));
        const auto before = fs::file_size(journal);
        start = steady_clock::now();
        workspace->edit(edit, "Turn amount", i, 1);
        with.push_back(microseconds_since(start));
        while (fs::file_size(journal) == before) std::this_thread::yield();
        written.push_back(microseconds_since(start));
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    print(figures, "an edit, no journal", without);
    print(figures, "an edit, journalled", with);
    print(figures, "until it is in the file", written);
    workspace->discard();
    fs::remove_all(folder);
    return figures.finish();
}
