#pragma once

#include "editor/pictures.h"
#include "editor/window/damage.h"
#include "runtime/gpu/gpu.h"

#include <imgui.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace gan {

/// What is drawn into: a window's or a test's image.
struct RenderTarget {
    VkImageView view = VK_NULL_HANDLE;
    VkFormat format = VK_FORMAT_B8G8R8A8_UNORM;  // not sRGB: ImGui's colours are encoded already
    VkImageLayout final_layout = VK_IMAGE_LAYOUT_PRESENT_SRC_KHR;
    uint32_t width = 0;
    uint32_t height = 0;
    DrawnTiles* drawn = nullptr;  // what it shows, of who keeps it; null: each frame is drawn whole
};

/// Draws ImGui's draw data, and pictures straight from the GPU's memory, with pipelines of our own: the
/// packaged backend of ImGui 1.86 draws no pictures, and calls Vulkan past volk. Used by one thread; throws
/// Error, DeviceLost when the GPU is gone.
class Renderer {
public:
    /// `atlas`: of the fonts; uploaded here, anew when its size changes.
    Renderer(std::shared_ptr<Device> device, Gpu& gpu, ImFontAtlas& atlas);
    ~Renderer();

    /// Records and submits one frame into `target`, after all passes recorded until now. Waits for `ready`
    /// and signals `done`, binary semaphores, where they are not null. Pictures are kept until they were
    /// drawn. Returns a number for wait().
    uint64_t draw(const RenderTarget& target, const ImDrawData& data,
                  const std::vector<Pictures::Entry>& pictures, ImU32 background, VkSemaphore ready,
                  VkSemaphore done);
    void wait(uint64_t frame);
    /// Whether the last frame had no time for all thumbnails that changed: another one is wanted, even if
    /// nothing else changes.
    bool behind() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// An image that frames are drawn into without a window, for tests and screenshots.
class Offscreen {
public:
    Offscreen(std::shared_ptr<Device> device, uint32_t width, uint32_t height);
    ~Offscreen();
    RenderTarget target() const;
    /// (height, width, 4), 8 bits. Waits for the GPU.
    std::vector<uint8_t> read();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gan
