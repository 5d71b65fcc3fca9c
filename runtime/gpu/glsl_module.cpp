#include "runtime/gpu/glsl_module.h"

#include <glslang/Include/glslang_c_interface.h>
#include <glslang/Public/resource_limits_c.h>

#include <memory>
#include <mutex>

namespace gan {
namespace {

using ShaderHandle = std::unique_ptr<glslang_shader_t, decltype(&glslang_shader_delete)>;
using ProgramHandle = std::unique_ptr<glslang_program_t, decltype(&glslang_program_delete)>;

}  // namespace
}  // namespace gan

extern "C" __attribute__((visibility("default"))) void gan_compile_glsl(const std::string& text,
                                                                        bool only_preprocess,
                                                                        gan::GlslResult& result) {
    static std::once_flag once;
    std::call_once(once, [] { glslang_initialize_process(); });
    const int messages = GLSLANG_MSG_SPV_RULES_BIT | GLSLANG_MSG_VULKAN_RULES_BIT;
    const glslang_input_t input{.language = GLSLANG_SOURCE_GLSL,
                                .stage = GLSLANG_STAGE_FRAGMENT,
                                .client = GLSLANG_CLIENT_VULKAN,
                                .client_version = GLSLANG_TARGET_VULKAN_1_2,
                                .target_language = GLSLANG_TARGET_SPV,
                                .target_language_version = GLSLANG_TARGET_SPV_1_5,
                                .code = text.c_str(),
                                .default_version = 450,
                                .default_profile = GLSLANG_NO_PROFILE,
                                .force_default_version_and_profile = 0,
                                .forward_compatible = 0,
                                .messages = static_cast<glslang_messages_t>(messages),
                                .resource = glslang_default_resource()};
    const gan::ShaderHandle shader(glslang_shader_create(&input), glslang_shader_delete);
    if (glslang_shader_preprocess(shader.get(), &input) == 0) {
        result.messages = glslang_shader_get_info_log(shader.get());
        return;
    }
    if (only_preprocess) {
        result.text = glslang_shader_get_preprocessed_code(shader.get());
        return;
    }
    if (glslang_shader_parse(shader.get(), &input) == 0) {
        result.messages = glslang_shader_get_info_log(shader.get());
        return;
    }
    const gan::ProgramHandle program(glslang_program_create(), glslang_program_delete);
    glslang_program_add_shader(program.get(), shader.get());
    if (glslang_program_link(program.get(), messages) == 0) {
        result.messages = glslang_program_get_info_log(program.get());
        return;
    }
    glslang_spv_options_t options{};
    glslang_program_SPIRV_generate_with_options(program.get(), GLSLANG_STAGE_FRAGMENT, &options);
    result.code.resize(glslang_program_SPIRV_get_size(program.get()));
    glslang_program_SPIRV_get(program.get(), result.code.data());
}
