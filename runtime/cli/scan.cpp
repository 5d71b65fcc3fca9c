// ganymede-scan FILE: opens a library of nodes (runtime/abi/gan_node.h) and prints what it says of itself as
// JSON, or {"problem": "..."}. Ganymede starts it for each library, so that one that crashes or hangs ends
// this, and nothing else.

#include "nodes/plugin/description.h"
#include "runtime/base/error.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string>

namespace gan {
namespace {

PluginLibrary open_library(const char* file) {
    void* library = ::dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw Error("cannot be opened ({})", ::dlerror());
    const auto* entry = static_cast<const gan_node_entry*>(::dlsym(library, "gan_node_library"));
    if (entry == nullptr) throw Error("has no gan_node_library: it is no library of nodes");
    return describe(*entry);
}

std::string scanned(const char* file) {
    nlohmann::json told;
    try {
        told = to_json(open_library(file));
    } catch (const std::exception& failure) {
        told = {{"problem", printable(failure.what())}};
    }
    return told.dump() + "\n";
}

/// What the library writes goes nowhere, and what it does wrong leaves no traces; returns where to tell of
/// it.
int withdraw() {
    const int told = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (told < 0 || nowhere < 0) return -1;
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, stream);
    const rlimit no_dump{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_dump);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    return told;
}

}  // namespace
}  // namespace gan

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("ganymede-scan: Ganymede starts this for each library of nodes; it takes one FILE\n",
                   stderr);
        return 2;
    }
    const int told = gan::withdraw();
    const std::string text = gan::scanned(argv[1]);
    for (size_t written = 0; written < text.size();) {
        const ssize_t count = ::write(told, text.data() + written, text.size() - written);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) ::_exit(1);
        written += static_cast<size_t>(count);
    }
    ::_exit(0);  // without the library's destructors
}
