#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace gan {

/// The one exception type inside Ganymede. Its text is a sentence for the person in front of the
/// screen: it names the thing, says what was wrong, and what to do.
class Error : public std::runtime_error {
public:
    template <class... Args>
    explicit Error(fmt::format_string<Args...> format, Args&&... args)
        : std::runtime_error(fmt::format(format, std::forward<Args>(args)...)) {}
};

}  // namespace gan
