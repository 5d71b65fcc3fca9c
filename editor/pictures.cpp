#include "editor/pictures.h"

#include <algorithm>

namespace gan {

void Pictures::draw(ImDrawList& list, const ImageRef& image, const ImVec2& min, const ImVec2& max,
                    const PictureView& view, const ImVec2& uv_min, const ImVec2& uv_max) {
    if (image == nullptr || view.opacity <= 0) return;
    // What is clipped away is not brought to the GPU.
    const ImVec2 clip_min = list.GetClipRectMin();
    const ImVec2 clip_max = list.GetClipRectMax();
    if (max.x <= clip_min.x || max.y <= clip_min.y || min.x >= clip_max.x || min.y >= clip_max.y) return;
    entries_.push_back({image, view});
    const auto opacity = static_cast<int>(std::clamp(view.opacity, 0.0F, 1.0F) * 255 + 0.5F);
    list.AddImage((ImTextureID) static_cast<uintptr_t>(entries_.size()), min, max, uv_min, uv_max,
                  IM_COL32(255, 255, 255, opacity));
}

}  // namespace gan
