#pragma once

#include "runtime/base/locked_file.h"
#include "runtime/model/tensor.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace gan {

/// What a run leaves behind, and goes on from:
///   config.toml                      the options it was begun with
///   checkpoints/step_NNNNNNNN.safetensors   everything training needs, the last few
///   checkpoints/best.safetensors     the one with the best score
///   model.safetensors                the generator's moving average, playable
///   samples/step_NNNNNNNN.png        sheets
///   metrics.jsonl                    numbers, a line each
///   starts.jsonl                     where and by what it was begun and gone on with, a line each
/// Held by one program at a time.
class RunFolder {
public:
    /// Made when it is not there. Throws Error when another program trains in it, or it cannot be written.
    explicit RunFolder(std::filesystem::path path);

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path model() const { return path_ / "model.safetensors"; }
    std::filesystem::path config() const { return path_ / "config.toml"; }
    std::filesystem::path sample(int64_t step) const;
    std::filesystem::path checkpoint(int64_t step) const;
    std::filesystem::path best() const { return path_ / "checkpoints/best.safetensors"; }

    /// Steps of the checkpoints there are, ascending.
    std::vector<int64_t> checkpoints() const;
    /// Removes all but the last `keep`.
    void prune(int keep) const;

    /// Adds a line to metrics.jsonl. Throws Error when it cannot be written; it is then tried again with the
    /// next.
    void log(const nlohmann::json& line);
    /// Takes away the lines of steps after this one, which will be made again.
    void forget_after(int64_t step);
    /// Adds a line to starts.jsonl; what cannot be written is left out.
    void note_start(const nlohmann::json& facts) const;

private:
    std::filesystem::path path_;
    std::optional<LockedFile> metrics_;
    std::string unwritten_;  // of metrics.jsonl
};

}  // namespace gan
