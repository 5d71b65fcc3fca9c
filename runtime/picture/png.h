#pragma once

#include "runtime/base/file.h"
#include "runtime/picture/picture.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace gan {

/// Writes a PNG through AtomicFile; `texts` become text chunks. Throws Error.
void write_png(const std::filesystem::path& path, const Picture8& picture,
               const std::map<std::string, std::string>& texts, OnInterrupt on_interrupt = OnInterrupt::Stop);

struct TaggedPicture {
    Picture8 picture;
    std::map<std::string, std::string> texts;
};

/// A PNG as write_png makes them. Throws Error naming the file when it is another kind, or not whole.
TaggedPicture read_png(const std::filesystem::path& path);

/// "saved_%05d.png" with the number filled in; a name without one stays. Throws Error when what follows the
/// `%` is not 01d to 99d.
std::string numbered_name(const std::string& pattern, int64_t number);

/// The text chunks of a PNG, without decoding its pixels. Throws Error naming the file.
std::map<std::string, std::string> read_png_texts(const std::filesystem::path& path);

}  // namespace gan
