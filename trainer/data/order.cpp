#include "trainer/data/order.h"

#include <Random123/philox.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace gan {
namespace {

constexpr uint32_t rounds = 10;  // as many as FF1 (NIST SP 800-38G) takes for domains as small as these
constexpr uint32_t purpose = 0x6f726400;  // sets these numbers apart from others that the same seed gives

}  // namespace

int64_t sample_at(uint64_t seed, int64_t position, int64_t count) {
    const auto size = static_cast<uint64_t>(count);
    const uint64_t epoch = static_cast<uint64_t>(position) / size;
    // The network permutes numbers of 2 * half bits, fewer than 4 * count: four passes on average at the
    // most.
    const int half = std::max(1, static_cast<int>(std::bit_width(size - 1) + 1) / 2);
    const uint64_t mask = (uint64_t{1} << half) - 1;
    const r123::Philox4x32::key_type key{{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)}};
    uint64_t value = static_cast<uint64_t>(position) % size;
    do {
        uint64_t left = value >> half;
        uint64_t right = value & mask;
        for (uint32_t round = 0; round < rounds; ++round) {
            const auto bits =
                r123::Philox4x32()({{static_cast<uint32_t>(right), purpose + round,
                                     static_cast<uint32_t>(epoch), static_cast<uint32_t>(epoch >> 32)}},
                                   key);
            left ^= bits[0] & mask;
            std::swap(left, right);
        }
        value = left << half | right;
    } while (value >= size);
    return static_cast<int64_t>(value);
}

}  // namespace gan
