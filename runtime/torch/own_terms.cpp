#include "runtime/torch/own_terms.h"

#include <ATen/Parallel.h>

#include <immintrin.h>
#include <omp.h>

namespace gan {

OwnTerms::OwnTerms(int threads)
    : threads_(threads), modes_before_(static_cast<size_t>(threads), _mm_getcsr()) {
    // LibTorch sets a thread's number when it first asks for it: here and in its library, which count apart.
    at::internal::lazy_init_num_threads();
    at::get_num_threads();
    threads_before_ = omp_get_max_threads();
    omp_set_num_threads(threads_);
#pragma omp parallel num_threads(threads_)
    {
        modes_before_[static_cast<size_t>(omp_get_thread_num())] = _mm_getcsr();
        _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
        _mm_setcsr(_mm_getcsr() | 0x40);  // denormals are zeros, too
    }
}

OwnTerms::~OwnTerms() {
#pragma omp parallel num_threads(threads_)
    _mm_setcsr(modes_before_[static_cast<size_t>(omp_get_thread_num())]);
    omp_set_num_threads(threads_before_);
}

}  // namespace gan
