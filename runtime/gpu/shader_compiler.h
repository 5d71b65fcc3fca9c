#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gan {

/// GLSL with every macro replaced and no comments; numbers of lines stay. Throws Error with what the
/// compiler says, one message a line: "line 12: ...". [any thread]
std::string preprocess_fragment_shader(const std::string& text);

/// A fragment shader in SPIR-V for Vulkan 1.2. Loads the module gan_glsl, with the packaged compiler glslang,
/// when it is first asked for. Throws Error as preprocess_fragment_shader(). [any thread]
std::vector<uint32_t> compile_fragment_shader(const std::string& text);

}  // namespace gan
