#include "nodes/clock.h"

#include <cmath>
#include <optional>

namespace gan {
namespace {

struct Ratio {
    int64_t numerator;
    int64_t denominator;
};

/// x as a ratio of integers up to a million, by its continued fraction, when it is one to 13 digits.
std::optional<Ratio> ratio_of(double x) {
    constexpr int64_t limit = 1'000'000;
    int64_t p0 = 0, q0 = 1, p1 = 1, q1 = 0;
    double rest = x;
    for (int i = 0; i < 20; ++i) {
        const double whole = std::floor(rest);
        if (whole > static_cast<double>(limit)) return std::nullopt;
        const auto a = static_cast<int64_t>(whole);
        const int64_t p2 = a * p1 + p0;
        const int64_t q2 = a * q1 + q0;
        if (p2 > limit || q2 > limit) return std::nullopt;
        p0 = std::exchange(p1, p2);
        q0 = std::exchange(q1, q2);
        if (std::abs(x - static_cast<double>(p1) / static_cast<double>(q1)) <= 1e-13 * x)
            return Ratio{p1, q1};
        rest = 1 / (rest - whole);
    }
    return std::nullopt;
}

Cycle unmoved_cycle(const Tick& tick, double length, Clock unit) {
    const double ticks = ticks_of(tick, length, unit);
    if (const auto period = ratio_of(ticks)) {
        // index / (n / d) cycles: whole part and remainder in integers.
        const __int128 scaled = static_cast<__int128>(tick.index) * period->denominator;
        __int128 count = scaled / period->numerator;
        __int128 rest = scaled % period->numerator;
        if (rest < 0) {
            rest += period->numerator;
            --count;
        }
        return {static_cast<int64_t>(count),
                static_cast<double>(rest) / static_cast<double>(period->numerator)};
    }
    const double cycles = static_cast<double>(tick.index) / ticks;
    const double count = std::floor(cycles);
    return {static_cast<int64_t>(count), cycles - count};
}

}  // namespace

double ticks_of(const Tick& tick, double length, Clock unit) {
    const double beat = tick.rate * 60 / tick.tempo;
    return length * (unit == Clock::Seconds ? tick.rate : unit == Clock::Beats ? beat : 4 * beat);
}

Cycle cycle_at(const Tick& tick, double length, Clock unit, double moved) {
    const Cycle cycle = unmoved_cycle(tick, length, unit);
    const double place = cycle.phase + moved;
    const double whole = std::floor(place);
    return {cycle.count + static_cast<int64_t>(whole), place - whole};
}

double random_unit(uint64_t seed, uint64_t index) {
    uint64_t x = seed * 0x9e3779b97f4a7c15 + index * 0xd1342543de82ef95 + 0x632be59bd9b4e019;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    x ^= x >> 31;
    return static_cast<double>(x >> 11) * 0x1p-53;
}

}  // namespace gan
