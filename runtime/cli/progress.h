#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace gan {

/// A progress bar on stderr, when stderr is a terminal and the work takes longer than a moment.
class Progress {
public:
    Progress(std::string what, size_t total);
    ~Progress();
    void update(size_t done);

private:
    std::string what_;
    size_t total_;
    bool terminal_;
    bool drawn_ = false;
    std::chrono::steady_clock::time_point start_;
    std::chrono::steady_clock::time_point last_;
};

}  // namespace gan
