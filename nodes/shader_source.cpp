#include "nodes/shader_source.h"

#include "runtime/base/error.h"
#include "runtime/gpu/shader_compiler.h"
#include "shaders/shaders.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>

namespace gan {
namespace {

using Kind = ShaderInput::Kind;

/// A piece of preprocessed GLSL: a word, a number, a sign, or space.
std::vector<std::string> pieces_of(const std::string& text) {
    const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    std::vector<std::string> pieces;
    for (size_t i = 0; i < text.size();) {
        size_t end = i + 1;
        if (text[i] == '#') {  // a directive, as it is
            end = std::min(text.find('\n', i), text.size());
        } else if (word(text[i])) {
            while (end < text.size() && word(text[end])) ++end;
        }
        pieces.push_back(text.substr(i, end - i));
        i = end;
    }
    return pieces;
}

bool is_space(const std::string& piece) {
    return std::isspace(static_cast<unsigned char>(piece[0])) != 0;
}

/// Where the parenthesis that opens at or after `from` closes; the end when it does not.
size_t closing(const std::vector<std::string>& pieces, size_t from) {
    int depth = 0;
    for (size_t i = from; i < pieces.size(); ++i) {
        if (pieces[i] == "(") ++depth;
        if (pieces[i] == ")" && --depth == 0) return i;
    }
    return pieces.size();
}

/// Every loop also asks isf_alive() whether it may go on.
void bound_loops(std::vector<std::string>& pieces) {
    for (size_t i = 0; i < pieces.size(); ++i) {
        if (pieces[i] != "for" && pieces[i] != "while") continue;
        size_t open = i + 1;
        while (open < pieces.size() && is_space(pieces[open])) ++open;
        const size_t close = closing(pieces, open);
        if (open >= pieces.size() || pieces[open] != "(" || close == pieces.size()) continue;
        size_t first = open, last = close;  // the condition lies between them
        if (pieces[i] == "for") {
            int depth = 0;
            std::vector<size_t> semicolons;
            for (size_t k = open; k < close; ++k) {
                if (pieces[k] == "(") ++depth;
                if (pieces[k] == ")") --depth;
                if (pieces[k] == ";" && depth == 1) semicolons.push_back(k);
            }
            if (semicolons.size() != 2) continue;
            first = semicolons[0];
            last = semicolons[1];
        }
        const bool empty = std::all_of(pieces.begin() + static_cast<ptrdiff_t>(first) + 1,
                                       pieces.begin() + static_cast<ptrdiff_t>(last), is_space);
        pieces[first] += empty ? " isf_alive()" : " isf_alive() && (";
        if (!empty) pieces[last].insert(0, ")");
    }
}

/// Names that mean something else here, and declarations that ours take the place of. Returns the name of the
/// output that the text declares, or isf_FragColor.
std::string rename(std::vector<std::string>& pieces) {
    static const std::map<std::string, std::string> names{{"gl_FragColor", "isf_FragColor"},
                                                          {"gl_FragCoord", "isf_FragCoord"},
                                                          {"texture2D", "isf_texture"},
                                                          {"texture", "isf_texture"},
                                                          {"main", "isf_main"},
                                                          {"texture2DRect", "isf_texture"}};
    std::string output = "isf_FragColor";
    int depth = 0;
    for (size_t i = 0; i < pieces.size(); ++i) {
        if (pieces[i] == "{" || pieces[i] == "(") ++depth;
        if (pieces[i] == "}" || pieces[i] == ")") --depth;
        if (const auto found = names.find(pieces[i]); found != names.end()) pieces[i] = found->second;
        if (depth != 0) continue;
        if (pieces[i] == "layout") {
            for (size_t k = i, end = closing(pieces, i); k <= end && k < pieces.size(); ++k)
                if (pieces[k] != "\n") pieces[k] = " ";
        } else if (pieces[i] == "uniform") {
            for (size_t k = i; k < pieces.size(); ++k) {
                const bool last = pieces[k] == ";";
                if (pieces[k] != "\n") pieces[k] = " ";
                if (last) break;
            }
        } else if (pieces[i] == "out") {
            std::vector<std::string> words;
            for (size_t k = i + 1; k < pieces.size() && pieces[k] != ";"; ++k)
                if (!is_space(pieces[k])) words.push_back(pieces[k]);
            if (words.size() != 2 || words[0] != "vec4")
                throw Error("a shader draws one colour: write 'out vec4 colour;', or set gl_FragColor");
            output = words[1];
            pieces[i] = " ";
        }
    }
    return output;
}

std::string prelude(const std::vector<ShaderInput>& inputs, bool shadertoy) {
    std::string text =
        "#version 450\n#define DRAWN\n#define CONSTANTS float time; float time_delta; int frame; int display; int data;\n";
    text += shaders::picture_glsl;
    text += R"(
layout(location = 0) out vec4 isf_result;
vec4 isf_FragColor = vec4(0, 0, 0, 1);
#define RENDERSIZE vec2(c.width, c.height)
#define TIME c.time
#define TIMEDELTA c.time_delta
#define FRAMEINDEX c.frame
#define PASSINDEX 0
#define DATE vec4(0)
// ISF counts rows from below.
vec4 isf_FragCoord = vec4(gl_FragCoord.x, float(c.height) - gl_FragCoord.y, 0, 1);
vec2 isf_FragNormCoord = isf_FragCoord.xy / RENDERSIZE;
vec2 IMG_SIZE(int image) {
    switch (image) {
    case 0: return vec2(textureSize(picture0, 0));
    case 1: return vec2(textureSize(picture1, 0));
    case 2: return vec2(textureSize(picture2, 0));
    default: return vec2(textureSize(picture3, 0));
    }
}
vec4 IMG_PIXEL(int image, vec2 at) {
    at.y = IMG_SIZE(image).y - at.y;
    vec4 colour;
    switch (image) {
    case 0: colour = between(IN0, at); break;
    case 1: colour = between(IN1, at); break;
    case 2: colour = between(IN2, at); break;
    default: colour = between(IN3, at);
    }
    return c.display != 0 && (c.data >> image & 1) == 0 ? vec4(to_srgb(straight(colour)), colour.a) : colour;
}
vec4 IMG_NORM_PIXEL(int image, vec2 at) { return IMG_PIXEL(image, at * IMG_SIZE(image)); }
vec4 IMG_THIS_PIXEL(int image) { return IMG_NORM_PIXEL(image, isf_FragNormCoord); }
vec4 IMG_THIS_NORM_PIXEL(int image) { return IMG_THIS_PIXEL(image); }
vec4 isf_texture(int image, vec2 at) { return IMG_NORM_PIXEL(image, at); }
int isf_rounds = 0;
)";
    text += fmt::format("bool isf_alive() {{ return ++isf_rounds < {}; }}\n", most_rounds);
    if (shadertoy)
        text +=
            "vec3 iResolution = vec3(RENDERSIZE, 1);\n#define iTime TIME\n#define iTimeDelta TIMEDELTA\n#define "
            "iFrame FRAMEINDEX\n#define iMouse vec4(0)\n#define iDate vec4(0)\nconst int iChannel0 = 0;\nconst int "
            "iChannel1 = 1;\nconst int iChannel2 = 2;\nconst int iChannel3 = 3;\n";
    size_t place = 0;
    size_t picture = 0;
    for (const ShaderInput& input : inputs) {
        switch (input.kind) {
            case Kind::Number:
                text += fmt::format("float {} = host[{}];\n", input.name, place);
                break;
            case Kind::Whole:
                text += fmt::format("int {} = int(host[{}]);\n", input.name, place);
                break;
            case Kind::Switch:
                text += fmt::format("bool {} = host[{}] > 0.5;\n", input.name, place);
                break;
            case Kind::Point:
                text += fmt::format("vec2 {} = vec2(host[{}], host[{}]);\n", input.name, place, place + 1);
                break;
            case Kind::Colour:
                text += fmt::format("vec4 {} = vec4(host[{}], host[{}], host[{}], host[{}]);\n", input.name,
                                    place, place + 1, place + 2, place + 3);
                break;
            case Kind::Picture:
                text += fmt::format("const int {} = {};\n", input.name, picture++);
                break;
        }
        place += input.value.size();
    }
    return text;
}

constexpr std::string_view mark = "#line 1\n";

/// The text without a version of its own, whose line stays empty.
std::string without_version(std::string text) {
    const size_t version = text.find("#version");
    if (version == std::string::npos) return text;
    const size_t end = std::min(text.find('\n', version), text.size());
    return text.erase(version, end - version);
}

}  // namespace

std::string shader_source(const std::string& text, const std::vector<ShaderInput>& inputs) {
    const bool shadertoy = is_shadertoy(text);
    const std::string whole =
        preprocess_fragment_shader(prelude(inputs, shadertoy) + std::string(mark) + without_version(text));
    const size_t begin = whole.find(mark);
    if (begin == std::string::npos) throw Error("the shader's text cannot be told from what it may use");
    std::vector<std::string> pieces = pieces_of(whole.substr(begin + mark.size()));
    bound_loops(pieces);
    const std::string output = rename(pieces);
    std::string source = whole.substr(0, begin + mark.size());
    for (const std::string& piece : pieces) source += piece;
    source += "\nvoid main() {\n";
    source += shadertoy ? "    mainImage(isf_FragColor, isf_FragCoord.xy);\n    isf_FragColor.a = 1;\n"
                        : "    isf_main();\n";
    source += fmt::format(
        "    vec4 colour = {};\n"
        "    colour = mix(colour, vec4(0), isnan(colour));\n"
        "    colour.a = clamp(colour.a, 0, 1);\n"
        "    isf_result = c.display != 0 ? premultiplied(to_light(colour.rgb), colour.a) : colour;\n}}\n",
        output);
    return source;
}

}  // namespace gan
