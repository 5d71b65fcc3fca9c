#pragma once

#include <algorithm>
#include <span>
#include <string_view>

namespace gan {

/// Copies text for a host, with a 0 at its end. A letter of several bytes that has no room is left out whole.
inline void copy_text(std::string_view text, std::span<char> to) {
    if (to.empty()) return;
    size_t length = std::min(text.size(), to.size() - 1);
    while (length < text.size() && length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80)
        --length;
    text.copy(to.data(), length);
    to[length] = '\0';
}

}  // namespace gan
