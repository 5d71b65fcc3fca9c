#pragma once

#include "editor/canvas/geometry.h"
#include "editor/ui.h"

namespace gan {

/// What part of the canvas is seen, and how large. Moves to where it is sent in 110 ms.
class CanvasView {
public:
    static constexpr float least_zoom = 0.1f;
    static constexpr float most_zoom = 3;

    /// Once a frame. Returns whether it is moving.
    bool begin(const Rect& area, float scale, double seconds);

    ImVec2 to_screen(Spot spot) const;
    Spot to_canvas(const ImVec2& screen) const;
    float length(float units) const { return units * zoom_ * scale_; }     // in screen px
    float units(float pixels) const { return pixels / (zoom_ * scale_); }  // of screen px
    float zoom() const { return zoom_; }
    const Rect& area() const { return area_; }
    Box seen() const { return {to_canvas(area_.min), to_canvas(area_.max)}; }

    void pan(const ImVec2& by);  // screen px, at once
    void zoom_at(const ImVec2& screen, float factor);
    void centre_on(Spot spot, bool at_once = false);
    /// All of a box, with a margin; no larger than `most`.
    void fit(const Box& box, float most = 1, bool at_once = false);

private:
    void start();

    Rect area_{};
    float scale_ = 1;
    Spot centre_;
    float zoom_ = 1;
    double seconds_ = 0;

    bool moving_ = false;
    bool anchored_ = false;  // zooms about a point that stays where it is on screen
    double started_ = 0;
    Spot centre_from_, centre_to_;
    float zoom_from_ = 1, zoom_to_ = 1;
    Spot anchor_;
    ImVec2 anchor_screen_;
};

}  // namespace gan
