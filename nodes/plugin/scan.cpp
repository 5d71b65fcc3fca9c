#include "nodes/plugin/scan.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/locked_file.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

namespace gan {
namespace {

namespace fs = std::filesystem;
using ScanClock = std::chrono::steady_clock;

constexpr size_t most_output = 4 << 20;  // bytes that a helper program may tell
constexpr int cache_format = 1;

/// A descriptor that is closed with its owner.
class OwnDescriptor {
public:
    explicit OwnDescriptor(int descriptor) : descriptor_(descriptor) {}
    OwnDescriptor(const OwnDescriptor&) = delete;
    OwnDescriptor& operator=(const OwnDescriptor&) = delete;
    ~OwnDescriptor() { close(); }
    void close() {
        if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    }
    int get() const { return descriptor_; }

private:
    int descriptor_;
};

/// The helper program at work, in a process group of its own, which ends with this at the latest.
class Helper {
public:
    /// Throws Error when it cannot be started.
    Helper(const fs::path& program, const fs::path& library, int output) {
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        ::posix_spawn_file_actions_init(&actions);
        // First: in a host that has closed its own, it may be one of the others.
        ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
        ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        ::posix_spawnattr_init(&attributes);
        sigset_t none, all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes, &none);
        ::posix_spawnattr_setsigdefault(&attributes, &all);
        ::posix_spawnattr_setpgroup(&attributes, 0);
        ::posix_spawnattr_setflags(&attributes,
                                   POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        std::string name = program.string(), file = library.string();
        char* const arguments[] = {name.data(), file.data(), nullptr};
        const int error = ::posix_spawn(&process_, name.c_str(), &actions, &attributes, arguments, environ);
        ::posix_spawnattr_destroy(&attributes);
        ::posix_spawn_file_actions_destroy(&actions);
        if (error != 0) throw Error("{} cannot be started ({})", name, std::strerror(error));
    }
    Helper(const Helper&) = delete;
    Helper& operator=(const Helper&) = delete;
    ~Helper() { end(); }

    /// Whether it has ended by itself before this moment.
    bool ended(ScanClock::time_point until) const {
        for (;;) {
            siginfo_t info{};
            const int result =
                ::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT);
            if (result == 0 && info.si_pid != 0) return true;
            // A host that ignores its children, or takes all of them, leaves no more than what was told.
            if (result != 0 && errno != EINTR) return true;
            if (ScanClock::now() >= until) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    }

    /// Ends it, and what it started; how it ended, as waitpid() says, or 0 where nobody can tell.
    int end() {
        if (process_ <= 0) return 0;
        ::kill(-process_, SIGKILL);
        int status = 0;
        pid_t waited = 0;
        do waited = ::waitpid(process_, &status, 0);
        while (waited < 0 && errno == EINTR);
        process_ = 0;
        return waited < 0 ? 0 : status;
    }

private:
    pid_t process_ = 0;
};

/// Reads to the end, or until then. Nothing when it did not end.
std::optional<std::string> read_until(int descriptor, ScanClock::time_point until) {
    std::string text;
    std::array<char, 16384> buffer;
    while (text.size() < most_output) {
        check_interrupted();
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - ScanClock::now()).count();
        if (left <= 0) return std::nullopt;
        pollfd input{.fd = descriptor, .events = POLLIN, .revents = 0};
        const int ready = ::poll(&input, 1, static_cast<int>(std::min<int64_t>(left, 100)));
        if (ready <= 0) continue;
        const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return text;
        text.append(buffer.data(), static_cast<size_t>(count));
    }
    return text;
}

std::string how_it_ended(int status) {
    if (WIFSIGNALED(status)) {
        const char* name = ::sigabbrev_np(WTERMSIG(status));
        return name == nullptr ? fmt::format("signal {}", WTERMSIG(status)) : fmt::format("SIG{}", name);
    }
    return fmt::format("exit code {}", WEXITSTATUS(status));
}

Scan scan_from_text(const std::string& text) {
    try {
        const nlohmann::json told = parse_json(text, 16);
        if (const auto problem = told.find("problem"); told.is_object() && problem != told.end()) {
            if (!problem->is_string()) throw Error("cannot be used, and does not say why");
            return {.problem = printable(problem->get<std::string>()), .lasting = false};
        }
        return {.library = library_from_json(told)};
    } catch (const std::exception& failure) {
        return {.problem = printable(failure.what()), .lasting = false};
    }
}

}  // namespace

