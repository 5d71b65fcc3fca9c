#pragma once

#include "runtime/graph/value.h"

#include <imgui.h>

#include <vector>

namespace gan {

/// How a picture is drawn on screen.
struct PictureView {
    enum class Channels { Colour, Red, Green, Blue, Alpha };
    Channels channels = Channels::Colour;
    bool smooth = true;   // else each pixel is a square
    bool checker = true;  // behind what is transparent
    float opacity = 1;
};

/// The pictures of one frame of ImGui: what the renderer draws where a draw list has one of their textures.
/// ImTextureID 0 is the font's atlas, n the n-th picture.
class Pictures {
public:
    struct Entry {
        ImageRef image;
        PictureView view;
    };
    /// Draws a picture into a rectangle; uv beyond [0, 1] repeats it. Nothing when it is null.
    void draw(ImDrawList& list, const ImageRef& image, const ImVec2& min, const ImVec2& max,
              const PictureView& view = {}, const ImVec2& uv_min = {0, 0}, const ImVec2& uv_max = {1, 1});
    const std::vector<Entry>& entries() const { return entries_; }
    void clear() { entries_.clear(); }  // at the start of each frame

private:
    std::vector<Entry> entries_;
};

}  // namespace gan
