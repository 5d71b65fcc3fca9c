#include "runtime/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace gan {

using std::chrono::duration;
using std::chrono::steady_clock;

Progress::Progress(std::string what, size_t total)
    : what_(std::move(what)),
      total_(total),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(steady_clock::now()),
      last_(start_) {}

Progress::~Progress() {
    if (drawn_) std::fputs("\r\033[K", stderr);
}

void Progress::update(size_t done) {
    const auto now = steady_clock::now();
    if (!terminal_ || total_ == 0 || done == 0 || duration<double>(now - last_).count() < 0.1) return;
    last_ = now;
    drawn_ = true;
    constexpr size_t width = 30;
    const double seconds = duration<double>(now - start_).count();
    const double rate = static_cast<double>(done) / seconds;
    const size_t filled = width * done / total_;
    fmt::print(stderr, "\r\033[K{} [{}{}] {}/{}  {:.1f}/s  {:.0f} s left", what_, std::string(filled, '#'),
               std::string(width - filled, '.'), done, total_, rate,
               static_cast<double>(total_ - done) / rate);
    std::fflush(stderr);
}

}  // namespace gan
