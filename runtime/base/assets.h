#pragma once

#include <filesystem>

namespace gan {

/// A file that comes with Ganymede, by its name within the folder assets ("models/..."): looked for in
/// $GANYMEDE_ASSETS, then in `assets` and `share/ganymede` beside the program (or libganymede, inside another
/// program) and in the folders above it.
/// Throws Error naming where it was looked for. [any thread]
std::filesystem::path asset(const std::filesystem::path& name);

/// The folder of the running program, or of libganymede where that is what runs inside another.
std::filesystem::path program_folder();

}  // namespace gan
