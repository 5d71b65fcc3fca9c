#pragma once

#include "runtime/base/error.h"

#include <utility>

namespace gan {

/// An Error with what a function of gan.h returns for it.
class Failure : public Error {
public:
    template <class... Args>
    explicit Failure(int result, fmt::format_string<Args...> format, Args&&... args)
        : Error(format, std::forward<Args>(args)...), result(result) {}
    const int result;
};

}  // namespace gan
