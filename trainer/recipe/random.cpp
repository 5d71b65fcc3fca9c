#include "trainer/recipe/random.h"

#include <Random123/philox.h>

#include <boost/math/special_functions/erf.hpp>
#include <numbers>

namespace gan {

Random::Random(uint64_t seed, Stream stream, int64_t step, int batch, int64_t index)
    : counter_{0, static_cast<uint32_t>(index), static_cast<uint32_t>(step),
               static_cast<uint32_t>(batch) << 8 | static_cast<uint32_t>(stream)},
      key_{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)} {}

uint32_t Random::bits() {
    if (left_ == 0) {
        const auto drawn =
            r123::Philox4x32()({{counter_[0], counter_[1], counter_[2], counter_[3]}}, {{key_[0], key_[1]}});
        for (size_t i = 0; i < 4; ++i) drawn_[i] = drawn[i];
        ++counter_[0];
        left_ = 4;
    }
    return drawn_[--left_];
}

double Random::uniform() {
    return (bits() + 0.5) / 4294967296.0;
}

double Random::normal() {
    return std::numbers::sqrt2 * boost::math::erf_inv(2 * uniform() - 1);
}

int64_t Random::below(int64_t count) {
    // A product instead of a remainder: the bias is below count / 2^32.
    return static_cast<int64_t>((uint64_t{bits()} * static_cast<uint64_t>(count)) >> 32);
}

uint64_t seed_of(uint64_t seed, Stream stream, int64_t step, int batch) {
    Random random(seed, stream, step, batch);
    return uint64_t{random.bits()} << 32 | random.bits();
}

}  // namespace gan
