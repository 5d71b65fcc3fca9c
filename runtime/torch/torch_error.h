#pragma once

#include <string>

namespace gan {

/// Within a catch block: throws what was caught again, as an Error where LibTorch threw it, since its own
/// exceptions carry pages of addresses and must not leave the module. "LibTorch could not `what`: ..."
[[noreturn]] void rethrow_as_error(const std::string& what);

}  // namespace gan
