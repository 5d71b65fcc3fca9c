#include "editor/canvas/geometry.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

constexpr int curve_steps = 24;  // chords that stand for a curve where it is hit or cut

float distance_to_chord(Spot spot, Spot a, Spot b) {
    const Spot along = b - a;
    const float length = along.x * along.x + along.y * along.y;
    const Spot to = spot - a;
    const float share =
        length > 0 ? std::clamp((to.x * along.x + to.y * along.y) / length, 0.0f, 1.0f) : 0.0f;
    return distance(spot, a + along * share);
}

float side_of(Spot a, Spot b, Spot p) {
    return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);
}

/// Touching counts: a cut through the very place where two chords of a curve meet cuts it.
bool chords_cross(Spot a, Spot b, Spot p, Spot q) {
    return side_of(a, b, p) * side_of(a, b, q) <= 0 && side_of(p, q, a) * side_of(p, q, b) <= 0;
}

}  // namespace

float distance(Spot a, Spot b) {
    return std::hypot(a.x - b.x, a.y - b.y);
}

Spot on_grid(Spot spot) {
    return {std::round(spot.x / 8) * 8, std::round(spot.y / 8) * 8};
}

Box Box::with(const Box& box) const {
    return {{std::min(min.x, box.min.x), std::min(min.y, box.min.y)},
            {std::max(max.x, box.max.x), std::max(max.y, box.max.y)}};
}

Box box_between(Spot a, Spot b) {
    return {{std::min(a.x, b.x), std::min(a.y, b.y)}, {std::max(a.x, b.x), std::max(a.y, b.y)}};
}

bool inside_polygon(const std::vector<Spot>& polygon, Spot spot) {
    bool inside = false;
    for (size_t i = 0, j = polygon.size() - 1; i < polygon.size(); j = i++) {
        const Spot a = polygon[i], b = polygon[j];
        if ((a.y > spot.y) != (b.y > spot.y) && spot.x < (b.x - a.x) * (spot.y - a.y) / (b.y - a.y) + a.x)
            inside = !inside;
    }
    return inside;
}

Spot Cubic::at(float share) const {
    const float rest = 1 - share;
    return a * (rest * rest * rest) + b * (3 * rest * rest * share) + c * (3 * rest * share * share) +
           d * (share * share * share);
}

Box Cubic::bounds() const {
    return box_between(a, d).with(box_between(b, c));
}

float Cubic::distance_to(Spot spot) const {
    float least = distance(spot, a);
    Spot last = a;
    for (int i = 1; i <= curve_steps; ++i) {
        const Spot next = at(static_cast<float>(i) / curve_steps);
        least = std::min(least, distance_to_chord(spot, last, next));
        last = next;
    }
    return least;
}

bool Cubic::crosses(Spot from, Spot to) const {
    Spot last = a;
    for (int i = 1; i <= curve_steps; ++i) {
        const Spot next = at(static_cast<float>(i) / curve_steps);
        if (chords_cross(last, next, from, to)) return true;
        last = next;
    }
    return false;
}

Cubic wire_curve(Spot from, Spot to) {
    const float tangent = std::max(40.0f, distance(from, to) / 3);
    return {from, {from.x + tangent, from.y}, {to.x - tangent, to.y}, to};
}

}  // namespace gan
