#include "nodes/hosts/host_time.h"

#include <algorithm>
#include <cmath>

namespace gan {

Moment HostTime::moment(double time, Unit told) {
    constexpr double earliest = -1e12;  // FFmpeg's number for no time is far below, in any unit
    if (!(time > earliest)) return {.tick = untimed_++};
    time = std::max(time, 0.0);
    whole_ = whole_ && time == std::floor(time);
    if (last_ && time != *last_) {
        if (std::abs(time - *last_) < 1)
            seen_ = Unit::Seconds;
        else if (seen_ == Unit::Unknown)
            seen_ = Unit::Milliseconds;
    }
    last_ = time;
    // Half of 1/90000 s, the coarsest clock of video files, but for Matroska's and that of FFmpeg's sources,
    // which are milliseconds, rounded.
    constexpr double fine = 6e-6;
    constexpr double coarse = 0.5e-3;
    if ((told == Unit::Unknown ? seen_ : told) == Unit::Milliseconds)
        return {time / 1000, whole_ ? coarse + fine : fine, {}};
    return {time, fine, {}};
}

}  // namespace gan
