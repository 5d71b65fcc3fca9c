#pragma once

#include <cstdint>
#include <optional>

namespace gan {

/// The moment that a host wants to see: tick floor((seconds + slack) rate), unless the tick itself is known.
struct Moment {
    double seconds = 0;
    double slack = 0;  // as much as the host may have rounded off
    std::optional<int64_t> tick;
};

/// Hosts pass the time in seconds, as frei0r has it, or in milliseconds (FFmpeg), or none (FFmpeg's filter,
/// where it copies rows because of their width): then every picture is the next tick. One for an instance.
class HostTime {
public:
    enum class Unit { Unknown, Seconds, Milliseconds };

    /// `told`: what is known of the host. Unknown: steps from frame to frame tell. No host shows 1000 frames
    /// a second, so that a step below 1 is one of seconds; as long as there were none but larger ones, they
    /// are milliseconds.
    Moment moment(double time, Unit told);

private:
    Unit seen_ = Unit::Unknown;
    bool whole_ = true;  // all times were whole numbers
    std::optional<double> last_;
    int64_t untimed_ = 0;  // pictures
};

}  // namespace gan
