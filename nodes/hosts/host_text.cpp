#include "nodes/hosts/host_text.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace gan {
namespace {

constexpr uintptr_t word = sizeof(uint64_t);
constexpr size_t longest = 4096;  // of a path, as Linux has it

uintptr_t number(const void* address) {
    return reinterpret_cast<uintptr_t>(address);
}

/// Whether the eight bytes around an address can be read. The call fails in any case, for its first argument,
/// but only after it has read them. No file, no signal and no right to look into processes is needed.
bool readable(const void* address) {
    if (number(address) < word) return false;  // null, which that call takes
    const int before = errno;
    ::syscall(SYS_rt_sigprocmask, ~0, number(address) / word * word, nullptr, word);
    const bool read = errno != EFAULT;
    errno = before;
    return read;
}

/// It may reach beyond a short text, where no page ends.
__attribute__((no_sanitize_address)) const char* pointer_at(const void* address) {
    return *static_cast<const char* const volatile*>(address);
}

/// Up to its end, or to where memory ends.
std::string text_at(const char* letter) {
    std::string text;
    for (; text.size() < longest; ++letter) {
        if ((text.empty() || number(letter) % word == 0) && !readable(letter)) break;
        if (*letter == '\0') break;
        text += *letter;
    }
    return text;
}

}  // namespace

std::string host_text(const void* argument) {
    if (!readable(argument)) return {};
    const auto* itself = static_cast<const char*>(argument);
    if (number(argument) % alignof(char*) != 0) return text_at(itself);
    const char* there = pointer_at(argument);
    if (there == nullptr) return {};  // no text, or an empty one
    return text_at(readable(there) ? there : itself);
}

}  // namespace gan
