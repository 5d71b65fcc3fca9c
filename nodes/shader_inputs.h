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

/// Whether a text has Shadertoy's mainImage() in the place of main().
bool is_shadertoy(const std::string& text);

constexpr size_t most_pictures = 4;
constexpr size_t most_numbers = 256;

}  // namespace gan
