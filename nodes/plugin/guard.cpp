#include "nodes/plugin/guard.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/base/hash.h"
#include "runtime/base/json.h"
#include "runtime/base/locked_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <random>
#include <utility>

namespace gan {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* mark_ending = ".playing";
constexpr const char* disabled_name = "disabled.json";
constexpr char outside = '0', within = '1';  // what a mark begins with

/// When a process began, in the kernel's ticks; empty when there is none.
std::string start_of(int64_t process) {
    // /proc holds files of no size: they cannot be mapped.
    const int descriptor = ::open(fmt::format("/proc/{}/stat", process).c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return {};
    std::array<char, 1024> buffer;
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    ::close(descriptor);
    std::string text(buffer.data(), static_cast<size_t>(std::max<ssize_t>(count, 0)));
    // The name, in parentheses, may hold anything. What follows it is field 3; the start is field 22.
    size_t at = text.rfind(')');
    for (int field = 2; field < 22 && at != std::string::npos; ++field) at = text.find(' ', at + 1);
    return at == std::string::npos ? std::string() : text.substr(at + 1, text.find(' ', at + 1) - at - 1);
}

/// Another each time that the machine starts.
std::string this_boot() {
    const int descriptor = ::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return {};
    std::array<char, 64> buffer;
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    ::close(descriptor);
    return {buffer.data(), static_cast<size_t>(std::max<ssize_t>(count, 0))};
}

DisabledPlugins read_disabled(const fs::path& folder) {
    DisabledPlugins disabled;
    try {
        const json list = parse_json(read_text(folder / disabled_name, 1 << 20), 8);
        for (const auto& [path, kept] : list.items())
            disabled[path] = {kept.at("size").get<uint64_t>(), kept.at("time").get<int64_t>()};
    } catch (const std::exception&) {
        // There is no list, or it is damaged.
    }
    return disabled;
}

/// Changes the list while nobody else does. Throws Error.
template <class Change>
void change_disabled(const fs::path& folder, const Change& change) {
    const fs::path path = folder / disabled_name;
    auto file = LockedFile::open(path, LockedFile::Mode::Create);
    if (!file) throw Error("{}: cannot be written", path.string());
    DisabledPlugins disabled = read_disabled(folder);
    change(disabled);
    json list = json::object();
    for (const auto& [library, stamp] : disabled)
        list[library] = {{"size", stamp.size}, {"time", stamp.time}};
    file->replace(list.dump(1) + "\n");
}

/// What a mark of a dead process tells: the library that ended it, or nothing. `dead`: whether it is dead.
std::optional<std::pair<std::string, FileStamp>> read_mark(const fs::path& path, const std::string& boot,
                                                           bool& dead) {
    dead = false;
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) return std::nullopt;
    const bool locked = ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(descriptor);
    if (locked) return std::nullopt;  // by the process, which lives
    try {
        const std::string text = read_text(path, 1 << 16);
        const json mark = parse_json(std::string_view(text).substr(std::min<size_t>(1, text.size())), 8);
        // Where there are no locks, the process is asked for.
        const bool same_boot = mark.at("boot") == boot;
        const std::string start = start_of(mark.at("process").get<int64_t>());
        if (same_boot && !start.empty() && mark.at("start") == start) return std::nullopt;
        dead = true;
        if (!same_boot || text[0] != within) return std::nullopt;
        return {{mark.at("library").get<std::string>(),
                 {mark.at("size").get<uint64_t>(), mark.at("time").get<int64_t>()}}};
    } catch (const std::exception&) {
        dead = true;  // it died while it was writing it
        return std::nullopt;
    }
}

}  // namespace

PlayingMark::PlayingMark(const fs::path& folder, const fs::path& library, const FileStamp& stamp)
    : process_(::getpid()) {
    if (folder.empty()) return;
    std::error_code ignored;
    fs::create_directories(folder, ignored);
    std::random_device random;
    path_ = folder /
            fmt::format("{}-{:08x}{}", sha256_hex(library.string()).substr(0, 12), random(), mark_ending);
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor_ < 0) return;
    ::flock(descriptor_, LOCK_EX | LOCK_NB);
    const std::string text =
        outside + json{{"library", library.string()}, {"size", stamp.size},          {"time", stamp.time},
                       {"process", process_},         {"start", start_of(process_)}, {"boot", this_boot()}}
                      .dump();
    if (::pwrite(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size())) return;
    ::unlink(path_.c_str());
    ::close(std::exchange(descriptor_, -1));
}

PlayingMark::~PlayingMark() {
    const std::lock_guard lock(mutex_);
    if (descriptor_ < 0) return;
    // A library that calls exit() has ended the program as well.
    if (inside_ == 0 && process_ == ::getpid()) ::unlink(path_.c_str());
    ::close(std::exchange(descriptor_, -1));
}

void PlayingMark::enter() {
    const std::lock_guard lock(mutex_);
    if (inside_++ == 0) write(within);
}

void PlayingMark::leave() {
    const std::lock_guard lock(mutex_);
    if (--inside_ == 0) write(outside);
}

/// Into the system's memory, where it outlives the process: it does not wait for the disk.
void PlayingMark::write(char state) {
    if (descriptor_ >= 0) static_cast<void>(::pwrite(descriptor_, &state, 1, 0) == 1);
}

DisabledPlugins settle_marks(const fs::path& folder) {
    DisabledPlugins found;
    std::vector<fs::path> settled;
    std::error_code error;
    const std::string boot = this_boot();
    for (fs::directory_iterator file(folder, error), end; !error && file != end; file.increment(error)) {
        if (file->path().extension() != mark_ending) continue;
        bool dead = false;
        if (const auto told = read_mark(file->path(), boot, dead))
            found.insert_or_assign(told->first, told->second);
        if (dead) settled.push_back(file->path());
    }
    DisabledPlugins disabled = read_disabled(folder);
    for (const auto& [library, stamp] : found) disabled.insert_or_assign(library, stamp);
    try {
        if (!found.empty())
            change_disabled(folder, [&](DisabledPlugins& list) {
                for (const auto& [library, stamp] : found) list.insert_or_assign(library, stamp);
            });
    } catch (const std::exception&) {
        return disabled;  // the marks stay, and tell it again
    }
    for (const fs::path& mark : settled) fs::remove(mark, error);
    return disabled;
}

void enable_plugins(const fs::path& folder, const std::vector<std::string>& libraries) {
    if (read_disabled(folder).empty()) return;
    change_disabled(folder, [&](DisabledPlugins& list) {
        for (const std::string& library : libraries) list.erase(library);
    });
}

}  // namespace gan
