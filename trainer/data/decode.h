#pragma once

#include "runtime/picture/picture.h"

#include <cstddef>
#include <span>
#include <string>

namespace gan {

/// The picture in a JPEG, PNG or WebP file, whichever its first bytes say, with the channels it has: 1 grey,
/// 3 RGB, 4 RGBA (alpha not multiplied in). Palettes and transparent colours become RGB or RGBA; 16 bits are
/// rounded to 8; CMYK becomes RGB by r = c * k; a PNG's gamma becomes sRGB's; ICC profiles are not applied. A
/// JPEG is turned as its EXIF orientation says.
///
/// Throws Error, a sentence that begins with `name`, when the file is damaged or cut off so that pixels are
/// missing, moves (animated WebP), or has a side over max_side; other files throw, too. [any thread]
Picture8 decode(std::span<const std::byte> file, const std::string& name);

/// With 1, 3 or 4 channels. Alpha is composited over white, between sRGB-encoded values, as browsers do; grey
/// is luma (0.299 R + 0.587 G + 0.114 B of encoded values), as in JPEG. [any thread]
Picture8 with_channels(Picture8 picture, int channels);

/// The largest square in the middle, with `channels` channels, at resolution x resolution pixels:
/// antialiased, in linear light. Throws Error when the picture is too large for that. [any thread]
Picture8 square_picture(const Picture8& picture, int resolution, int channels);

}  // namespace gan
