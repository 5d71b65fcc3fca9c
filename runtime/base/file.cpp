#include "runtime/base/file.h"

#include "runtime/base/error.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <random>

namespace gan {
namespace {

volatile std::sig_atomic_t interrupted = 0;

std::string reason() {
    return std::strerror(errno);
}

}  // namespace

void request_interrupt() noexcept {
    interrupted = 1;
}

bool interrupt_requested() noexcept {
    return interrupted != 0;
}

void check_interrupted() {
    if (interrupted != 0) throw Interrupted{};
}

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) throw Error("{}: cannot be opened ({})", path.string(), reason());
    struct stat status {};
    const bool regular = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    std::shared_ptr<MappedFile> file(new MappedFile);
    if (regular && status.st_size > 0) {
        file->size_ = static_cast<size_t>(status.st_size);
        void* data = ::mmap(nullptr, file->size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (data != MAP_FAILED) file->data_ = static_cast<const std::byte*>(data);
    }
    ::close(descriptor);
    if (!regular) throw Error("{}: is not a regular file", path.string());
    if (file->size_ > 0 && file->data_ == nullptr)
        throw Error("{}: cannot be mapped into memory ({})", path.string(), reason());
    return file;
}

MappedFile::~MappedFile() {
    if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

AtomicFile::AtomicFile(std::filesystem::path path, OnInterrupt on_interrupt)
    : path_(std::move(path)), on_interrupt_(on_interrupt) {
    if (std::filesystem::is_directory(path_))
        throw Error("{}: is a folder; name a file to write", path_.string());
    std::random_device random;
    // Made as any new file is, so that the process's umask decides who may read it.
    for (int attempt = 0; attempt < 100 && descriptor_ < 0; ++attempt) {
        temporary_ =
            path_.parent_path() / fmt::format(".{}.{:06x}", path_.filename().string(), random() & 0xffffff);
        descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (descriptor_ < 0 && errno != EEXIST) break;
    }
    if (descriptor_ < 0) throw Error("{}: cannot be written here ({})", path_.string(), reason());
    struct stat old {};
    if (::stat(path_.c_str(), &old) == 0) ::fchmod(descriptor_, old.st_mode & 0777);
}

AtomicFile::~AtomicFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
    // Pieces, so that Ctrl-C is noticed in the middle of a large file.
    constexpr size_t piece = 8 << 20;
    while (!bytes.empty()) {
        if (on_interrupt_ == OnInterrupt::Stop) check_interrupted();
        const ssize_t written = ::write(descriptor_, bytes.data(), std::min(piece, bytes.size()));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw Error("{}: could not be written ({})", path_.string(), reason());
        bytes = bytes.subspan(static_cast<size_t>(written));
    }
}

void AtomicFile::write_at(size_t offset, std::span<const std::byte> bytes) {
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written != static_cast<ssize_t>(bytes.size()))
        throw Error("{}: could not be written ({})", path_.string(), reason());
}

void AtomicFile::commit() {
    if (on_interrupt_ == OnInterrupt::Stop) check_interrupted();
    if (::fsync(descriptor_) != 0) throw Error("{}: could not be written ({})", path_.string(), reason());
    if (::rename(temporary_.c_str(), path_.c_str()) != 0)
        throw Error("{}: could not be replaced ({})", path_.string(), reason());
    ::close(descriptor_);
    descriptor_ = -1;
    sync_name(path_);
}

void sync_name(const std::filesystem::path& path) {
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    const int parent = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0) return;
    ::fsync(parent);
    ::close(parent);
}

std::string read_text(const std::filesystem::path& path, size_t limit) {
    const auto file = MappedFile::open(path);
    if (file->bytes().size() > limit)
        throw Error("{}: is {} bytes long; at most {} are read", path.string(), file->bytes().size(), limit);
    return {reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()};
}

}  // namespace gan
