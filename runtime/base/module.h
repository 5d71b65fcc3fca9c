#pragma once

#include <string>

namespace gan {

/// A function of a module, a shared library that comes with Ganymede and is loaded when it is first asked
/// for: beside the program (program_folder()), in the folder above, or in lib/ganymede as installed. It stays
/// loaded. Throws Error that begins with `purpose` ("videos are written by"). [any thread]
void* module_function(const std::string& module, const char* function, const char* purpose);

}  // namespace gan
