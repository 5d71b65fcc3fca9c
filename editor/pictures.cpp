#include "editor/pictures.h"

#include <algorithm>
#include <utility>

namespace gan {

void Pictures::draw(ImDrawList& list, const ImageRef& image, const ImVec2& min, const ImVec2& max,
                    const PictureView& view, const ImVec2& uv_min, const ImVec2& uv_max) {
    add(list, {.image = image, .view = view}, min, max, uv_min, uv_max);
}

void Pictures::draw_thumbnail(ImDrawList& list, const ImageRef& image, const ImVec2& min, const ImVec2& max,
                              uint64_t key, const PictureView& view) {
    const ImVec2 size(max.x - min.x, max.y - min.y);
    add(list, {.image = image, .view = view, .key = key, .size = size}, min, max, {0, 0}, {1, 1});
}

void Pictures::add(ImDrawList& list, Entry entry, const ImVec2& min, const ImVec2& max, const ImVec2& uv_min,
                   const ImVec2& uv_max) {
    if (entry.image == nullptr || entry.view.opacity <= 0) return;
    // What is clipped away is not brought to the GPU.
    const ImVec2 clip_min = list.GetClipRectMin();
    const ImVec2 clip_max = list.GetClipRectMax();
    if (max.x <= clip_min.x || max.y <= clip_min.y || min.x >= clip_max.x || min.y >= clip_max.y) return;
    const auto opacity = static_cast<int>(std::clamp(entry.view.opacity, 0.0F, 1.0F) * 255 + 0.5F);
    entries_.push_back(std::move(entry));
    list.AddImage((ImTextureID) static_cast<uintptr_t>(entries_.size()),  // NOLINT(performance-no-int-to-ptr)
                  min, max, uv_min, uv_max, IM_COL32(255, 255, 255, opacity));
}

}  // namespace gan
