#pragma once

#include "runtime/base/file.h"
#include "runtime/base/hash.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace gan {

/// A file of pictures of one size and their classes, read through a mapping. Little-endian:
///   0        magic "GANDATA", version, number of pictures, bytes of one, bytes of the facts, their SHA-256
///   4096     the pictures, one after the other
///   then     their classes, int32 each; then the facts, as JSON, which hold SHA-256 of pictures and of
///   classes
struct PictureCache {
    std::shared_ptr<const MappedFile> file;
    size_t picture_size = 0;            // bytes
    std::span<const uint8_t> pictures;  // (count, picture_size)
    std::vector<int32_t> labels;        // (count)
    nlohmann::json facts;

    /// Opens and checks all but the pictures. Throws Error naming the file when it is damaged or of another
    /// kind.
    static PictureCache open(const std::filesystem::path& path);
    /// Checks the pictures: reads them all, at 0.4 to 2 GB a second from memory. [any thread]
    bool whole() const;
};

/// Writes a cache under its name when finish() is called; destroyed before that, it leaves nothing.
/// Every failure throws Error.
class PictureCacheWriter {
public:
    PictureCacheWriter(const std::filesystem::path& path, size_t picture_size);
    void add(std::span<const uint8_t> picture, int32_t label);
    void finish(nlohmann::json facts);

    const std::vector<int32_t>& labels() const { return labels_; }

private:
    AtomicFile file_;
    size_t picture_size_;
    Sha256 hash_;
    std::vector<int32_t> labels_;
};

}  // namespace gan
