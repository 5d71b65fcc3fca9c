#include "runtime/graph/transport.h"

#include <algorithm>
#include <cmath>

namespace gan {

int64_t Transport::tick(int64_t clock) const {
    int64_t tick = anchor_tick_;
    if (playing_)
        tick += speed_ == 1 ? clock - anchor_clock_
                            : static_cast<int64_t>(
                                  std::floor(static_cast<double>(clock - anchor_clock_) * speed_ + 1e-9));
    // What begins behind the loop never comes to its end.
    if (loop_ && anchor_tick_ < loop_->last && tick >= loop_->last)
        tick = loop_->first + (tick - loop_->first) % (loop_->last - loop_->first);
    return tick;
}

void Transport::anchor(int64_t clock) {
    anchor_tick_ = tick(clock);
    anchor_clock_ = clock;
}

void Transport::play(int64_t clock) {
    anchor(clock);
    playing_ = true;
}

void Transport::pause(int64_t clock) {
    anchor(clock);
    playing_ = false;
}

void Transport::seek(int64_t clock, int64_t tick) {
    anchor_clock_ = clock;
    anchor_tick_ = std::max<int64_t>(0, tick);
}

void Transport::step(int64_t clock, int64_t ticks) {
    pause(clock);
    seek(clock, anchor_tick_ + ticks);
}

void Transport::set_speed(int64_t clock, double speed) {
    anchor(clock);
    speed_ = std::isfinite(speed) ? std::clamp(speed, 0.0, 64.0) : 1;
}

void Transport::set_loop(int64_t clock, std::optional<TickRange> loop) {
    anchor(clock);
    loop_ = loop;
}

}  // namespace gan
