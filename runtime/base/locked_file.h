#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace gan {

/// A file that one holder at a time may write, in this program and among all: locked (flock) until the last
/// copy of the holder is gone, or its process. Used by one thread at a time, but for sync().
class LockedFile {
public:
    enum class Mode { Existing, Create, New };
    /// Nothing when there is none (Existing), when there is one (New), or when it cannot be written here.
    /// Throws Error when somebody else holds it.
    static std::optional<LockedFile> open(const std::filesystem::path& path, Mode mode);

    const std::filesystem::path& path() const { return path_; }
    /// Writes at the end, and takes off `text` what was written. Throws Error with the rest left.
    void append(std::string& text);
    /// The name shows the complete old or the complete new contents at every instant, power cuts included,
    /// and is locked throughout. Throws Error with the old contents kept.
    void replace(std::string contents);
    /// Waits until what was written would survive a power cut. Throws Error. [any thread, on a copy]
    void sync() const;
    void remove();

private:
    using Descriptor = std::shared_ptr<const int>;
    LockedFile(std::filesystem::path path, Descriptor descriptor)
        : path_(std::move(path)), descriptor_(std::move(descriptor)) {}
    static Descriptor owner_of(int descriptor);

    std::filesystem::path path_;
    Descriptor descriptor_;
};

}  // namespace gan
