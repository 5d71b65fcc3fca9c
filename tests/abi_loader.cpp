// A host that loads the library while it runs and looks at what that does to its process:
//     abi_loader LIBRARY load
//     abi_loader LIBRARY leave|unload|tbb|quiet|share PATCH
//     abi_loader LIBRARY cycles PATCH TIMES
// Prints a name and a number a line. Nothing but the library is loaded.

#include "runtime/abi/gan.h"

#include <dlfcn.h>
#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace fs = std::filesystem;

void print(const char* name, double number) {
    std::printf("%s %.6g\n", name, number);
}

double entries_of(const char* folder) {
    return static_cast<double>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}
double threads() {
    return entries_of("/proc/self/task");
}
double descriptors() {
    return entries_of("/proc/self/fd");
}

/// What memory is taken once what was freed is given back.
double resident_megabytes() {
    ::malloc_trim(0);
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
    return 0;
}

struct Library {
    void* handle = nullptr;
    decltype(&gan_open) open = nullptr;
    decltype(&gan_wait) wait = nullptr;
    decltype(&gan_error) error = nullptr;
    decltype(&gan_render) render = nullptr;
    decltype(&gan_play) play = nullptr;
    decltype(&gan_latest) latest = nullptr;
    decltype(&gan_close) close = nullptr;

    template <class Function>
    void find(Function& function, const char* name) {
        function = reinterpret_cast<Function>(::dlsym(handle, name));
        if (function == nullptr) std::exit(3);
    }
    explicit Library(const char* path) : handle(::dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
        if (handle == nullptr) {
            std::fprintf(stderr, "%s\n", ::dlerror());
            std::exit(2);
        }
        find(open, "gan_open");
        find(wait, "gan_wait");
        find(error, "gan_error");
        find(render, "gan_render");
        find(play, "gan_play");
        find(latest, "gan_latest");
        find(close, "gan_close");
    }

    /// An open patch; 0 when it could not be opened, and the sentence that says why is on stderr.
    gan_patch opened(const char* path) const {
        gan_open_options options{};
        options.abi = GAN_ABI;
        options.size = sizeof(options);
        options.path = path;
        gan_patch patch = 0;
        if (open(&options, &patch) == GAN_OK && wait(patch, -1) == GAN_OK) return patch;
        char text[1000] = "";
        error(patch, text, sizeof(text));
        std::fprintf(stderr, "%s\n", text);
        close(patch);
        return 0;
    }
    /// The sum of a picture's bytes, by which it is known again; -1 when there is none.
    double picture(gan_patch patch) const {
        return sum([&](const gan_frame& frame) { return render(patch, 0, &frame); });
    }
    /// The same of the first picture that is played.
    double played(gan_patch patch) const {
        if (play(patch, 1) != GAN_OK) return -1;
        return sum([&](const gan_frame& frame) {
            int result = latest(patch, &frame, nullptr);
            for (; result == GAN_PENDING; result = latest(patch, &frame, nullptr))
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            return result;
        });
    }

private:
    template <class Draw>
    double sum(const Draw& draw) const {
        std::vector<uint8_t> pixels(64 * 64 * 4);
        gan_frame frame{};
        frame.abi = GAN_ABI;
        frame.size = sizeof(frame);
        frame.pixels = pixels.data();
        frame.width = frame.height = 64;
        frame.stride = 64 * 4;
        if (draw(frame) != GAN_OK) return -1;
        double sum = 0;
        for (size_t i = 0; i < pixels.size(); ++i) sum += pixels[i] * static_cast<double>(i % 251 + 1);
        return sum;
    }
};

int load(const char* path) {
    print("threads_before", threads());
    const auto start = std::chrono::steady_clock::now();
    const Library library(path);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    print("milliseconds", time.count());
    print("threads_after", threads());
    std::set<std::string> files;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);)
        if (const auto slash = line.find('/'); slash != std::string::npos)
            files.insert(fs::path(line.substr(slash, line.find(' ', slash) - slash)).filename().string());
    for (const std::string& file : files) print(("file:" + file).c_str(), 1);
    return 0;
}

/// Ends while a patch is open, and plays.
int leave(const Library& library, const char* patch) {
    const gan_patch one = library.opened(patch), other = library.opened(patch);
    print("picture", library.picture(other));
    print("played", library.play(one, 1));
    return 0;
}

