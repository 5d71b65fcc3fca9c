#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace gan {

/// How long it takes from one picture that is shown to the next. Used by one thread at a time.
class PicturePace {
public:
    using Clock = std::chrono::steady_clock;

    void shown(Clock::time_point at);
    /// The next picture is the first of a new beginning, and no late one.
    void begin_anew() { last_.reset(); }

    // Milliseconds, of the last 60 pictures; 0: not two were shown yet.
    double average() const { return average_; }
    double worst() const { return worst_; }

private:
    std::optional<Clock::time_point> last_;
    std::array<double, 60> intervals_{};  // milliseconds, a ring
    size_t measured_ = 0;
    double average_ = 0;
    double worst_ = 0;
};

}  // namespace gan
