#include "trainer/data/cache.h"

#include "runtime/base/error.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

static_assert(std::endian::native == std::endian::little, "the file is mapped as it lies");

namespace gan {
namespace {

constexpr size_t data_start = 4096;  // a page, so that pictures are aligned

struct Header {
    std::array<char, 8> magic{'G', 'A', 'N', 'D', 'A', 'T', 'A', '\0'};
    uint64_t version = 1;
    uint64_t count = 0;
    uint64_t picture_size = 0;
    uint64_t facts_size = 0;
    std::array<char, 64> facts_hash{};
};

}  // namespace

PictureCache PictureCache::open(const std::filesystem::path& path) {
    PictureCache cache;
    cache.file = MappedFile::open(path);
    const auto bytes = cache.file->bytes();
    Header header;
    const Header expected;
    const auto damaged = [&] { return Error("{}: is damaged, or no cache of pictures", path.string()); };
    if (bytes.size() < data_start) throw damaged();
    std::memcpy(&header, bytes.data(), sizeof header);
    const uint64_t room = bytes.size() - data_start;
    if (header.magic != expected.magic || header.version != expected.version || header.facts_size > room ||
        header.count > room / sizeof(int32_t) || header.picture_size == 0 ||
        header.picture_size > (room / std::max<uint64_t>(header.count, 1)) ||
        header.count * (header.picture_size + sizeof(int32_t)) + header.facts_size != room)
        throw damaged();

    cache.picture_size = header.picture_size;
    const size_t pictures_size = header.count * header.picture_size;
    const auto labels = bytes.subspan(data_start + pictures_size, header.count * sizeof(int32_t));
    const auto facts = bytes.last(header.facts_size);
    if (sha256_hex(facts) != std::string_view(header.facts_hash.data(), header.facts_hash.size()))
        throw damaged();
    cache.facts =
        nlohmann::json::parse(reinterpret_cast<const char*>(facts.data()),
                              reinterpret_cast<const char*>(facts.data() + facts.size()), nullptr, false);
    if (!cache.facts.is_object() || cache.facts.value("labels_sha256", "") != sha256_hex(labels))
        throw damaged();
    cache.labels.resize(header.count);
    if (!labels.empty()) std::memcpy(cache.labels.data(), labels.data(), labels.size());
    cache.pictures = {reinterpret_cast<const uint8_t*>(bytes.data()) + data_start, pictures_size};
    return cache;
}

bool PictureCache::whole() const {
    Sha256 hash;
    constexpr size_t piece = 64 << 20;  // so that Ctrl-C is noticed
    for (size_t at = 0; at < pictures.size(); at += piece) {
        check_interrupted();
        hash.add(std::as_bytes(pictures.subspan(at, std::min(piece, pictures.size() - at))));
    }
    return facts.value("pictures_sha256", "") == hash.hex();
}

PictureCacheWriter::PictureCacheWriter(const std::filesystem::path& path, size_t picture_size)
    : file_(path), picture_size_(picture_size) {
    file_.write(std::vector<std::byte>(data_start));
}

void PictureCacheWriter::add(std::span<const uint8_t> picture, int32_t label) {
    if (picture.size() != picture_size_)
        throw Error("a picture of {} bytes does not fit a cache of pictures of {}", picture.size(),
                    picture_size_);
    file_.write(std::as_bytes(picture));
    hash_.add(std::as_bytes(picture));
    labels_.push_back(label);
}

void PictureCacheWriter::finish(nlohmann::json facts) {
    const auto labels = std::as_bytes(std::span(labels_));
    facts["pictures_sha256"] = hash_.hex();
    facts["labels_sha256"] = sha256_hex(labels);
    const std::string text = facts.dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
    const auto facts_bytes = std::as_bytes(std::span(text));
    Header header;
    header.count = labels_.size();
    header.picture_size = picture_size_;
    header.facts_size = text.size();
    std::ranges::copy(sha256_hex(facts_bytes), header.facts_hash.begin());
    file_.write(labels);
    file_.write(facts_bytes);
    file_.write_at(0, std::as_bytes(std::span(&header, 1)));
    file_.commit();
}

}  // namespace gan
