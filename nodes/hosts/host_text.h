#pragma once

#include <string>

namespace gan {

/// The text that a host passes for a parameter: hosts pass the address of a char*, as frei0r has it, or the
/// char* itself (GStreamer, for an instance that runs). Which of the two it is, is told by whether the
/// address that would be there can be read, which the kernel is asked. Null is an empty text; 4096 bytes are
/// taken at most. [any thread]
std::string host_text(const void* argument);

}  // namespace gan
