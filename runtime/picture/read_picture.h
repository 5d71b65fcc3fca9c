#pragma once

#include "runtime/picture/picture.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace gan {

/// The picture in a JPEG, PNG or WebP file, whichever its first bytes say, with the channels it has: 1 grey,
/// 3 RGB, 4 RGBA (alpha not multiplied in). Palettes and transparent colours become RGB or RGBA; CMYK becomes
/// RGB by r = c * k; ICC profiles are not applied. A JPEG is turned as its EXIF orientation says. `data`: the
/// numbers as they are; else a PNG's gamma becomes sRGB's.
///
/// Throws Error, a sentence that begins with `name`, when the file is damaged or cut off so that pixels are
/// missing, moves (animated WebP), or has a side over max_side; other files throw, too. [any thread]
AnyPicture decode_picture(std::span<const std::byte> file, const std::string& name, bool data = false);

/// The same from a file, which others may change or cut off meanwhile. [any thread]
AnyPicture read_picture(const std::filesystem::path& path, bool data = false);

}  // namespace gan
