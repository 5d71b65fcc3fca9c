#include "editor/window/output_picture.h"

#include <algorithm>
#include <cmath>

namespace gan {

PicturePlace place_on_screen(const ImageInfo& picture, const ImVec2& screen, OutputScaling scaling) {
    const auto w = static_cast<float>(picture.width);
    const auto h = static_cast<float>(picture.height);
    const float fits = std::min(screen.x / w, screen.y / h);
    float across = fits;
    float down = fits;
    Painter::Filter filter = Painter::Filter::Smooth;
    switch (scaling) {
        case OutputScaling::Fit:
            break;
        case OutputScaling::Fill:
            across = down = std::max(screen.x / w, screen.y / h);
            break;
        case OutputScaling::Integer:
            if (fits >= 1) {
                across = down = std::floor(fits);
                filter = Painter::Filter::Nearest;
            }
            break;
        case OutputScaling::Bicubic:
            filter = Painter::Filter::Bicubic;
            break;
        case OutputScaling::Stretch:
            across = screen.x / w;
            down = screen.y / h;
            break;
    }
    const ImVec2 size{std::round(w * across), std::round(h * down)};
    const ImVec2 min{std::floor(0.5F * (screen.x - size.x)), std::floor(0.5F * (screen.y - size.y))};
    return {min, {min.x + size.x, min.y + size.y}, filter};
}

bool shows_picture(OutputShows shows) {
    return shows == OutputShows::Picture || shows == OutputShows::Frozen;
}

void draw_output(Painter& painter, const RenderTarget& target, const OutputScreen::Wish& wish,
                 const ImageRef& picture, const TextureRef& texture) {
    const ImVec2 screen{static_cast<float>(target.width), static_cast<float>(target.height)};
    painter.start(target, IM_COL32_BLACK);
    if (wish.shows == OutputShows::TestCard) {
        painter.fill_card(wish.number, false);
        painter.rectangle({0, 0}, screen);
    } else if (shows_picture(wish.shows) && texture != nullptr) {
        const PicturePlace at = place_on_screen(*picture, screen, wish.scaling);
        const PictureView view{.checker = false};
        painter.fill_picture(*texture, *picture, view, at.filter,
                             {static_cast<float>(texture->width) / std::max(at.max.x - at.min.x, 1.0F),
                              static_cast<float>(texture->height) / std::max(at.max.y - at.min.y, 1.0F)});
        painter.rectangle(at.min, at.max);
    }
    painter.finish();
}

}  // namespace gan
