#include "runtime/gpu/shader_compiler.h"

#include "runtime/base/error.h"
#include "runtime/base/module.h"
#include "runtime/gpu/glsl_module.h"

#include <set>
#include <sstream>

namespace gan {
namespace {

/// "ERROR: 0:12: 'x' : undeclared identifier" becomes "line 12: 'x' : undeclared identifier"; each once.
std::string readable(const std::string& messages) {
    std::istringstream lines(messages);
    std::string result;
    std::set<std::string> said;
    for (std::string line; std::getline(lines, line);) {
        constexpr std::string_view begin = "ERROR: ";
        if (!line.starts_with(begin)) continue;
        std::string text = line.substr(begin.size());
        const size_t colon = text.find(": ");
        const size_t file = text.find(':');
        if (file < colon)  // "0:12: ..."
            text = "line " + text.substr(file + 1);
        else if (text.find("compilation errors") != std::string::npos)
            continue;
        if (said.insert(text).second) result += (result.empty() ? "" : "\n") + text;
    }
    return result.empty() ? messages : result;
}

GlslResult compile(const std::string& text, bool only_preprocess) {
    static const auto function = reinterpret_cast<CompileGlsl*>(
        module_function("gan_glsl.so", "gan_compile_glsl", "users' shaders are compiled by"));
    GlslResult result;
    function(text, only_preprocess, result);
    if (!result.messages.empty()) throw Error("{}", readable(result.messages));
    return result;
}

}  // namespace

std::string preprocess_fragment_shader(const std::string& text) {
    return compile(text, true).text;
}

std::vector<uint32_t> compile_fragment_shader(const std::string& text) {
    return compile(text, false).code;
}

}  // namespace gan
