#pragma once

#include "editor/canvas/node_shape.h"
#include "editor/canvas/view.h"

namespace gan {

/// Draws on the canvas: places are those of the canvas, lengths px at zoom 1.
struct Pen {
    ImDrawList& list;
    const CanvasView& view;
    const Ui& ui;
    float opacity = 1;

    ImU32 ink(ImU32 colour) const { return opacity >= 1 ? colour : faded(colour, opacity); }
    ImVec2 at(Spot spot) const { return view.to_screen(spot); }
    float length(float units) const { return view.length(units); }

    void fill(const Box& box, ImU32 colour, float rounding = 0, ImDrawFlags corners = 0) const;
    void outline(const Box& box, ImU32 colour, float pixels = 1, float rounding = 0) const;
    void line(Spot from, Spot to, ImU32 colour, float pixels) const;
    void curve(const Cubic& cubic, ImU32 colour, float pixels) const;
    /// Of a curve from one share of it to another.
    void part_of(const Cubic& cubic, float from, float to, ImU32 colour, float pixels) const;
    void dashed(Spot from, Spot to, ImU32 colour, float pixels) const;
    void hatch(const Box& box, ImU32 colour) const;

    /// A line of text, its middle at the height of `at`; align 0 begins there, 1 ends there, 0.5 is centred.
    void text(Spot at, std::string_view words, float px, ImU32 colour, float align = 0,
              bool mono = false) const;
    /// Words broken at the width of a box and cut at its lower edge.
    void paragraph(const Box& box, std::string_view words, float px, ImU32 colour) const;
    float paragraph_height(std::string_view words, float px, float width) const;

    /// A port's shape, by its type.
    void port(Spot centre, PortType type, bool typed, bool filled, float size, ImU32 colour) const;
};

}  // namespace gan
