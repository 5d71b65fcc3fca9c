#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gan {

/// What the module gan_glsl makes of a text: preprocessed GLSL or SPIR-V, or messages of why not.
struct GlslResult {
    std::string text;
    std::vector<uint32_t> code;
    std::string messages;
};

/// The module's one function, gan_compile_glsl. [any thread]
using CompileGlsl = void(const std::string& text, bool only_preprocess, GlslResult& result);

}  // namespace gan
