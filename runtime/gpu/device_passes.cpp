#include "runtime/gpu/device.h"

#include "shaders/shaders.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace gan {
namespace {

constexpr int passes_together = 64;  // that wait for a flush()
/// The same of a software driver, which also has no more than two such pieces at a time: it works in order,
/// so a frame of a window waits for what was handed over before, a millisecond or two then and not a whole
/// tick.
constexpr int passes_together_in_software = 4;
constexpr uint64_t idle_moments = 8;  // after which an unused texture is freed
constexpr uint32_t group_side = 8;    // of a workgroup, as in shaders/picture.glsl

// Of what is asked of the GPU: passes that compute or draw.
constexpr VkPipelineStageFlags work = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT |
                                      VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT |
                                      VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT;

}  // namespace

ShaderModule Device::module(std::span<const uint32_t> shader) const {
    const VkShaderModuleCreateInfo info{.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
                                        .codeSize = shader.size_bytes(),
                                        .pCode = shader.data()};
    VkShaderModule handle = VK_NULL_HANDLE;
    check_alive(vkCreateShaderModule(device_, &info, nullptr, &handle), "read a shader");
    return {device_, handle};
}

Pipeline Device::make_computing(std::span<const uint32_t> compute) const {
    const ShaderModule code = module(compute);
    const VkComputePipelineCreateInfo info{
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                  .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                  .module = code.get(),
                  .pName = "main"},
        .layout = layout_.get()};
    VkPipeline made = VK_NULL_HANDLE;
    check_alive(vkCreateComputePipelines(device_, VK_NULL_HANDLE, 1, &info, nullptr, &made),
                "compile a shader");
    return {device_, made};
}

const RenderPass& Device::render_pass(PixelFormat format) {
    RenderPass& pass = render_passes_[format];
    if (pass.get() != VK_NULL_HANDLE) return pass;
    const VkAttachmentDescription attachment{.format = vulkan_format(format),
                                             .samples = VK_SAMPLE_COUNT_1_BIT,
                                             .loadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE,
                                             .storeOp = VK_ATTACHMENT_STORE_OP_STORE,
                                             .stencilLoadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE,
                                             .stencilStoreOp = VK_ATTACHMENT_STORE_OP_DONT_CARE,
                                             .initialLayout = VK_IMAGE_LAYOUT_GENERAL,
                                             .finalLayout = VK_IMAGE_LAYOUT_GENERAL};
    const VkAttachmentReference reference{.attachment = 0, .layout = VK_IMAGE_LAYOUT_GENERAL};
    const VkSubpassDescription subpass{.pipelineBindPoint = VK_PIPELINE_BIND_POINT_GRAPHICS,
                                       .colorAttachmentCount = 1,
                                       .pColorAttachments = &reference};
    const VkRenderPassCreateInfo info{.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO,
                                      .attachmentCount = 1,
                                      .pAttachments = &attachment,
                                      .subpassCount = 1,
                                      .pSubpasses = &subpass};
    VkRenderPass handle = VK_NULL_HANDLE;
    check_alive(vkCreateRenderPass(device_, &info, nullptr, &handle), "draw pictures");
    return pass = {device_, handle};
}

/// Compiles what is not there yet; without the lock, where it is given.
VkPipeline Device::pipeline(const ShaderCode& shader, PixelFormat format,
                            std::unique_lock<std::mutex>* lock) {
    const bool drawn = draws(shader);
    const auto key = drawn ? std::pair(shader.fragment.data(), format)
                           : std::pair(shader.compute.data(), PixelFormat::Rgba16f);
    const auto found = pipelines_.find(key);
    if (found != pipelines_.end()) return found->second.get();
    const VkRenderPass into = drawn ? render_pass(format).get() : VK_NULL_HANDLE;
    if (lock != nullptr) lock->unlock();
    Pipeline made = drawn ? make_drawing(shader.fragment, into) : make_computing(shader.compute);
    if (lock != nullptr) lock->lock();
    ++counters_.pipelines;
    return pipelines_.emplace(key, std::move(made)).first->second.get();
}

void Device::prepare(const ShaderCode& shader, PixelFormat format) {
    std::unique_lock lock(mutex_);
    pipeline(shader, format, &lock);
}

