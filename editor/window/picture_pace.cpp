#include "editor/window/picture_pace.h"

#include <algorithm>

namespace gan {
namespace {

/// Without a picture for so long, what follows is a new beginning, and no late picture.
constexpr std::chrono::seconds pause_length{1};

}  // namespace

void PicturePace::shown(Clock::time_point at) {
    if (last_ && at - *last_ < pause_length) {
        intervals_[measured_++ % intervals_.size()] =
            std::chrono::duration<double, std::milli>(at - *last_).count();
    } else {
        measured_ = 0;
    }
    last_ = at;
    const size_t known = std::min(measured_, intervals_.size());
    double sum = 0;
    worst_ = 0;
    for (size_t i = 0; i < known; ++i) {
        sum += intervals_[i];
        worst_ = std::max(worst_, intervals_[i]);
    }
    average_ = known > 0 ? sum / static_cast<double>(known) : 0;
}

}  // namespace gan
