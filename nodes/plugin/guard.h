#pragma once

#include "nodes/plugin/scan.h"

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace gan {

/// Says on disk, in a file of its own, that this process plays a library, and whether it is inside one of its
/// functions: what is left of that when the process has died tells the next one which library ended it. The
/// file is removed when the process ends by itself, outside of the library. [any thread]
class PlayingMark {
public:
    /// Where nothing can be written, there is no mark. `folder`: empty, or made when it is not there.
    PlayingMark(const std::filesystem::path& folder, const std::filesystem::path& library,
                const FileStamp& stamp);
    ~PlayingMark();
    PlayingMark(const PlayingMark&) = delete;
    PlayingMark& operator=(const PlayingMark&) = delete;

    void enter();
    void leave();

private:
    void write(char state);

    std::mutex mutex_;
    std::filesystem::path path_;
    int descriptor_ = -1;
    int process_ = 0;  // that made it; a fork of it leaves it alone
    int inside_ = 0;   // calls of the library's functions now
};

/// While one of a library's functions is called.
class Inside {
public:
    explicit Inside(PlayingMark& mark) : mark_(mark) { mark_.enter(); }
    ~Inside() { mark_.leave(); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

private:
    PlayingMark& mark_;
};

/// Libraries that ended a program, by their paths, with the files that they were then: kept in
/// `folder`/disabled.json.
using DisabledPlugins = std::map<std::string, FileStamp>;

/// Those of before, and those that the marks of processes that have died since tell of; the marks are
/// removed. Marks from before the machine was started last tell nothing.
DisabledPlugins settle_marks(const std::filesystem::path& folder);

/// Takes libraries off the list. Throws Error when that cannot be written.
void enable_plugins(const std::filesystem::path& folder, const std::vector<std::string>& libraries);

}  // namespace gan
