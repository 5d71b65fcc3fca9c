#include "trainer/data/tar.h"

#include "runtime/base/error.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <utility>

namespace gan {

void Tar::Free::operator()(archive* tar) const {
    archive_read_free(tar);
}

Tar::Tar(std::filesystem::path path) : path_(std::move(path)), archive_(archive_read_new()) {
    archive_read_support_format_tar(archive_.get());
    archive_read_support_filter_gzip(archive_.get());
    constexpr size_t block = 1 << 20;  // read at a time
    if (archive_read_open_filename(archive_.get(), path_.c_str(), block) != ARCHIVE_OK) fail();
}

void Tar::fail() const {
    const char* text = archive_error_string(archive_.get());
    throw Error("{}: is not a tar that can be read to its end ({}, after {} files); write or copy it again",
                path_.string(), text != nullptr ? text : "no reason given", number_ + 1);
}

bool Tar::next() {
    while (true) {
        archive_entry* entry = nullptr;
        const int status = archive_read_next_header(archive_.get(), &entry);
        if (status == ARCHIVE_EOF) return false;
        if (status < ARCHIVE_WARN) fail();  // a warning is a name of another locale, or an unknown attribute
        if (archive_entry_filetype(entry) != AE_IFREG) continue;
        ++number_;
        const char* name = archive_entry_pathname_utf8(entry);
        if (name == nullptr) name = archive_entry_pathname(entry);
        name_ = name != nullptr ? std::filesystem::path(name).lexically_normal().generic_string()
                                : fmt::format("unnamed-{}", number_);
        return true;
    }
}

std::optional<std::vector<std::byte>> Tar::read(size_t limit) {
    // Grown as bytes come: a damaged header may promise more than there is memory.
    std::vector<std::byte> bytes;
    constexpr size_t piece = 1 << 20;
    while (bytes.size() <= limit) {
        const size_t size = bytes.size();
        bytes.resize(size + piece);
        const la_ssize_t got = archive_read_data(archive_.get(), bytes.data() + size, piece);
        if (got < 0) fail();
        bytes.resize(size + static_cast<size_t>(got));
        if (got == 0) return bytes;
    }
    return std::nullopt;
}

}  // namespace gan
