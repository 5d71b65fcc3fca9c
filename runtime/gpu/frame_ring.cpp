#include "runtime/gpu/frame_ring.h"

#include <algorithm>

namespace gan {

/// The one that is read no longer, or will be first.
std::optional<FrameRing::Place> FrameRing::free_place() const {
    std::optional<Place> best;
    for (size_t i = 0; i < slots_.size(); ++i)
        if (slots_[i].state == State::Free && (!best || slots_[i].after < best->after))
            best = {i, slots_[i].after};
    return best;
}

std::optional<FrameRing::Place> FrameRing::begin(uint64_t reached) {
    std::unique_lock lock(mutex_);
    if (policy_ == FramePolicy::Lock) changed_.wait(lock, [this] { return closed_ || free_place(); });
    auto place = closed_ ? std::nullopt : free_place();
    if (policy_ == FramePolicy::Latest && place && place->after > reached) place.reset();
    if (place)
        slots_[place->slot].state = State::Writing;
    else if (!closed_)
        ++counters_.dropped;
    return place;
}

uint64_t FrameRing::publish(size_t slot) {
    const std::lock_guard lock(mutex_);
    if (policy_ == FramePolicy::Latest)
        for (Slot& older : slots_)
            if (older.state == State::Published) {
                older.state = State::Free;
                ++counters_.dropped;
            }
    slots_[slot].state = State::Published;
    slots_[slot].number = ++counters_.published;
    changed_.notify_all();
    return counters_.published;
}

void FrameRing::abandon(size_t slot) {
    const std::lock_guard lock(mutex_);
    slots_[slot].state = State::Free;
    changed_.notify_all();
}

std::optional<FrameRing::Frame> FrameRing::take_next() {
    Slot* next = nullptr;
    for (Slot& slot : slots_)
        if (slot.state == State::Published && (next == nullptr || slot.number < next->number)) next = &slot;
    if (next == nullptr) return std::nullopt;
    next->state = State::Reading;
    ++counters_.taken;
    return Frame{static_cast<size_t>(next - slots_.data()), next->number};
}

std::optional<FrameRing::Frame> FrameRing::take() {
    const std::lock_guard lock(mutex_);
    return take_next();
}

std::optional<FrameRing::Frame> FrameRing::wait() {
    std::unique_lock lock(mutex_);
    while (true) {
        if (auto frame = take_next()) return frame;
        if (closed_) return std::nullopt;
        changed_.wait(lock);
    }
}

void FrameRing::release(size_t slot, uint64_t after) {
    const std::lock_guard lock(mutex_);
    slots_[slot].state = State::Free;
    slots_[slot].after = after;
    changed_.notify_all();
}

void FrameRing::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
}

FrameRing::Counters FrameRing::counters() const {
    const std::lock_guard lock(mutex_);
    return counters_;
}

}  // namespace gan
