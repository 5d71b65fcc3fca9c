#include "editor/window/painter.h"

#include "shaders/shaders.h"

#include <cstddef>

namespace gan {

Pipeline Painter::make_pipeline(const Fill& fill) {
    const Kind kind = fill.kind;
    const auto module = [&](std::span<const uint32_t> words) {
        const VkShaderModuleCreateInfo info{.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
                                            .codeSize = words.size_bytes(),
                                            .pCode = words.data()};
        VkShaderModule handle = VK_NULL_HANDLE;
        device_->check_alive(vkCreateShaderModule(device_->handle(), &info, nullptr, &handle),
                             "read a shader");
        return ShaderModule(device_->handle(), handle);
    };
    const ShaderModule corners = module(shaders::ui);
    const ShaderModule pixels = module(kind == Kind::Text    ? shaders::ui_text
                                       : kind == Kind::Plain ? shaders::ui_plain
                                       : kind == Kind::Card  ? shaders::ui_card
                                       : kind == Kind::Copy  ? shaders::ui_copy
                                                             : shaders::ui_picture);
    // How ui_picture.frag filters, and whether ui_copy.frag fades.
    const int32_t variant = kind == Kind::Copy ? (fill.opaque ? 0 : 1) : static_cast<int32_t>(fill.filter);
    const VkSpecializationMapEntry entry{.constantID = 0, .offset = 0, .size = sizeof(variant)};
    const VkSpecializationInfo special{
        .mapEntryCount = 1, .pMapEntries = &entry, .dataSize = sizeof(variant), .pData = &variant};
    const auto stage = [](VkShaderStageFlagBits at, const ShaderModule& code,
                          const VkSpecializationInfo* values) {
        return VkPipelineShaderStageCreateInfo{.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                               .stage = at,
                                               .module = code.get(),
                                               .pName = "main",
                                               .pSpecializationInfo = values};
    };
    const bool varies = kind == Kind::Picture || kind == Kind::Copy;
    const std::array stages{stage(VK_SHADER_STAGE_VERTEX_BIT, corners, nullptr),
                            stage(VK_SHADER_STAGE_FRAGMENT_BIT, pixels, varies ? &special : nullptr)};
    const VkVertexInputBindingDescription binding{.binding = 0, .stride = sizeof(ImDrawVert)};
    const std::array attributes{
        VkVertexInputAttributeDescription{.location = 0,
                                          .format = VK_FORMAT_R32G32_SFLOAT,
                                          .offset = static_cast<uint32_t>(offsetof(ImDrawVert, pos))},
        VkVertexInputAttributeDescription{.location = 1,
                                          .format = VK_FORMAT_R32G32_SFLOAT,
                                          .offset = static_cast<uint32_t>(offsetof(ImDrawVert, uv))},
        VkVertexInputAttributeDescription{.location = 2,
                                          .format = VK_FORMAT_R8G8B8A8_UNORM,
                                          .offset = static_cast<uint32_t>(offsetof(ImDrawVert, col))}};
    const VkPipelineVertexInputStateCreateInfo vertices{
        .sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO,
        .vertexBindingDescriptionCount = 1,
        .pVertexBindingDescriptions = &binding,
        .vertexAttributeDescriptionCount = static_cast<uint32_t>(attributes.size()),
        .pVertexAttributeDescriptions = attributes.data()};
    const VkPipelineInputAssemblyStateCreateInfo assembly{
        .sType = VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO,
        .topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST};
    const VkPipelineViewportStateCreateInfo viewport{
        .sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO,
        .viewportCount = 1,
        .scissorCount = 1};
    const VkPipelineRasterizationStateCreateInfo raster{
        .sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO, .lineWidth = 1};
    const VkPipelineMultisampleStateCreateInfo samples{
        .sType = VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO,
        .rasterizationSamples = VK_SAMPLE_COUNT_1_BIT};
    const VkPipelineColorBlendAttachmentState over{
        .blendEnable = fill.opaque ? VK_FALSE : VK_TRUE,
        .srcColorBlendFactor = VK_BLEND_FACTOR_SRC_ALPHA,
        .dstColorBlendFactor = VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA,
        .colorBlendOp = VK_BLEND_OP_ADD,
        .srcAlphaBlendFactor = VK_BLEND_FACTOR_ONE,
        .dstAlphaBlendFactor = VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA,
        .alphaBlendOp = VK_BLEND_OP_ADD,
        .colorWriteMask = VK_COLOR_COMPONENT_R_BIT | VK_COLOR_COMPONENT_G_BIT | VK_COLOR_COMPONENT_B_BIT |
                          VK_COLOR_COMPONENT_A_BIT};
    const VkPipelineColorBlendStateCreateInfo blend{
        .sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO,
        .attachmentCount = 1,
        .pAttachments = &over};
    const std::array states{VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
    const VkPipelineDynamicStateCreateInfo dynamic{
        .sType = VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO,
        .dynamicStateCount = static_cast<uint32_t>(states.size()),
        .pDynamicStates = states.data()};
    const VkGraphicsPipelineCreateInfo info{.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO,
                                            .stageCount = static_cast<uint32_t>(stages.size()),
                                            .pStages = stages.data(),
                                            .pVertexInputState = &vertices,
                                            .pInputAssemblyState = &assembly,
                                            .pViewportState = &viewport,
                                            .pRasterizationState = &raster,
                                            .pMultisampleState = &samples,
                                            .pColorBlendState = &blend,
                                            .pDynamicState = &dynamic,
                                            .layout = layout_.get(),
                                            .renderPass = pass_};
    VkPipeline made = VK_NULL_HANDLE;
    device_->check_alive(
        vkCreateGraphicsPipelines(device_->handle(), VK_NULL_HANDLE, 1, &info, nullptr, &made),
        "compile a shader");
    return {device_->handle(), made};
}

}  // namespace gan
