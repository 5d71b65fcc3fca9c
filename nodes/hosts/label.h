#pragma once

#include <cstdint>
#include <string>

namespace gan {

/// Writes a sentence over the lower edge of a picture, so that a person sees why it is not the one that is
/// meant. pixels: (height, width) of red, green, blue, alpha. [any thread]
void draw_label(uint32_t* pixels, unsigned width, unsigned height, const std::string& text);

}  // namespace gan