std::optional<FileStamp> file_stamp(const fs::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return FileStamp{static_cast<uint64_t>(status.st_size),
                     int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

Scan scan_library(const fs::path& helper, const fs::path& file, std::chrono::milliseconds patience) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return {.problem = fmt::format("could not be looked at ({})", std::strerror(errno)),
                .lasting = false};
    const OwnDescriptor reading(ends[0]);
    OwnDescriptor writing(ends[1]);
    try {
        const auto until = ScanClock::now() + patience;
        Helper scanner(helper, file, writing.get());
        writing.close();
        const auto told = read_until(reading.get(), until);
        const bool ended = told && told->size() < most_output && scanner.ended(until);
        const int status = scanner.end();
        if (!ended)
            return {.problem = fmt::format(
                        "was given up, since it did not come to an end within {} s when it was opened",
                        std::chrono::duration<double>(patience).count())};
        if (status != 0 || told->empty())
            return {.problem = fmt::format("ends the program that opens it ({})", how_it_ended(status))};
        return scan_from_text(*told);
    } catch (const Error& failure) {
        return {.problem = fmt::format("could not be looked at ({})", failure.what()), .lasting = false};
    }
}

ScanCache::ScanCache(fs::path file) : file_(std::move(file)), entries_(read(file_)) {}

std::map<std::string, ScanCache::Entry> ScanCache::read(const fs::path& file) {
    std::map<std::string, Entry> entries;
    if (file.empty()) return entries;
    try {
        const nlohmann::json cache = parse_json(read_text(file, 64 << 20), 16);
        if (cache.at("format") != cache_format || cache.at("abi") != GAN_NODE_ABI) return entries;
        for (const auto& [path, kept] : cache.at("files").items()) {
            Entry entry{.stamp = {kept.at("size").get<uint64_t>(), kept.at("time").get<int64_t>()},
                        .scan = {},
                        .ids = kept.at("ids").get<std::vector<std::string>>()};
            if (kept.contains("library"))
                entry.scan.library = library_from_json(kept.at("library"));
            else
                entry.scan.problem = printable(kept.at("problem").get<std::string>());
            entries.emplace(path, std::move(entry));
        }
    } catch (const std::exception&) {
        entries.clear();  // there is none yet, or it is damaged
    }
    return entries;
}

std::optional<Scan> ScanCache::find(const std::string& library, const FileStamp& stamp) const {
    const auto found = entries_.find(library);
    if (found == entries_.end() || found->second.stamp != stamp) return std::nullopt;
    return found->second.scan;
}

std::vector<std::string> ScanCache::ids(const std::string& library) const {
    const auto found = entries_.find(library);
    return found == entries_.end() ? std::vector<std::string>() : found->second.ids;
}

void ScanCache::add(const std::string& library, const FileStamp& stamp, const Scan& scan) {
    Entry entry{.stamp = stamp, .scan = scan, .ids = ids(library)};
    if (scan.problem.empty()) {
        entry.ids.clear();
        for (const PluginType& type : scan.library.types) entry.ids.push_back(type.id);
    }
    if (!scan.problem.empty() && !scan.lasting) entry.stamp = {};  // is looked at again; its ids are kept
    entries_[library] = entry;
    changes_[library] = std::move(entry);
}

void ScanCache::forget(const std::string& library) {
    const auto found = entries_.find(library);
    if (found == entries_.end()) return;
    found->second.stamp = {};
    changes_[library] = found->second;
}

void ScanCache::save() const {
    if (file_.empty() || changes_.empty()) return;
    try {
        fs::create_directories(file_.parent_path());
        auto cache = LockedFile::open(file_, LockedFile::Mode::Create);
        if (!cache) return;
        // Another program may have found others meanwhile.
        std::map<std::string, Entry> entries = read(file_);
        for (const auto& [path, change] : changes_) entries[path] = change;
        nlohmann::json files = nlohmann::json::object();
        for (const auto& [path, entry] : entries) {
            if (!file_stamp(path)) continue;
            nlohmann::json& kept = files[path];
            kept = {{"size", entry.stamp.size}, {"time", entry.stamp.time}, {"ids", entry.ids}};
            if (entry.scan.problem.empty())
                kept["library"] = to_json(entry.scan.library);
            else
                kept["problem"] = entry.scan.problem;
        }
        cache->replace(
            nlohmann::json{{"format", cache_format}, {"abi", GAN_NODE_ABI}, {"files", files}}.dump() + "\n");
    } catch (const std::exception&) {
        // No cache: the next program looks again.
    }
}

}  // namespace gan
