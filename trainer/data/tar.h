#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct archive;

namespace gan {

/// The files in a tar, plain or compressed by gzip, in its order; folders, links and devices are passed over.
/// Used by one thread at a time. Every call throws Error naming the tar when it is none, damaged or cut off.
class Tar {
public:
    explicit Tar(std::filesystem::path path);

    /// Goes to the next file; false behind the last.
    bool next();
    /// Of the current file, without a leading "./", separated by '/'.
    const std::string& name() const { return name_; }
    /// The number of the current file in the tar, from 0.
    int64_t number() const { return number_; }
    /// The current file, once; nothing when it is longer than `limit` bytes.
    std::optional<std::vector<std::byte>> read(size_t limit);

private:
    struct Free {
        void operator()(archive* tar) const;
    };
    [[noreturn]] void fail() const;

    std::filesystem::path path_;
    std::unique_ptr<archive, Free> archive_;
    std::string name_;
    int64_t number_ = -1;
};

}  // namespace gan
