#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace gan {

/// A whole file mapped read-only; the mapping lives as long as any copy of the pointer.
class MappedFile {
public:
    /// Throws Error naming the path when it cannot be opened or is no regular file.
    static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    std::span<const std::byte> bytes() const { return {data_, size_}; }

private:
    MappedFile() = default;
    const std::byte* data_ = nullptr;
    size_t size_ = 0;
};

/// Whether a file that is being written is given up when check_interrupted() would throw.
enum class OnInterrupt { Stop, Finish };

/// Writes a file so that its final name only ever shows a complete old or a complete new file:
/// bytes go to a temporary file beside it, commit() syncs and renames. Destroyed before commit(),
/// it removes the temporary file. Every failure (no permission, disk full) throws Error.
class AtomicFile {
public:
    explicit AtomicFile(std::filesystem::path path, OnInterrupt on_interrupt = OnInterrupt::Stop);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void write(std::span<const std::byte> bytes);
    /// Overwrites bytes already written, at `offset` from the start.
    void write_at(size_t offset, std::span<const std::byte> bytes);
    void commit();

private:
    std::filesystem::path path_;
    OnInterrupt on_interrupt_;
    std::string temporary_;
    int descriptor_ = -1;
};

/// After a rename: waits until the folder keeps the name through a power cut, where it can be had.
void sync_name(const std::filesystem::path& path);

/// The whole of a small text file. Throws Error when it is missing or longer than `limit` bytes.
std::string read_text(const std::filesystem::path& path, size_t limit = 64 << 20);

/// Set by the program's SIGINT and SIGTERM handler; long work calls check_interrupted() between steps.
void request_interrupt() noexcept;  // async-signal-safe
bool interrupt_requested() noexcept;
/// Throws Interrupted once request_interrupt() was called.
void check_interrupted();

/// Unwinds long work after Ctrl-C, so that temporary files are removed on the way out.
struct Interrupted {};

}  // namespace gan
