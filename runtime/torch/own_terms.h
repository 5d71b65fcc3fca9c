#pragma once

#include <vector>

namespace gan {

/// What belongs to the calling thread and those that OpenMP lends it, set while one of these lives and then
/// put back, so that a host's own loops run as they did: the number of threads, and that denormals are
/// flushed (a network whose gains are bent towards zero is otherwise ten times slower). LibTorch's
/// at::set_num_threads() would set the number for the whole process.
class OwnTerms {
public:
    explicit OwnTerms(int threads);
    ~OwnTerms();
    OwnTerms(const OwnTerms&) = delete;
    OwnTerms& operator=(const OwnTerms&) = delete;

private:
    const int threads_;
    int threads_before_ = 0;
    std::vector<unsigned> modes_before_;  // of each thread's floating-point unit
};

}  // namespace gan
