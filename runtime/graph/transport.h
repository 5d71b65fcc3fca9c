#pragma once

#include "runtime/graph/settings.h"

#include <cstdint>
#include <optional>

namespace gan {

/// Which tick of the patch is shown at which tick of the performance. The performance's clock counts ticks
/// since playing began and never stops or jumps; the patch's tick stands still, jumps and loops over it. A
/// function of whole numbers, so that a take replays exactly. Used by one thread.
class Transport {
public:
    /// Plays from tick 0 of the patch.
    explicit Transport(std::optional<TickRange> loop = {}) : loop_(loop) {}

    /// From 0 to most_ticks.
    int64_t tick(int64_t clock) const;

    void play(int64_t clock);
    void pause(int64_t clock);
    void seek(int64_t clock, int64_t tick);
    /// Pauses, and moves by a number of ticks.
    void step(int64_t clock, int64_t ticks);
    /// Ticks of the patch for one of the clock: 1 is as fast as set, 0.5 half; 0 to 64.
    void set_speed(int64_t clock, double speed);
    void set_loop(int64_t clock, std::optional<TickRange> loop);

    bool playing() const { return playing_; }
    double speed() const { return speed_; }
    std::optional<TickRange> loop() const { return loop_; }

private:
    struct Place {
        int64_t tick;
        double part;  // of the next, that has passed
    };
    Place place(int64_t clock) const;
    void anchor(int64_t clock);

    bool playing_ = true;
    double speed_ = 1;
    std::optional<TickRange> loop_;
    int64_t anchor_clock_ = 0;
    Place anchor_{0, 0};  // then
};

}  // namespace gan
