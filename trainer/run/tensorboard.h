#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace gan {

/// An event file that TensorBoard reads: numbers by name and step. One thread.
///
/// Format: records of TensorFlow (length, masked CRC-32C, data, masked CRC-32C), each an Event protocol
/// buffer: tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto,
/// tensorflow/core/framework/summary.proto.
class EventFile {
public:
    /// A new file in `folder`, beside those of earlier starts. Throws Error when it cannot be made.
    explicit EventFile(const std::filesystem::path& folder);

    /// What cannot be written is left out: a log is no reason to stop.
    void add(int64_t step, const std::map<std::string, double>& numbers);

    const std::filesystem::path& path() const { return path_; }

private:
    void write(const std::string& event);

    std::filesystem::path path_;
    std::ofstream file_;
};

}  // namespace gan
