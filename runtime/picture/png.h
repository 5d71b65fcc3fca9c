#pragma once

#include "runtime/picture/picture.h"

#include <filesystem>
#include <map>
#include <string>

namespace gan {

/// Writes a PNG through AtomicFile; `texts` become text chunks. Throws Error.
void write_png(const std::filesystem::path& path, const Picture8& picture,
               const std::map<std::string, std::string>& texts);

/// The text chunks of a PNG, without decoding its pixels. Throws Error naming the file.
std::map<std::string, std::string> read_png_texts(const std::filesystem::path& path);

}  // namespace gan
