#include "editor/canvas/view.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

constexpr double view_animation = 0.11;  // seconds

}  // namespace

bool CanvasView::begin(const Rect& area, float scale, double seconds) {
    area_ = area;
    scale_ = scale;
    seconds_ = seconds;
    if (!moving_) return false;
    const double passed = std::clamp((seconds - started_) / view_animation, 0.0, 1.0);
    const auto share = static_cast<float>(1 - (1 - passed) * (1 - passed));
    zoom_ = zoom_from_ * std::pow(zoom_to_ / zoom_from_, share);
    if (anchored_)
        centre_ = anchor_ - Spot{units(anchor_screen_.x - (area_.min.x + area_.max.x) / 2),
                                 units(anchor_screen_.y - (area_.min.y + area_.max.y) / 2)};
    else
        centre_ = centre_from_ + (centre_to_ - centre_from_) * share;
    moving_ = passed < 1;
    return moving_;
}

ImVec2 CanvasView::to_screen(Spot spot) const {
    return {(area_.min.x + area_.max.x) / 2 + length(spot.x - centre_.x),
            (area_.min.y + area_.max.y) / 2 + length(spot.y - centre_.y)};
}

Spot CanvasView::to_canvas(const ImVec2& screen) const {
    return {centre_.x + units(screen.x - (area_.min.x + area_.max.x) / 2),
            centre_.y + units(screen.y - (area_.min.y + area_.max.y) / 2)};
}

void CanvasView::pan(const ImVec2& by) {
    moving_ = false;
    centre_ = centre_ - Spot{units(by.x), units(by.y)};
}

void CanvasView::start() {
    moving_ = true;
    started_ = seconds_;
    centre_from_ = centre_;
    zoom_from_ = zoom_;
}

void CanvasView::zoom_at(const ImVec2& screen, float factor) {
    // Steps of a wheel that turns on add up.
    const float before = moving_ && anchored_ ? zoom_to_ : zoom_;
    start();
    zoom_to_ = std::clamp(before * factor, least_zoom, most_zoom);
    anchored_ = true;
    anchor_ = to_canvas(screen);
    anchor_screen_ = screen;
}

void CanvasView::centre_on(Spot spot, bool at_once) {
    const float zoom = moving_ ? zoom_to_ : zoom_;
    start();
    anchored_ = false;
    centre_to_ = spot;
    zoom_to_ = zoom;
    if (at_once) started_ = seconds_ - view_animation;
}

void CanvasView::fit(const Box& box, float most, bool at_once) {
    const float margin = 48 * scale_;
    const float across = std::max(1.0f, area_.width() - 2 * margin) / std::max(1.0f, box.width() * scale_);
    const float down = std::max(1.0f, area_.height() - 2 * margin) / std::max(1.0f, box.height() * scale_);
    centre_on(box.centre(), at_once);
    zoom_to_ = std::clamp(std::min({across, down, most}), least_zoom, most_zoom);
    if (!at_once) return;
    centre_ = centre_to_;
    zoom_ = zoom_to_;
    moving_ = false;
}

}  // namespace gan
