#pragma once

#include "nodes/picture.h"

namespace gan {

/// A picture convolved with a gaussian of these standard deviations, in pixels, each 0 to 200; as
/// result_like() says. The picture itself when both are below 0.1. Returns at once. Throws Error.
ImageRef blurred(const Tick& tick, const ImageRef& image, double sigma_x, double sigma_y);

}  // namespace gan
