#pragma once

#include "nodes/plugin/description.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gan {

/// By what a file is known to be the one that it was.
struct FileStamp {
    uint64_t size = 0;
    int64_t time = 0;  // of its last change, nanoseconds
    bool operator==(const FileStamp&) const = default;
};
/// Nothing when there is no regular file.
std::optional<FileStamp> file_stamp(const std::filesystem::path& file);

/// What is known of a library without opening it in this process.
struct Scan {
    PluginLibrary library;
    std::string problem;  // why there is none, to follow its name; or empty
    bool lasting = true;  // the same will come out until the file changes: it crashed, or hung
};

/// Has the helper program, ganymede-scan, open a library and tell of it. Never throws because of the library,
/// whatever that does; throws Interrupted.
Scan scan_library(const std::filesystem::path& helper, const std::filesystem::path& file,
                  std::chrono::milliseconds patience);

/// What scans found before, in a file that several programs share:
///     {"format": 1, "abi": 1, "files": {path: {"size", "time", "ids", and "library" or "problem"}}}
/// What is wrong with that file is no error: libraries are scanned again.
class ScanCache {
public:
    /// Empty: nothing is kept.
    explicit ScanCache(std::filesystem::path file);

    /// What was found in this very file.
    std::optional<Scan> find(const std::string& library, const FileStamp& stamp) const;
    /// Ids of the types that it had when it last could be read, as it is now or before.
    std::vector<std::string> ids(const std::string& library) const;
    void add(const std::string& library, const FileStamp& stamp, const Scan& scan);
    void forget(const std::string& library);
    /// Writes what changed, unless another program is writing. Files that are gone are left out.
    void save() const;

private:
    struct Entry {
        FileStamp stamp;
        Scan scan;
        std::vector<std::string> ids;
    };
    static std::map<std::string, Entry> read(const std::filesystem::path& file);

    const std::filesystem::path file_;
    std::map<std::string, Entry> entries_;  // by the path of the library
    std::map<std::string, Entry> changes_;  // since it was read
};

}  // namespace gan
