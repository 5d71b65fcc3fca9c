#include "runtime/base/locked_file.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gan {
namespace {

namespace fs = std::filesystem;

/// Whether the path still names the file that was opened.
bool names(const fs::path& path, const struct stat& opened) {
    struct stat named {};
    return ::lstat(path.c_str(), &named) == 0 && named.st_dev == opened.st_dev &&
           named.st_ino == opened.st_ino;
}

}  // namespace

LockedFile::Descriptor LockedFile::owner_of(int descriptor) {
    return {new int(descriptor), [](const int* owned) {
                ::close(*owned);
                delete owned;
            }};
}

std::optional<LockedFile> LockedFile::open(const fs::path& path, Mode mode) {
    const int create = mode == Mode::Existing ? 0 : mode == Mode::Create ? O_CREAT : O_CREAT | O_EXCL;
    for (;;) {
        const int opened = ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | create, 0666);
        if (opened < 0) return std::nullopt;
        LockedFile file(path, owner_of(opened));
        struct stat status {};
        if (::fstat(opened, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
        // A file system without locks is no reason not to work.
        if (::flock(opened, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
            throw Error("{}: is in use by another program", path.string());
        // Its holder may have replaced or removed it between our opening and our locking.
        if (names(path, status)) return file;
    }
}

void LockedFile::append(std::string& text) {
    size_t written = 0;
    while (written < text.size()) {
        const ssize_t count = ::write(*descriptor_, text.data() + written, text.size() - written);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            text.erase(0, written);
            throw Error("{}: could not be written ({})", path_.string(), std::strerror(errno));
        }
        written += static_cast<size_t>(count);
    }
    text.clear();
}

void LockedFile::replace(std::string contents) {
    // Only the holder of the lock writes this name: what lies there was left by one that was killed.
    const std::string fresh = path_.string() + ".new";
    const int opened =
        ::open(fresh.c_str(), O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (opened < 0) throw Error("{}: could not be written ({})", path_.string(), std::strerror(errno));
    LockedFile file(path_, owner_of(opened));
    try {
        ::flock(opened, LOCK_EX | LOCK_NB);
        file.append(contents);
        file.sync();
        if (::rename(fresh.c_str(), path_.c_str()) != 0)
            throw Error("{}: could not be replaced ({})", path_.string(), std::strerror(errno));
    } catch (...) {
        ::unlink(fresh.c_str());
        throw;
    }
    *this = std::move(file);
    sync_name(path_);
}

void LockedFile::sync() const {
    if (::fdatasync(*descriptor_) != 0)
        throw Error("{}: could not be written ({})", path_.string(), std::strerror(errno));
}

void LockedFile::remove() {
    struct stat status {};
    if (::fstat(*descriptor_, &status) == 0 && names(path_, status)) ::unlink(path_.c_str());
}

}  // namespace gan