Pipeline Device::make_drawing(std::span<const uint32_t> fragment, VkRenderPass into) const {
    const ShaderModule triangle = module(shaders::triangle);
    const ShaderModule code = module(fragment);
    const auto stage = [](VkShaderStageFlagBits kind, const ShaderModule& from) {
        return VkPipelineShaderStageCreateInfo{.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                               .stage = kind,
                                               .module = from.get(),
                                               .pName = "main"};
    };
    const std::array parts{stage(VK_SHADER_STAGE_VERTEX_BIT, triangle),
                           stage(VK_SHADER_STAGE_FRAGMENT_BIT, code)};
    const VkPipelineVertexInputStateCreateInfo vertices{
        .sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO};
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
    const VkPipelineColorBlendAttachmentState all{.colorWriteMask =
                                                      VK_COLOR_COMPONENT_R_BIT | VK_COLOR_COMPONENT_G_BIT |
                                                      VK_COLOR_COMPONENT_B_BIT | VK_COLOR_COMPONENT_A_BIT};
    const VkPipelineColorBlendStateCreateInfo blend{
        .sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO,
        .attachmentCount = 1,
        .pAttachments = &all};
    const std::array states{VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
    const VkPipelineDynamicStateCreateInfo dynamic{
        .sType = VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO,
        .dynamicStateCount = static_cast<uint32_t>(states.size()),
        .pDynamicStates = states.data()};
    const VkGraphicsPipelineCreateInfo info{.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO,
                                            .stageCount = static_cast<uint32_t>(parts.size()),
                                            .pStages = parts.data(),
                                            .pVertexInputState = &vertices,
                                            .pInputAssemblyState = &assembly,
                                            .pViewportState = &viewport,
                                            .pRasterizationState = &raster,
                                            .pMultisampleState = &samples,
                                            .pColorBlendState = &blend,
                                            .pDynamicState = &dynamic,
                                            .layout = layout_.get(),
                                            .renderPass = into};
    VkPipeline made = VK_NULL_HANDLE;
    check_alive(vkCreateGraphicsPipelines(device_, VK_NULL_HANDLE, 1, &info, nullptr, &made),
                "compile a shader");
    return {device_, made};
}

DrawingRef Device::drawing(std::span<const uint32_t> fragment, PixelFormat format) {
    std::unique_lock lock(mutex_);
    const VkRenderPass into = render_pass(format).get();
    lock.unlock();  // compiling takes long, and passes go on
    Pipeline made = make_drawing(fragment, into);
    lock.lock();
    ++counters_.pipelines;
    return {new Drawing{shared_from_this(), std::move(made)}, [](Drawing* used) {
                const std::unique_ptr<Drawing> drawing(used);
                Device& device = *drawing->device;
                const std::lock_guard dropping(device.mutex_);
                device.retired_.emplace_back(device.submitted_ + (device.recording_ ? 1 : 0),
                                             std::move(drawing->pipeline));
            }};
}

void Device::draw(VkCommandBuffer commands, const Pass& pass) {
    Texture& output = *pass.output;
    const VkRenderPass into = render_pass(output.format).get();
    const VkExtent2D size{static_cast<uint32_t>(output.width), static_cast<uint32_t>(output.height)};
    if (output.framebuffer.get() == VK_NULL_HANDLE) {
        const VkImageView view = output.view.get();
        const VkFramebufferCreateInfo info{.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO,
                                           .renderPass = into,
                                           .attachmentCount = 1,
                                           .pAttachments = &view,
                                           .width = size.width,
                                           .height = size.height,
                                           .layers = 1};
        VkFramebuffer handle = VK_NULL_HANDLE;
        check_alive(vkCreateFramebuffer(device_, &info, nullptr, &handle), "draw pictures");
        output.framebuffer = {device_, handle};
    }
    PassHeader header;
    std::memcpy(&header, pass.constants.data(), std::min(sizeof(header), pass.constants.size()));
    const VkRect2D band{{0, header.first_row},
                        {static_cast<uint32_t>(pass.width), static_cast<uint32_t>(pass.height)}};
    const VkRenderPassBeginInfo begin{.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO,
                                      .renderPass = into,
                                      .framebuffer = output.framebuffer.get(),
                                      .renderArea = band};
    const VkViewport viewport{
        .width = static_cast<float>(size.width), .height = static_cast<float>(size.height), .maxDepth = 1};
    vkCmdBeginRenderPass(commands, &begin, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdSetViewport(commands, 0, 1, &viewport);
    vkCmdSetScissor(commands, 0, 1, &band);
    vkCmdDraw(commands, 3, 1, 0, 0);
    vkCmdEndRenderPass(commands);
}

VkCommandBuffer Device::recording() {
    Commands& commands = commands_[turn_];
    if (recording_) return commands.buffer;
    if (commands.busy_until + submissions_.size() > submitted_) {
        const std::lock_guard queue(queue_mutex_);
        hand_over();
    }
    wait(commands.busy_until);
    check_alive(vkResetCommandBuffer(commands.buffer, 0), "record passes");
    const VkCommandBufferBeginInfo info{.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                        .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
    check_alive(vkBeginCommandBuffer(commands.buffer, &info), "record passes");
    recording_ = true;
    return commands.buffer;
}

void Device::bind(VkCommandBuffer commands, const Pass& pass, bool drawn) {
    const auto point = drawn ? VK_PIPELINE_BIND_POINT_GRAPHICS : VK_PIPELINE_BIND_POINT_COMPUTE;
    std::array<VkDescriptorImageInfo, max_inputs + 1> images{};
    std::array<VkWriteDescriptorSet, max_inputs + 2> writes{};
    uint32_t count = 0;
    const auto bind_image = [&](uint32_t binding, VkDescriptorType type, const Texture& texture) {
        images[count] = {.imageView = texture.view.get(), .imageLayout = VK_IMAGE_LAYOUT_GENERAL};
        writes[count] = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                         .dstBinding = binding,
                         .descriptorCount = 1,
                         .descriptorType = type,
                         .pImageInfo = &images[count]};
        ++count;
    };
    if (pass.output != nullptr && !drawn) bind_image(0, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, *pass.output);
    for (size_t i = 0; i < pass.inputs.size(); ++i)
        bind_image(static_cast<uint32_t>(i + 1), VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE, *pass.inputs[i]);
    VkDescriptorBufferInfo buffer{.range = VK_WHOLE_SIZE};
    if (pass.buffer != nullptr) {
        buffer.buffer = pass.buffer->buffer.get();
        writes[count++] = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                           .dstBinding = max_inputs + 1,
                           .descriptorCount = 1,
                           .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                           .pBufferInfo = &buffer};
    }
    if (count > 0) vkCmdPushDescriptorSetKHR(commands, point, layout_.get(), 0, count, writes.data());
    if (!pass.constants.empty())
        vkCmdPushConstants(commands, layout_.get(), shader_stages, 0,
                           static_cast<uint32_t>(pass.constants.size()), pass.constants.data());
}

/// Takes a buffer over from the API that writes it, or gives it back.
void Device::pass_on(VkCommandBuffer commands, const Buffer& buffer, bool to_us) const {
    const VkBufferMemoryBarrier barrier{
        .sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER,
        .srcAccessMask = to_us ? VkAccessFlags{0} : VkAccessFlags{VK_ACCESS_SHADER_READ_BIT},
        .dstAccessMask = to_us ? VkAccessFlags{VK_ACCESS_SHADER_READ_BIT} : VkAccessFlags{0},
        .srcQueueFamilyIndex = to_us ? VK_QUEUE_FAMILY_EXTERNAL : family_,
        .dstQueueFamilyIndex = to_us ? family_ : VK_QUEUE_FAMILY_EXTERNAL,
        .buffer = buffer.buffer.get(),
        .size = VK_WHOLE_SIZE};
    vkCmdPipelineBarrier(commands, work, work, 0, 0, nullptr, 1, &barrier, 0, nullptr);
}

void Device::run_after(const Semaphore& timeline, uint64_t moment) {
    const std::lock_guard lock(mutex_);
    awaited_.emplace_back(timeline.get(), moment);
}

void Device::run(const Pass& pass) {
    if (pass.inputs.size() > max_inputs || pass.constants.size() > max_constants)
        throw Error("a pass has at most {} inputs and {} bytes of constants", max_inputs, max_constants);
    std::unique_lock lock(mutex_);
    const bool drawn = pass.drawing != nullptr || draws(pass.shader);
    const PixelFormat format = pass.output != nullptr ? pass.output->format : PixelFormat::Rgba16f;
    const VkPipeline program =
        pass.drawing ? pass.drawing->pipeline.get() : pipeline(pass.shader, format, nullptr);
    VkCommandBuffer commands = recording();
    const bool fresh = pass.output != nullptr && std::exchange(pass.output->fresh, false);
    const VkImageMemoryBarrier layout{
        .sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
        .dstAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
        .oldLayout = VK_IMAGE_LAYOUT_UNDEFINED,
        .newLayout = VK_IMAGE_LAYOUT_GENERAL,
        .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
        .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
        .image = fresh ? pass.output->image.get() : VK_NULL_HANDLE,
        .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1},
    };
    // Every pass sees what those before it wrote, and writes after they have read.
    constexpr VkAccessFlags writes = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT;
    const VkMemoryBarrier order{.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                .srcAccessMask = writes,
                                .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | writes};
    vkCmdPipelineBarrier(commands, work, work, 0, 1, &order, 0, nullptr, fresh ? 1 : 0, &layout);
    const bool external = pass.buffer != nullptr && pass.buffer->external;
    if (external) pass_on(commands, *pass.buffer, true);
    vkCmdBindPipeline(commands, drawn ? VK_PIPELINE_BIND_POINT_GRAPHICS : VK_PIPELINE_BIND_POINT_COMPUTE,
                      program);
    bind(commands, pass, drawn);
    const auto groups = [](int side) { return (static_cast<uint32_t>(side) + group_side - 1) / group_side; };
    if (drawn)
        draw(commands, pass);
    else
        vkCmdDispatch(commands, groups(pass.width), groups(pass.height), 1);
    if (external) pass_on(commands, *pass.buffer, false);
    ++counters_.passes;
    const bool software = info_.kind == GpuInfo::Kind::Software;
    if (++recorded_ < (software ? passes_together_in_software : passes_together)) return;
    const uint64_t before = std::exchange(piece_, submit());
    lock.unlock();
    if (software) wait(before);
}

