#pragma once

#include <cstdint>

namespace gan {

/// What random numbers are for. Numbers are never reused.
enum class Stream : uint32_t {
    Latent = 1,
    Label,
    Order,
    Flip,
    Augment = 6,
    Dropout,
    Sheet,
    Score,
    Statistics
};

/// Random numbers that are a function of (seed, stream, step, batch, index) alone: who draws them, in what
/// order and on which thread changes nothing, so that training resumes bit for bit. Philox4x32-10: Salmon et
/// al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
class Random {
public:
    /// `batch`: of the step's micro-batches; `index`: the sample within it.
    Random(uint64_t seed, Stream stream, int64_t step, int batch = 0, int64_t index = 0);

    uint32_t bits();
    double uniform();  // in (0, 1)
    double normal();   // by quantile
    int64_t below(int64_t count);

private:
    uint32_t counter_[4], key_[2], drawn_[4];
    int left_ = 0;
};

/// A seed for LibTorch's own generators.
uint64_t seed_of(uint64_t seed, Stream stream, int64_t step, int batch = 0);

}  // namespace gan
