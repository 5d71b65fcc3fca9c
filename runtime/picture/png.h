#pragma once

#include "runtime/base/file.h"
#include "runtime/picture/picture.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>

namespace gan {

/// Writes a PNG through AtomicFile; `texts` become text chunks. Throws Error.
void write_png(const std::filesystem::path& path, const Picture8& picture,
               const std::map<std::string, std::string>& texts, OnInterrupt on_interrupt = OnInterrupt::Stop);
void write_png(const std::filesystem::path& path, const AnyPicture& picture,
               const std::map<std::string, std::string>& texts, OnInterrupt on_interrupt = OnInterrupt::Stop);

/// The picture in any PNG file, with the channels it has: palettes and transparent colours become RGB or
/// RGBA, grey with alpha RGBA. `data`: the numbers as they are; else a gamma that the file names becomes
/// sRGB's; ICC profiles are not applied. Throws Error, a sentence that begins with `name`, when the file is
/// damaged or cut off, or has a side over max_side. [any thread]
AnyPicture decode_png(std::span<const std::byte> file, const std::string& name, bool data = false);

struct TaggedPicture {
    Picture8 picture;
    std::map<std::string, std::string> texts;
};

/// A PNG of 8 bits. Throws Error naming the file when it is another kind, or not whole.
TaggedPicture read_png(const std::filesystem::path& path);

/// "saved_%05d.png" with the number filled in; a name without one stays. Throws Error when what follows the
/// `%` is not 01d to 99d.
std::string numbered_name(const std::string& pattern, int64_t number);

/// The text chunks of a PNG, without decoding its pixels. Throws Error naming the file.
std::map<std::string, std::string> read_png_texts(const std::filesystem::path& path);

}  // namespace gan
