#pragma once

#include "runtime/graph/node.h"

#include <cstdint>
#include <string>
#include <vector>

namespace gan {

/// What a node's period counts.
enum class Clock { Seconds, Beats, Bars };
inline const std::vector<std::string> clock_names{"seconds", "beats", "bars"};  // a bar has four beats

/// The ticks of `length` units; `tick` gives rate and tempo.
double ticks_of(const Tick& tick, double length, Clock unit);

/// Where a tick lies in a repeating cycle.
struct Cycle {
    int64_t count = 0;  // cycles that are over
    double phase = 0;   // [0, 1) of the one that runs
};

/// The cycle at a tick, for a period of `length` units; `moved` cycles are added to the place in it. Where
/// the period is a ratio of whole ticks (up to a million of them), the same phase comes again bit for bit one
/// period later, however late it is: nothing is accumulated.
Cycle cycle_at(const Tick& tick, double length, Clock unit, double moved = 0);

/// A number in [0, 1) that is a function of its arguments alone, on every machine (SplitMix64, Steele et al.
/// 2014).
double random_unit(uint64_t seed, uint64_t index);

}  // namespace gan
