#pragma once

#include <algorithm>
#include <limits>

namespace gan {

/// Pixels a side of the largest picture that is read or written.
constexpr int max_side = 16384;

/// A value in [0, 1] as an unsigned integer of all its bits, rounded to nearest; what is outside is cut.
template <class Integer>
Integer quantised(float value) {
    constexpr auto most = static_cast<float>(std::numeric_limits<Integer>::max());
    return value > 0 ? static_cast<Integer>(std::min(value, 1.0f) * most + 0.5f) : Integer{0};  // NaN, too
}

}  // namespace gan
