#pragma once

#include "runtime/picture/picture.h"

#include <cstddef>
#include <span>
#include <string>

namespace gan {

/// decode_picture() (runtime/picture/read_picture.h); 16 bits are rounded to 8.
Picture8 decode(std::span<const std::byte> file, const std::string& name);

/// With 1, 3 or 4 channels. Alpha is composited over white, between sRGB-encoded values, as browsers do; grey
/// is luma (0.299 R + 0.587 G + 0.114 B of encoded values), as in JPEG. [any thread]
Picture8 with_channels(Picture8 picture, int channels);

/// The largest square in the middle, with `channels` channels, at resolution x resolution pixels:
/// antialiased, in linear light. Throws Error when the picture is too large for that. [any thread]
Picture8 square_picture(const Picture8& picture, int resolution, int channels);

}  // namespace gan
