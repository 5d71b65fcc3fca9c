#include "editor/window/painter.h"

#include "shaders/shaders.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace gan {
namespace {

constexpr uint32_t frames_in_flight = 3;
constexpr VkShaderStageFlags painter_stages = VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT;

// As ui_picture.frag and ui_card.frag have them, behind scale and translation.
constexpr uint32_t place_bytes = 4 * sizeof(float);
constexpr uint32_t fill_bytes = 6 * 4;
struct PictureFill {
    float covered[2];
    int32_t taps[2];
    int32_t channel;
    int32_t flags;
};
struct CardFill {
    float size[2];
    int32_t number;
    int32_t alone;
};
static_assert(sizeof(PictureFill) == fill_bytes && sizeof(CardFill) <= fill_bytes);
static_assert(sizeof(ImDrawIdx) == 2);

}  // namespace

VkRect2D rectangle_of(const PixelBox& box) {
    return {{box.left, box.top},
            {static_cast<uint32_t>(box.right - box.left), static_cast<uint32_t>(box.bottom - box.top)}};
}

ScreenImage make_screen_image(Device& device, VkFormat format, uint32_t width, uint32_t height,
                              VkImageUsageFlags usage, const std::string& what) {
    ScreenImage made;
    const VkImageCreateInfo info{.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
                                 .imageType = VK_IMAGE_TYPE_2D,
                                 .format = format,
                                 .extent = {width, height, 1},
                                 .mipLevels = 1,
                                 .arrayLayers = 1,
                                 .samples = VK_SAMPLE_COUNT_1_BIT,
                                 .tiling = VK_IMAGE_TILING_OPTIMAL,
                                 .usage = usage};
    VkImage image = VK_NULL_HANDLE;
    device.check_alive(vkCreateImage(device.handle(), &info, nullptr, &image), what);
    made.image = {device.handle(), image};
    VkMemoryRequirements needs;
    vkGetImageMemoryRequirements(device.handle(), image, &needs);
    made.memory = device.memory(needs, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, what);
    device.check_alive(vkBindImageMemory(device.handle(), image, made.memory.get(), 0), what);
    const VkImageViewCreateInfo view_info{.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
                                          .image = image,
                                          .viewType = VK_IMAGE_VIEW_TYPE_2D,
                                          .format = format,
                                          .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    VkImageView view = VK_NULL_HANDLE;
    device.check_alive(vkCreateImageView(device.handle(), &view_info, nullptr, &view), what);
    made.view = {device.handle(), view};
    return made;
}

Painter::Painter(std::shared_ptr<Device> device) : device_(std::move(device)) {
    make_layout();
    for (size_t i = 0; i < smooth_.size(); ++i)
        smooth_[i] = make_sampler(VK_FILTER_LINEAR, (i & 1) != 0, (i & 2) != 0);
    nearest_ = make_sampler(VK_FILTER_NEAREST, false, false);
    VkFormatProperties data{};
    vkGetPhysicalDeviceFormatProperties(device_->info().handle, vulkan_format(PixelFormat::Rgba32f), &data);
    smooth_data_ = (data.optimalTilingFeatures & VK_FORMAT_FEATURE_SAMPLED_IMAGE_FILTER_LINEAR_BIT) != 0;
    const VkCommandPoolCreateInfo pool_info{.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                            .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
                                            .queueFamilyIndex = device_->family()};
    VkCommandPool pool = VK_NULL_HANDLE;
    device_->check_alive(vkCreateCommandPool(device_->handle(), &pool_info, nullptr, &pool), "draw a window");
    pool_ = {device_->handle(), pool};
    std::array<VkCommandBuffer, frames_in_flight> buffers{};
    const VkCommandBufferAllocateInfo info{.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                           .commandPool = pool,
                                           .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                           .commandBufferCount = frames_in_flight};
    device_->check_alive(vkAllocateCommandBuffers(device_->handle(), &info, buffers.data()), "draw a window");
    for (VkCommandBuffer buffer : buffers) frames_.emplace_back().commands = buffer;
}

Painter::~Painter() {
    try {
        for (const Frame& frame : frames_) device_->wait(frame.busy_until);
    } catch (const Error&) {
        // The device is lost: nothing of it is in use.
    }
}

void Painter::make_layout() {
    const VkDescriptorSetLayoutBinding image{.binding = 0,
                                             .descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER,
                                             .descriptorCount = 1,
                                             .stageFlags = VK_SHADER_STAGE_FRAGMENT_BIT};
    const VkDescriptorSetLayoutCreateInfo set_info{
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
        .flags = VK_DESCRIPTOR_SET_LAYOUT_CREATE_PUSH_DESCRIPTOR_BIT_KHR,
        .bindingCount = 1,
        .pBindings = &image};
    VkDescriptorSetLayout set = VK_NULL_HANDLE;
    device_->check_alive(vkCreateDescriptorSetLayout(device_->handle(), &set_info, nullptr, &set),
                         "draw a window");
    bindings_ = {device_->handle(), set};
    const VkPushConstantRange constants{.stageFlags = painter_stages, .size = place_bytes + fill_bytes};
    const VkPipelineLayoutCreateInfo info{.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
                                          .setLayoutCount = 1,
                                          .pSetLayouts = &set,
                                          .pushConstantRangeCount = 1,
                                          .pPushConstantRanges = &constants};
    VkPipelineLayout layout = VK_NULL_HANDLE;
    device_->check_alive(vkCreatePipelineLayout(device_->handle(), &info, nullptr, &layout), "draw a window");
    layout_ = {device_->handle(), layout};
}

Sampler Painter::make_sampler(VkFilter filter, bool wraps_x, bool wraps_y) {
    const auto beyond = [](bool wraps) {
        return wraps ? VK_SAMPLER_ADDRESS_MODE_REPEAT : VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE;
    };
    const VkSamplerCreateInfo info{.sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO,
                                   .magFilter = filter,
                                   .minFilter = filter,
                                   .addressModeU = beyond(wraps_x),
                                   .addressModeV = beyond(wraps_y),
                                   .addressModeW = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE};
    VkSampler sampler = VK_NULL_HANDLE;
    device_->check_alive(vkCreateSampler(device_->handle(), &info, nullptr, &sampler), "draw a window");
    return {device_->handle(), sampler};
}

/// `keeps`: what the target shows.
VkRenderPass Painter::pass(const RenderTarget& target, bool keeps) {
    RenderPass& made = passes_[{target.format, target.final_layout, keeps}];
    if (made.get() != VK_NULL_HANDLE) return made.get();
    const VkAttachmentDescription attachment{
        .format = target.format,
        .samples = VK_SAMPLE_COUNT_1_BIT,
        .loadOp = keeps ? VK_ATTACHMENT_LOAD_OP_LOAD : VK_ATTACHMENT_LOAD_OP_CLEAR,
        .storeOp = VK_ATTACHMENT_STORE_OP_STORE,
        .stencilLoadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE,
        .stencilStoreOp = VK_ATTACHMENT_STORE_OP_DONT_CARE,
        .initialLayout = keeps ? target.final_layout : VK_IMAGE_LAYOUT_UNDEFINED,
        .finalLayout = target.final_layout};
    const VkAttachmentReference reference{.attachment = 0,
                                          .layout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
    const VkSubpassDescription subpass{.pipelineBindPoint = VK_PIPELINE_BIND_POINT_GRAPHICS,
                                       .colorAttachmentCount = 1,
                                       .pColorAttachments = &reference};
    // The image changes its layout once it is ready, and is whole for those who copy it or look into it.
    const std::array dependencies{
        VkSubpassDependency{
            .srcSubpass = VK_SUBPASS_EXTERNAL,
            .dstSubpass = 0,
            .srcStageMask = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT,
            .dstStageMask = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT,
            .srcAccessMask = VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
            .dstAccessMask = VK_ACCESS_COLOR_ATTACHMENT_READ_BIT | VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT},
        VkSubpassDependency{
            .srcSubpass = 0,
            .dstSubpass = VK_SUBPASS_EXTERNAL,
            .srcStageMask = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT,
            .dstStageMask = VK_PIPELINE_STAGE_TRANSFER_BIT | VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT,
            .srcAccessMask = VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
            .dstAccessMask = VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_SHADER_READ_BIT}};
    const VkRenderPassCreateInfo info{.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO,
                                      .attachmentCount = 1,
                                      .pAttachments = &attachment,
                                      .subpassCount = 1,
                                      .pSubpasses = &subpass,
                                      .dependencyCount = static_cast<uint32_t>(dependencies.size()),
                                      .pDependencies = dependencies.data()};
    VkRenderPass handle = VK_NULL_HANDLE;
    device_->check_alive(vkCreateRenderPass(device_->handle(), &info, nullptr, &handle), "draw a window");
    made = {device_->handle(), handle};
    return handle;
}

VkCommandBuffer Painter::begin() {
    meshes_.clear();
    Frame& frame = frames_[turn_];
    device_->wait(frame.busy_until);
    frame.framebuffers.clear();
    device_->check_alive(vkResetCommandBuffer(frame.commands, 0), "draw a window");
    const VkCommandBufferBeginInfo info{.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                        .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
    device_->check_alive(vkBeginCommandBuffer(frame.commands, &info), "draw a window");
    return commands_ = frame.commands;
}

void Painter::start(const RenderTarget& target, ImU32 background, std::span<const PixelBox> boxes) {
    target_ = target;
    pass_ = pass(target, !boxes.empty());
    bound_.reset();  // a pipeline is for one format
    const VkFramebufferCreateInfo framebuffer{.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO,
                                              .renderPass = pass_,
                                              .attachmentCount = 1,
                                              .pAttachments = &target.view,
                                              .width = target.width,
                                              .height = target.height,
                                              .layers = 1};
    VkFramebuffer handle = VK_NULL_HANDLE;
    device_->check_alive(vkCreateFramebuffer(device_->handle(), &framebuffer, nullptr, &handle),
                         "draw a window");
    frames_[turn_].framebuffers.emplace_back(device_->handle(), handle);

    const VkMemoryBarrier order{
        .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
        .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
        .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_COLOR_ATTACHMENT_READ_BIT |
                         VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT};
    vkCmdPipelineBarrier(
        commands_,
        VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT |
            VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT,
        VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT | VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT, 0, 1, &order,
        0, nullptr, 0, nullptr);
    const ImVec4 colour = ImGui::ColorConvertU32ToFloat4(background);
    const VkClearValue clear{.color = {.float32 = {colour.x, colour.y, colour.z, 1}}};
    const VkRenderPassBeginInfo info{.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO,
                                     .renderPass = pass_,
                                     .framebuffer = handle,
                                     .renderArea = {{0, 0}, {target.width, target.height}},
                                     .clearValueCount = 1,
                                     .pClearValues = &clear};
    vkCmdBeginRenderPass(commands_, &info, VK_SUBPASS_CONTENTS_INLINE);
    const VkViewport viewport{.width = static_cast<float>(target.width),
                              .height = static_cast<float>(target.height),
                              .maxDepth = 1};
    vkCmdSetViewport(commands_, 0, 1, &viewport);
    clip({{0, 0}, {target.width, target.height}});
    if (boxes.empty()) return;
    const VkClearAttachment anew{.aspectMask = VK_IMAGE_ASPECT_COLOR_BIT, .clearValue = clear};
    std::vector<VkClearRect> rectangles;
    for (const PixelBox& box : boxes)
        if (!box.empty()) rectangles.push_back({.rect = rectangle_of(box), .layerCount = 1});
    if (!rectangles.empty())
        vkCmdClearAttachments(commands_, 1, &anew, static_cast<uint32_t>(rectangles.size()),
                              rectangles.data());
}

void Painter::place(const ImVec2& origin, const ImVec2& scale) {
    const float to_clip[] = {2 * scale.x / static_cast<float>(target_.width),
                             2 * scale.y / static_cast<float>(target_.height)};
    const float values[] = {to_clip[0], to_clip[1], -1 - origin.x * to_clip[0], -1 - origin.y * to_clip[1]};
    constants(0, values, sizeof(values));
}

Painter::Mesh Painter::mesh(size_t corners, size_t indices) {
    constexpr size_t least = size_t{1} << 16;  // bytes; powers of two, so that frames share a few sizes
    const size_t bytes = corners * sizeof(ImDrawVert) + indices * sizeof(ImDrawIdx);
    Mesh mesh{.buffer = device_->host_buffer(std::bit_ceil(std::max(bytes, least))),
              .indices = corners * sizeof(ImDrawVert)};
    mesh.corner_data = reinterpret_cast<ImDrawVert*>(mesh.buffer->data);
    mesh.index_data = reinterpret_cast<ImDrawIdx*>(mesh.buffer->data + mesh.indices);
    return mesh;
}

void Painter::use(Mesh mesh) {
    const VkDeviceSize begin = 0;
    const VkBuffer buffer = mesh.buffer->buffer.get();
    vkCmdBindVertexBuffers(commands_, 0, 1, &buffer, &begin);
    vkCmdBindIndexBuffer(commands_, buffer, mesh.indices, VK_INDEX_TYPE_UINT16);
    meshes_.push_back(std::move(mesh.buffer));
}

void Painter::clip(const VkRect2D& rectangle) {
    vkCmdSetScissor(commands_, 0, 1, &rectangle);
}

void Painter::constants(uint32_t offset, const void* data, uint32_t size) {
    vkCmdPushConstants(commands_, layout_.get(), painter_stages, offset, size, data);
}

void Painter::bind_image(VkImageView view, VkImageLayout layout, VkSampler sampler) {
    const VkDescriptorImageInfo image{.sampler = sampler, .imageView = view, .imageLayout = layout};
    const VkWriteDescriptorSet write{.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                                     .dstBinding = 0,
                                     .descriptorCount = 1,
                                     .descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER,
                                     .pImageInfo = &image};
    vkCmdPushDescriptorSetKHR(commands_, VK_PIPELINE_BIND_POINT_GRAPHICS, layout_.get(), 0, 1, &write);
}

VkSampler Painter::sampler(const Texture& texture, const ImageInfo& info) {
    if (texture.format == PixelFormat::Rgba32f && !smooth_data_) return nearest_.get();
    return smooth_[(info.wrap_x ? 1 : 0) + (info.wrap_y ? 2 : 0)].get();
}

void Painter::bind(const Fill& fill) {
    if (bound_ == fill) return;
    Pipeline& pipeline = pipelines_[{target_.format, fill}];
    if (pipeline.get() == VK_NULL_HANDLE) pipeline = make_pipeline(fill);
    vkCmdBindPipeline(commands_, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline.get());
    bound_ = fill;
}

void Painter::fill_text(VkImageView atlas) {
    bind({.kind = Kind::Text});
    bind_image(atlas, VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL, smooth_[0].get());
}

void Painter::fill_plain(bool opaque) {
    bind({.kind = Kind::Plain, .opaque = opaque});
}

void Painter::fill_copy(VkImageView drawn, bool scaled, bool opaque) {
    bind({.kind = Kind::Copy, .opaque = opaque});
    bind_image(drawn, VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL, scaled ? smooth_[0].get() : nearest_.get());
}

std::array<int, 2> Painter::taps(const ImVec2& covered) const {
    const int most = device_->info().kind == GpuInfo::Kind::Software ? 3 : 8;
    const auto along = [&](float pixels) {
        return std::clamp(static_cast<int>(std::ceil(0.5F * pixels - 0.01F)), 1, most);
    };
    return {along(covered.x), along(covered.y)};
}

int Painter::looks(const ImVec2& covered) const {
    const auto [across, down] = taps(covered);
    return across * down;
}

void Painter::fill_picture(const Texture& texture, const ImageInfo& info, const PictureView& view,
                           Filter filter, const ImVec2& covered) {
    const bool covers =
        is_data(info) || info.channels < 4 || view.checker || view.channels != PictureView::Channels::Colour;
    const auto [across, down] = taps(covered);
    // A look between pixels is the mean of up to two by two; curves are for what is enlarged.
    constexpr float whole = 1.01F;
    if (filter != Filter::Nearest && (across > 1 || down > 1))
        filter = Filter::Mean;
    else if (filter == Filter::Bicubic && std::max(covered.x, covered.y) > whole)
        filter = Filter::Smooth;
    bind({.kind = Kind::Picture, .opaque = covers && view.opacity >= 1, .filter = filter});
    bind_image(texture.view.get(), VK_IMAGE_LAYOUT_GENERAL, sampler(texture, info));
    const PictureFill fill{.covered = {covered.x, covered.y},
                           .taps = {across, down},
                           .channel = static_cast<int32_t>(view.channels),
                           .flags = (is_data(info) ? 1 : 0) | (view.checker ? 2 : 0) | (info.wrap_x ? 4 : 0) |
                                    (info.wrap_y ? 8 : 0)};
    constants(place_bytes, &fill, sizeof(fill));
}

void Painter::fill_card(int number, bool alone) {
    bind({.kind = Kind::Card, .opaque = true});
    const CardFill fill{.size = {static_cast<float>(target_.width), static_cast<float>(target_.height)},
                        .number = number,
                        .alone = alone ? 1 : 0};
    constants(place_bytes, &fill, sizeof(fill));
}

void Painter::triangles(uint32_t indices, uint32_t first, int32_t corner) {
    vkCmdDrawIndexed(commands_, indices, 1, first, corner, 0);
}

Painter::Mesh Painter::quad(const ImVec2& min, const ImVec2& max) {
    Mesh made = mesh(4, 6);
    const ImU32 white = IM_COL32_WHITE;
    made.corner_data[0] = {min, {0, 0}, white};
    made.corner_data[1] = {{max.x, min.y}, {1, 0}, white};
    made.corner_data[2] = {max, {1, 1}, white};
    made.corner_data[3] = {{min.x, max.y}, {0, 1}, white};
    constexpr std::array<ImDrawIdx, 6> order{0, 1, 2, 0, 2, 3};
    std::copy(order.begin(), order.end(), made.index_data);
    return made;
}

void Painter::rectangle(const ImVec2& min, const ImVec2& max) {
    use(quad(min, max));
    place({0, 0}, {1, 1});
    triangles(6, 0, 0);
}

void Painter::finish() {
    vkCmdEndRenderPass(commands_);
}

uint64_t Painter::end(VkSemaphore ready, VkSemaphore done) {
    device_->check_alive(vkEndCommandBuffer(commands_), "draw a window");
    Frame& frame = frames_[turn_];
    frame.busy_until = device_->submit(commands_, ready, done);
    turn_ = (turn_ + 1) % frames_.size();
    for (auto& mesh : meshes_) device_->release(std::move(mesh));
    meshes_.clear();
    return frame.busy_until;
}

}  // namespace gan
