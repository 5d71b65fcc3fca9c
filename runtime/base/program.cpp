#include "runtime/base/program.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>

namespace gan {
namespace {

void on_signal(int number) {
    request_interrupt();
    std::signal(number, SIG_DFL);
}

}  // namespace

int run_program(const std::function<int()>& work) {
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    std::signal(SIGXFSZ, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return work();
    } catch (const Interrupted&) {
        std::fputs("ganymede: interrupted; nothing unfinished was left behind\n", stderr);
        return 130;
    } catch (const std::bad_alloc&) {
        std::fputs("ganymede: there is not enough memory for this\n", stderr);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ganymede: %s\n", error.what());
    }
    return 1;
}

}  // namespace gan