int unload(const Library& library, const char* path, const char* patch) {
    const gan_patch one = library.opened(patch);
    print("before", library.picture(one));
    for (int i = 0; i < 3; ++i) ::dlclose(library.handle);
    print("loaded", ::dlopen(path, RTLD_NOW | RTLD_NOLOAD) == nullptr ? 0 : 1);
    print("after", library.picture(one));
    print("closed", library.close(one));
    return 0;
}

/// Another oneTBB than the library's is there first, and everyone sees it.
int tbb(const char* path, const char* patch) {
    const bool there = ::dlopen("libtbb.so.12", RTLD_NOW | RTLD_GLOBAL) != nullptr;
    print("tbb", there ? 1 : 0);
    if (!there) return 0;
    const Library library(path);
    const gan_patch one = library.opened(patch);
    print("opened", one == 0 ? 0 : 1);
    if (one != 0) print("picture", library.picture(one));
    return 0;
}

/// What belongs to the host.
struct Own {
    double descriptors = ::descriptors();
    std::vector<std::string> environment;
    std::map<int, void (*)(int)> handlers;
    std::string folder = fs::current_path().string();
    std::string locale = std::setlocale(LC_ALL, nullptr);
    mode_t mask = ::umask(022);
    sigset_t blocked{};

    Own() {
        ::umask(mask);
        for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
        for (int signal = 1; signal < NSIG; ++signal) {
            struct sigaction action {};
            if (::sigaction(signal, nullptr, &action) == 0) handlers[signal] = action.sa_handler;
        }
        ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    }
};

int quiet(const char* path, const char* patch) {
    const Own before;
    const Library library(path);
    const gan_patch one = library.opened(patch);
    print("picture", library.picture(one));
    library.play(one, 1);
    library.play(one, 0);
    library.close(one);
    const Own after;
    print("descriptors", after.descriptors - before.descriptors);
    print("environment", before.environment == after.environment ? 0 : 1);
    print("handlers", before.handlers == after.handlers ? 0 : 1);
    print("folder", before.folder == after.folder ? 0 : 1);
    print("locale", before.locale == after.locale ? 0 : 1);
    print("mask", before.mask == after.mask ? 0 : 1);
    print("blocked", std::memcmp(&before.blocked, &after.blocked, sizeof(sigset_t)) == 0 ? 0 : 1);
    return 0;
}

int cycles(const Library& library, const char* patch, int count) {
    const auto look = [](const char* when) {
        print((std::string("resident_") + when).c_str(), resident_megabytes());
        print((std::string("descriptors_") + when).c_str(), descriptors());
        print((std::string("threads_") + when).c_str(), threads());
    };
    for (int i = 0; i < count; ++i) {
        const gan_patch one = library.opened(patch);
        if (library.picture(one) < 0) return 4;
        if (i % 10 == 3 && library.played(one) < 0) return 4;  // opens the GPU, which the process keeps
        if (library.close(one) != GAN_OK) return 5;
        if (i == count / 4) look("early");
    }
    look("late");
    return 0;
}

int share(const Library& library, const char* patch) {
    print("none", resident_megabytes());
    const gan_patch one = library.opened(patch);
    library.picture(one);
    print("one", resident_megabytes());
    const gan_patch other = library.opened(patch);
    library.picture(other);
    print("two", resident_megabytes());
    return library.close(one) == GAN_OK && library.close(other) == GAN_OK ? 0 : 5;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 2 ? argv[2] : "";
    if (what == "load") return load(argv[1]);
    const char* patch = argc > 3 ? argv[3] : nullptr;
    if (what == "tbb") return tbb(argv[1], patch);
    if (what == "quiet") return quiet(argv[1], patch);
    // Where a thread's memory comes from is chance otherwise, and with it how much of it is in use.
    ::mallopt(M_ARENA_MAX, 1);
    const Library library(argv[1]);
    if (what == "leave") return leave(library, patch);
    if (what == "unload") return unload(library, argv[1], patch);
    if (what == "cycles") return cycles(library, patch, std::atoi(argv[4]));
    if (what == "share") return share(library, patch);
    return 1;
}
