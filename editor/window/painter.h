#pragma once

#include "editor/pictures.h"
#include "editor/window/renderer.h"
#include "runtime/gpu/gpu.h"

#include <imgui.h>

#include <array>
#include <compare>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace gan {

using Sampler = DeviceObject<VkSampler, vkDestroySampler>;

VkRect2D rectangle_of(const PixelBox& box);

/// An image of the interface's own, which is no picture's.
struct ScreenImage {
    VulkanImage image;
    DeviceMemory memory;
    VulkanImageView view;
};
/// `what`: what it is for, as check() says it. Throws Error.
ScreenImage make_screen_image(Device& device, VkFormat format, uint32_t width, uint32_t height,
                              VkImageUsageFlags usage, const std::string& what);

/// Puts triangles on screen: the pipelines of shaders/ui*, and a few frames of commands in flight. A frame
/// lies between begin() and end(); in it are one or more passes, each between start() and finish(). Used by
/// one thread; throws Error.
class Painter {
public:
    enum class Filter { Nearest, Smooth, Bicubic, Mean };  // as ui_picture.frag counts

    explicit Painter(std::shared_ptr<Device> device);
    ~Painter();
    Painter(const Painter&) = delete;
    Painter& operator=(const Painter&) = delete;

    Device& device() { return *device_; }

    /// Waits until a frame is free. Commands that are no drawing are recorded now.
    VkCommandBuffer begin();
    /// Clears the target. Pictures that the device's passes recorded until end() write can be read from here
    /// on, and targets of the frame's former passes.
    void start(const RenderTarget& target, ImU32 background) { start(target, background, {}); }
    /// The same for a target that shows what it did when a former frame was finished: clears these boxes
    /// alone.
    void start(const RenderTarget& target, ImU32 background, std::span<const PixelBox> boxes);
    /// Where the corners' positions are on the target: `origin` at its upper left, `scale` of its px each.
    void place(const ImVec2& origin, const ImVec2& scale);
    /// Takes corners from here on from these, with 16-bit indices.
    struct Mesh {
        std::unique_ptr<Buffer> buffer;
        VkDeviceSize indices = 0;  // where they begin
        ImDrawVert* corner_data = nullptr;
        ImDrawIdx* index_data = nullptr;
    };
    Mesh mesh(size_t corners, size_t indices);
    void use(Mesh mesh);
    /// A rectangle that a whole picture or card is drawn into, by triangles(6, 0, 0).
    Mesh quad(const ImVec2& min, const ImVec2& max);
    /// px of the target.
    void clip(const VkRect2D& rectangle);
    /// What the triangles that follow are filled with: their corners' colours, times an atlas of one channel,
    void fill_text(VkImageView atlas);
    /// or alone; opaque: none of them lets anything through,
    void fill_plain(bool opaque);
    /// a picture, of which a px of the target shows `covered` pixels,
    void fill_picture(const Texture& texture, const ImageInfo& info, const PictureView& view, Filter filter,
                      const ImVec2& covered);
    /// what was drawn into another target before, here in another size where `scaled`,
    void fill_copy(VkImageView drawn, bool scaled, bool opaque);
    /// or a card for this target (ui_card.frag).
    void fill_card(int number, bool alone);
    /// How often fill_picture() has the GPU look into a picture for one px: how long that takes.
    int looks(const ImVec2& covered) const;
    void triangles(uint32_t indices, uint32_t first, int32_t corner);
    /// A rectangle in px of the target that the whole picture or card is drawn into.
    void rectangle(const ImVec2& min, const ImVec2& max);
    void finish();
    /// Submits the frame, and returns the moment when it will have been drawn.
    uint64_t end(VkSemaphore ready, VkSemaphore done);

private:
    struct Frame {
        VkCommandBuffer commands = VK_NULL_HANDLE;
        uint64_t busy_until = 0;
        std::vector<Framebuffer> framebuffers;  // of its passes
    };
    enum class Kind { Text, Plain, Card, Copy, Picture };
    struct Fill {
        Kind kind = Kind::Text;
        bool opaque = false;  // what is behind it does not matter
        Filter filter = Filter::Smooth;
        auto operator<=>(const Fill&) const = default;
    };
    void make_layout();
    VkRenderPass pass(const RenderTarget& target, bool keeps);
    std::array<int, 2> taps(const ImVec2& covered) const;
    Pipeline make_pipeline(const Fill& fill);
    void bind(const Fill& fill);
    void bind_image(VkImageView view, VkImageLayout layout, VkSampler sampler);
    void constants(uint32_t offset, const void* data, uint32_t size);
    Sampler make_sampler(VkFilter filter, bool wraps_x, bool wraps_y);
    VkSampler sampler(const Texture& texture, const ImageInfo& info);

    const std::shared_ptr<Device> device_;
    DescriptorSetLayout bindings_;
    PipelineLayout layout_;
    std::array<Sampler, 4> smooth_;  // 1: pictures that tile from left to right, 2: from top to bottom
    Sampler nearest_;
    bool smooth_data_ = false;  // whether the GPU looks between pixels of 32 bits
    std::map<std::tuple<VkFormat, VkImageLayout, bool>, RenderPass> passes_;
    std::map<std::pair<VkFormat, Fill>, Pipeline> pipelines_;
    CommandPool pool_;
    std::vector<Frame> frames_;  // used in turn
    size_t turn_ = 0;

    // Of the frame and the pass that are recorded.
    VkCommandBuffer commands_ = VK_NULL_HANDLE;
    VkRenderPass pass_ = VK_NULL_HANDLE;
    RenderTarget target_;
    std::optional<Fill> bound_;
    std::vector<std::unique_ptr<Buffer>> meshes_;
};

}  // namespace gan
