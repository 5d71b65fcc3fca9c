#pragma once

#include <cstdint>
#include <numeric>

namespace gan {

/// A positive ratio in lowest terms: a rate such as 60000/1001, which no double holds.
struct Rational {
    int64_t num = 1;
    int64_t den = 1;

    constexpr Rational() = default;
    constexpr Rational(int64_t n, int64_t d = 1) : num(n / std::gcd(n, d)), den(d / std::gcd(n, d)) {}
    constexpr double value() const { return static_cast<double>(num) / static_cast<double>(den); }
    constexpr bool operator==(const Rational&) const = default;
};

/// floor(count * a / b), exactly; count at least 0.
constexpr int64_t rescaled(int64_t count, Rational a, Rational b) {
    return static_cast<int64_t>(static_cast<__int128>(count) * a.num * b.den /
                                (static_cast<__int128>(a.den) * b.num));
}

}  // namespace gan
