#pragma once

#include <functional>

namespace gan {

/// Runs a program's work and returns its exit code: `work`'s own; 130 after Ctrl-C or SIGTERM, 1 for any
/// other exception, with one sentence on stderr. While it runs the first signal makes check_interrupted()
/// throw, which removes what is unfinished, and the second ends the process at once; a full disk, a file-size
/// limit and a closed pipe come back as failed writes. To be called once, from main().
int run_program(const std::function<int()>& work);

}  // namespace gan
