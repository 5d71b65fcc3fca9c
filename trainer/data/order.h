#pragma once

#include <cstdint>

namespace gan {

/// The sample, 0 to count - 1, at a position of the order that a seed gives. Positions 0 to count - 1 are the
/// first epoch, the next `count` the second, and so on; every epoch visits every sample exactly once, in an
/// order of its own. Takes no memory and less than a microsecond, so that training goes on from any position.
///
/// A keyed permutation: a Feistel network over Philox4x32-10, repeated until its result is below `count`
/// (cycle walking; Black and Rogaway 2002, "Ciphers with arbitrary finite domains"). Part of the contract:
/// the same order on every machine and in every version. Position and count at least 0 and 1. [any thread]
int64_t sample_at(uint64_t seed, int64_t position, int64_t count);

}  // namespace gan
