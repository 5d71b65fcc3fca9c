#pragma once

#include "editor/window/output_screen.h"
#include "editor/window/painter.h"

#include <imgui.h>

namespace gan {

/// Where a picture lies on the output's screen, in its px: beyond it where it is cut off. On whole px, so
/// that whole multiples stay sharp.
struct PicturePlace {
    ImVec2 min;
    ImVec2 max;
    Painter::Filter filter = Painter::Filter::Smooth;
};
PicturePlace place_on_screen(const ImageInfo& picture, const ImVec2& screen, OutputScaling scaling);

/// Whether the output shows a picture, new or not, where there is one.
bool shows_picture(OutputShows shows);

/// What the output shows, in one pass of the painter's frame, on the whole target. `texture`: of the picture,
/// on the painter's device; both null: there is none, which is black.
void draw_output(Painter& painter, const RenderTarget& target, const OutputScreen::Wish& wish,
                 const ImageRef& picture, const TextureRef& texture);

}  // namespace gan
