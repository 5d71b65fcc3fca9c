#include "trainer/run/tensorboard.h"

#include "runtime/base/error.h"

#include <unistd.h>

#include <boost/crc.hpp>
#include <chrono>
#include <cstring>

namespace gan {
namespace {

double now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

template <class T>
std::string bytes_of(T value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

/// CRC-32C (Castagnoli), turned and shifted so that a checksum of checksums is none.
std::string masked_checksum(const std::string& bytes) {
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
    crc.process_bytes(bytes.data(), bytes.size());
    const uint32_t sum = crc.checksum();
    return bytes_of<uint32_t>(((sum >> 15) | (sum << 17)) + 0xa282ead8);
}

std::string varint(uint64_t value) {
    std::string bytes;
    for (; value >= 128; value >>= 7) bytes += static_cast<char>(value | 128);
    return bytes + static_cast<char>(value);
}

// Wire types of protocol buffers: 0 varint, 1 eight bytes, 2 with a length, 5 four bytes.
std::string key(int field, int type) {
    return varint(static_cast<uint64_t>(field) << 3 | static_cast<uint64_t>(type));
}

std::string with_length(int field, const std::string& content) {
    return key(field, 2) + varint(content.size()) + content;
}

}  // namespace

EventFile::EventFile(const std::filesystem::path& folder) {
    const auto microseconds = static_cast<int64_t>(now() * 1e6);
    path_ = folder / fmt::format("events.out.tfevents.{:016}.{}", microseconds, ::getpid());
    file_.open(path_, std::ios::binary);
    if (!file_) throw Error("{}: cannot be written", path_.string());
    write(key(1, 1) + bytes_of(now()) + with_length(3, "brain.Event:2"));
}

void EventFile::add(int64_t step, const std::map<std::string, double>& numbers) {
    std::string summary;
    for (const auto& [name, value] : numbers)
        summary += with_length(1, with_length(1, name) + key(2, 5) + bytes_of(static_cast<float>(value)));
    write(key(1, 1) + bytes_of(now()) + key(2, 0) + varint(static_cast<uint64_t>(step)) +
          with_length(5, summary));
}

void EventFile::write(const std::string& event) {
    const std::string length = bytes_of<uint64_t>(event.size());
    file_ << length << masked_checksum(length) << event << masked_checksum(event) << std::flush;
    file_.clear();
}

}  // namespace gan
