#pragma once

#include "nodes/shader_inputs.h"

#include <string>
#include <vector>

namespace gan {

constexpr int most_rounds = 16384;  // of all loops of a pixel

/// The whole fragment shader, to be compiled: the text behind what it may use (ISF's names and functions, or
/// Shadertoy's where it has a mainImage()), its loops ended after most_rounds of them a pixel. Messages name
/// the text's own lines. Slow: every macro is replaced first. Throws Error.
std::string shader_source(const std::string& text, const std::vector<ShaderInput>& inputs);

}  // namespace gan
