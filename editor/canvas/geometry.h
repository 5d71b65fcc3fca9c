#pragma once

#include <vector>

namespace gan {

/// A place or a length on the canvas, px at zoom 1; screens have ImVec2.
struct Spot {
    float x = 0;
    float y = 0;
    bool operator==(const Spot&) const = default;
    Spot operator+(Spot other) const { return {x + other.x, y + other.y}; }
    Spot operator-(Spot other) const { return {x - other.x, y - other.y}; }
    Spot operator*(float factor) const { return {x * factor, y * factor}; }
};
float distance(Spot a, Spot b);
/// On the grid that nodes stand on, 8 px.
Spot on_grid(Spot spot);

struct Box {
    Spot min;
    Spot max;
    float width() const { return max.x - min.x; }
    float height() const { return max.y - min.y; }
    Spot centre() const { return {(min.x + max.x) / 2, (min.y + max.y) / 2}; }
    bool contains(Spot p) const { return p.x >= min.x && p.y >= min.y && p.x < max.x && p.y < max.y; }
    bool contains(const Box& box) const {
        return box.min.x >= min.x && box.min.y >= min.y && box.max.x <= max.x && box.max.y <= max.y;
    }
    bool overlaps(const Box& box) const {
        return box.min.x < max.x && box.max.x > min.x && box.min.y < max.y && box.max.y > min.y;
    }
    Box grown(float by) const { return {{min.x - by, min.y - by}, {max.x + by, max.y + by}}; }
    Box moved(Spot by) const { return {min + by, max + by}; }
    Box with(const Box& box) const;  // round both
    bool operator==(const Box&) const = default;
};
/// Between two corners, whichever they are.
Box box_between(Spot a, Spot b);
bool inside_polygon(const std::vector<Spot>& polygon, Spot spot);

/// A cubic Bezier curve.
struct Cubic {
    Spot a, b, c, d;
    Spot at(float share) const;
    Box bounds() const;  // of its control points, which hold it
    float distance_to(Spot spot) const;
    bool crosses(Spot from, Spot to) const;
};
/// From an output to an input: tangents of a third of the distance, at least 40 px.
Cubic wire_curve(Spot from, Spot to);

}  // namespace gan
