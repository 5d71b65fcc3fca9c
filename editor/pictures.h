#pragma once

#include "runtime/graph/value.h"

#include <imgui.h>

#include <cstdint>
#include <vector>

namespace gan {

/// How a picture is drawn on screen.
struct PictureView {
    enum class Channels { Colour, Red, Green, Blue, Alpha };
    Channels channels = Channels::Colour;
    bool smooth = true;   // else each pixel is a square
    bool checker = true;  // behind what is transparent
    float opacity = 1;
    bool operator==(const PictureView&) const = default;
};

/// The pictures of one frame of ImGui: what the renderer draws where a draw list has one of their textures.
/// ImTextureID 0 is the font's atlas, n the n-th picture.
class Pictures {
public:
    struct Entry {
        ImageRef image;
        PictureView view;
        uint64_t key = 0;  // of a thumbnail; 0: it is none
        ImVec2 size{};     // of a thumbnail, ImGui's px
    };
    /// Draws a picture into a rectangle; uv beyond [0, 1] repeats it. Nothing when it is null.
    void draw(ImDrawList& list, const ImageRef& image, const ImVec2& min, const ImVec2& max,
              const PictureView& view = {}, const ImVec2& uv_min = {0, 0}, const ImVec2& uv_max = {1, 1});
    /// The same of a whole picture that is one of many and may change with every tick: where the processor
    /// draws, it is kept as it is on screen, and may be some frames late. `key`: the same for each picture
    /// that takes the place of another, once a frame, not 0.
    void draw_thumbnail(ImDrawList& list, const ImageRef& image, const ImVec2& min, const ImVec2& max,
                        uint64_t key, const PictureView& view = {});
    const std::vector<Entry>& entries() const { return entries_; }
    void clear() { entries_.clear(); }  // at the start of each frame

private:
    void add(ImDrawList& list, Entry entry, const ImVec2& min, const ImVec2& max, const ImVec2& uv_min,
             const ImVec2& uv_max);
    std::vector<Entry> entries_;
};

}  // namespace gan