uint64_t Device::submit() {
    if (!recording_) return submitted_;
    VkCommandBuffer commands = commands_[turn_].buffer;
    // The processor reads what passes wrote into host buffers.
    const VkMemoryBarrier to_host{.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                  .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT,
                                  .dstAccessMask = VK_ACCESS_HOST_READ_BIT};
    vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 1,
                         &to_host, 0, nullptr, 0, nullptr);
    recording_ = false;
    recorded_ = 0;
    check_alive(vkEndCommandBuffer(commands), "record passes");
    commands_[turn_].busy_until = submitted_ + 1;
    turn_ = (turn_ + 1) % commands_.size();
    ++counters_.submissions;
    const uint64_t moment = submit({.commands = commands, .awaited = std::exchange(awaited_, {})});
    trim(idle_moments);
    return moment;
}

uint64_t Device::flush() {
    const std::lock_guard lock(mutex_);
    return submit();
}

void Device::wait(uint64_t moment) const {
    const VkSemaphore semaphore = timeline_.get();
    const VkSemaphoreWaitInfo info{.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,
                                   .semaphoreCount = 1,
                                   .pSemaphores = &semaphore,
                                   .pValues = &moment};
    constexpr uint64_t second = 1'000'000'000;  // nanoseconds
    const VkResult result = vkWaitSemaphores(device_, &info, 30 * second);
    if (result == VK_TIMEOUT)
        throw Error("the GPU has worked on a picture for 30 s; make it smaller, or its shaders simpler");
    check_alive(result, "wait for the GPU");
}

uint64_t Device::reached() const {
    uint64_t done = 0;
    check_alive(vkGetSemaphoreCounterValue(device_, timeline_.get(), &done), "ask what was done");
    return done;
}

Device::Counters Device::counters() const {
    const std::lock_guard lock(mutex_);
    return counters_;
}

void Device::count_host_copy(size_t bytes) {
    const std::lock_guard lock(mutex_);
    counters_.host_bytes += bytes;
}

void Device::draw_passes(bool draws) {
    const std::lock_guard lock(mutex_);
    draws_ = draws;
}

void Device::inject(const Faults& faults) {
    const std::lock_guard lock(mutex_);
    faults_ = faults;
}

}  // namespace gan
