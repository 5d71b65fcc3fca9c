#pragma once

#include <string>
#include <vector>

namespace gan {

/// Something that a shader's text asks for.
struct ShaderInput {
    enum class Kind { Number, Whole, Switch, Colour, Point, Picture };
    Kind kind = Kind::Number;
    std::string name;                     // in the text
    std::string label;                    // that a person reads
    std::vector<double> value, min, max;  // one number each; a point two, a colour four, a picture none
};

/// What a text asks for, in order: the INPUTS of an ISF header (https://isf.video, version 2), and lines such
/// as
///     uniform float speed = 0.5;  // 0 to 2
/// of float, int, bool, vec2, vec4 (a colour) and sampler2D. Quick. Throws Error.
std::vector<ShaderInput> shader_inputs(const std::string& text);

/// The whole fragment shader, to be compiled: the text behind what it may use (ISF's names and functions, or
/// Shadertoy's where it has a mainImage()), its loops ended after most_rounds of them a pixel. Messages name
/// the text's own lines. Slow: every macro is replaced first. Throws Error.
std::string shader_source(const std::string& text, const std::vector<ShaderInput>& inputs);

constexpr int most_rounds = 16384;
constexpr size_t most_pictures = 4;
constexpr size_t most_numbers = 256;

}  // namespace gan
