#include "runtime/graph/transport.h"

#include <algorithm>
#include <cmath>

namespace gan {

Transport::Place Transport::place(int64_t clock) const {
    Place place = anchor_;
    if (playing_) {
        const double passed = anchor_.part + static_cast<double>(clock - anchor_clock_) * speed_;
        const double whole = std::floor(passed + 1e-9);
        place = {std::min(anchor_.tick + static_cast<int64_t>(whole), most_ticks),
                 std::max(0.0, passed - whole)};
    }
    // What begins behind the loop never comes to its end.
    if (loop_ && anchor_.tick < loop_->last && place.tick >= loop_->last)
        place.tick = loop_->first + (place.tick - loop_->first) % (loop_->last - loop_->first);
    return place;
}

int64_t Transport::tick(int64_t clock) const {
    return place(clock).tick;
}

void Transport::anchor(int64_t clock) {
    anchor_ = place(clock);
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
    anchor_ = {std::clamp<int64_t>(tick, 0, most_ticks), 0};
}

void Transport::step(int64_t clock, int64_t ticks) {
    pause(clock);
    seek(clock, anchor_.tick + std::clamp(ticks, -most_ticks, most_ticks));
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
