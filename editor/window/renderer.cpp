#include "editor/window/renderer.h"

#include "editor/window/painter.h"
#include "editor/window/thumbnails.h"
#include "nodes/picture.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

namespace gan {

namespace {

/// In draw lists and in the atlas once it was uploaded; ImGui forgets it when it builds the atlas anew.
constexpr uintptr_t atlas_mark = ~uintptr_t{0};

constexpr const char* reopened =
    "the GPU stopped answering; it is opened again, and what it held is made again";

uintptr_t texture_number(ImTextureID id) {
    return (uintptr_t)id;  // a pointer or a number, as ImGui was built
}

void fill_font_image(VkCommandBuffer commands, const ScreenImage& atlas, const Buffer& from, int width,
                     int height) {
    VkImageMemoryBarrier barrier{.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
                                 .dstAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
                                 .oldLayout = VK_IMAGE_LAYOUT_UNDEFINED,
                                 .newLayout = VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
                                 .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                                 .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                                 .image = atlas.image.get(),
                                 .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 0,
                         nullptr, 0, nullptr, 1, &barrier);
    const VkBufferImageCopy copy{
        .imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1},
        .imageExtent = {static_cast<uint32_t>(width), static_cast<uint32_t>(height), 1}};
    vkCmdCopyBufferToImage(commands, from.buffer.get(), atlas.image.get(), barrier.newLayout, 1, &copy);
    barrier.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
    barrier.dstAccessMask = VK_ACCESS_SHADER_READ_BIT;
    barrier.oldLayout = barrier.newLayout;
    barrier.newLayout = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;
    vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT, 0,
                         0, nullptr, 0, nullptr, 1, &barrier);
}

}  // namespace

struct Renderer::Impl {
    Impl(std::shared_ptr<Device> device, Gpu& gpu, ImFontAtlas& fonts)
        : device(device), gpu(gpu), fonts(fonts), painter(device) {
        if (software) thumbnails.emplace(std::move(device));
    }

    /// Null: it could not be brought to the GPU.
    const Texture* texture(size_t picture);
    void update_atlas(VkCommandBuffer commands);
    void draw_list(const ImDrawData& data, const ImDrawList& list, uint32_t first_index,
                   int32_t first_corner);
    void draw_text(const ImDrawList& list, const ImDrawCmd& command, uint32_t first_index,
                   int32_t first_corner, float scale);
    /// False: there is nothing to draw it with.
    bool fill(const ImDrawList& list, const ImDrawCmd& command, const ImVec2& scale);

    const std::shared_ptr<Device> device;
    const bool software = device->info().kind == GpuInfo::Kind::Software;
    Gpu& gpu;
    ImFontAtlas& fonts;
    Painter painter;
    std::optional<Thumbnails> thumbnails;  // where the processor draws
    ScreenImage atlas;                     // the fonts' letters, one byte a pixel
    uint64_t atlas_used = 0;               // by the last frame
    std::unique_ptr<Buffer> staging;

    // Of the frame that is drawn.
    const std::vector<Pictures::Entry>* pictures = nullptr;
    std::vector<std::optional<TextureRef>> textures;  // of those that were needed until now
    VkExtent2D size{};
};

Renderer::Renderer(std::shared_ptr<Device> device, Gpu& gpu, ImFontAtlas& atlas)
    : impl_(std::make_unique<Impl>(std::move(device), gpu, atlas)) {}

Renderer::~Renderer() {
    try {
        impl_->device->wait(impl_->atlas_used);  // the last frame reads it
    } catch (const Error&) {
        // The device is lost: nothing of it is in use.
    }
}

const Texture* Renderer::Impl::texture(size_t picture) {
    std::optional<TextureRef>& known = textures[picture];
    if (known) return known->get();
    TextureRef& made = known.emplace();
    try {
        made = texture_of(Tick{.gpu = &gpu}, *(*pictures)[picture].image);
    } catch (const Error&) {
        // No memory for it, or it went with a device that was lost before: the rest of the frame is drawn,
        // and the next one tries again.
        if (device->lost()) throw;
    }
    if (made != nullptr && made->device != device) throw DeviceLost(reopened);
    return made.get();
}

void Renderer::Impl::update_atlas(VkCommandBuffer commands) {
    if (atlas.view.get() != VK_NULL_HANDLE && texture_number(fonts.TexID) == atlas_mark) return;
    unsigned char* pixels = nullptr;
    int width = 0;
    int height = 0;
    fonts.GetTexDataAsAlpha8(&pixels, &width, &height);
    device->wait(atlas_used);
    const size_t bytes = static_cast<size_t>(width) * static_cast<size_t>(height);
    staging = device->host_buffer(bytes);
    std::memcpy(staging->data, pixels, bytes);
    atlas = make_screen_image(*device, VK_FORMAT_R8_UNORM, static_cast<uint32_t>(width),
                              static_cast<uint32_t>(height),
                              VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT, "keep the fonts");
    fill_font_image(commands, atlas, *staging, width, height);
}

bool Renderer::Impl::fill(const ImDrawList& list, const ImDrawCmd& command, const ImVec2& scale) {
    const uintptr_t number = texture_number(command.GetTexID());
    if (number == 0 || number == atlas_mark) {
        painter.fill_text(atlas.view.get());
        return true;
    }
    if (number > pictures->size()) return false;
    if (thumbnails && thumbnails->fill(painter, number - 1)) return true;
    const Texture* from = texture(number - 1);
    if (from == nullptr) return false;
    const Pictures::Entry& entry = (*pictures)[number - 1];
    // Its first triangle: upper left, upper right, lower right.
    const auto corner = [&](unsigned i) {
        return list.VtxBuffer[static_cast<int>(command.VtxOffset +
                                               list.IdxBuffer[static_cast<int>(command.IdxOffset + i)])];
    };
    const ImDrawVert a = corner(0);
    const ImDrawVert b = corner(2);
    const auto covered = [](float pixels, float px) {
        return px != 0 && std::isfinite(pixels / px) ? std::abs(pixels / px) : 1.0F;
    };
    painter.fill_picture(
        *from, *entry.image, entry.view,
        entry.view.smooth ? Painter::Filter::Smooth : Painter::Filter::Nearest,
        {covered((b.uv.x - a.uv.x) * static_cast<float>(from->width), (b.pos.x - a.pos.x) * scale.x),
         covered((b.uv.y - a.uv.y) * static_cast<float>(from->height), (b.pos.y - a.pos.y) * scale.y)});
    return true;
}

/// Draws letters and plain areas, large ones of these without the atlas. `scale`: square px of one of
/// ImGui's.
void Renderer::Impl::draw_text(const ImDrawList& list, const ImDrawCmd& command, uint32_t first_index,
                               int32_t first_corner, float scale) {
    constexpr float large = 4000;  // px: takes longer to look up than a command does
    enum class Part { Text, Blended, Opaque };
    const ImDrawIdx* index = list.IdxBuffer.begin() + command.IdxOffset;
    const ImDrawVert* corners = list.VtxBuffer.begin() + command.VtxOffset;
    const auto part_at = [&](uint32_t i) {
        const ImDrawVert& a = corners[index[i]];
        const ImDrawVert& b = corners[index[i + 1]];
        const ImDrawVert& c = corners[index[i + 2]];
        const bool one_place = a.uv.x == b.uv.x && a.uv.y == b.uv.y && a.uv.x == c.uv.x && a.uv.y == c.uv.y;
        const float doubled =
            (b.pos.x - a.pos.x) * (c.pos.y - a.pos.y) - (c.pos.x - a.pos.x) * (b.pos.y - a.pos.y);
        if (!one_place || std::abs(doubled) * scale < 2 * large) return Part::Text;
        return ((a.col & b.col & c.col) >> IM_COL32_A_SHIFT & 0xff) == 0xff ? Part::Opaque : Part::Blended;
    };
    uint32_t begin = 0;
    Part part = Part::Text;
    bool text_filled = true;
    const auto draw_until = [&](uint32_t end) {
        if (end == begin) return;
        if (part != Part::Text)
            painter.fill_plain(part == Part::Opaque);
        else if (!text_filled)
            painter.fill_text(atlas.view.get());
        text_filled = part == Part::Text;
        painter.triangles(end - begin, first_index + begin, first_corner);
        begin = end;
    };
    for (uint32_t i = 0; i + 2 < command.ElemCount; i += 3) {
        const Part next = part_at(i);
        if (next != part) draw_until(i);
        part = next;
    }
    draw_until(command.ElemCount);
}

void Renderer::Impl::draw_list(const ImDrawData& data, const ImDrawList& list, uint32_t first_index,
                               int32_t first_corner) {
    const ImVec2 scale = data.FramebufferScale;
    uintptr_t filled = 0;  // with which texture, the atlas by its mark; 0: nothing yet
    for (const ImDrawCmd& command : list.CmdBuffer) {
        if (command.UserCallback != nullptr) {
            if (command.UserCallback != ImDrawCallback_ResetRenderState)
                command.UserCallback(&list, &command);
            painter.place(data.DisplayPos, scale);
            filled = 0;
            continue;
        }
        if (command.ElemCount == 0) continue;
        const auto side = [](float px, uint32_t most) {
            return static_cast<int32_t>(std::clamp(px, 0.0F, static_cast<float>(most)));
        };
        const int32_t left = side((command.ClipRect.x - data.DisplayPos.x) * scale.x, size.width);
        const int32_t top = side((command.ClipRect.y - data.DisplayPos.y) * scale.y, size.height);
        const int32_t right = side((command.ClipRect.z - data.DisplayPos.x) * scale.x, size.width);
        const int32_t bottom = side((command.ClipRect.w - data.DisplayPos.y) * scale.y, size.height);
        if (right <= left || bottom <= top) continue;
        const uintptr_t number = texture_number(command.GetTexID());
        const uintptr_t wanted = number == 0 ? atlas_mark : number;
        if (wanted != filled) {
            if (!fill(list, command, scale)) continue;
            filled = wanted;
        }
        painter.clip(
            {{left, top}, {static_cast<uint32_t>(right - left), static_cast<uint32_t>(bottom - top)}});
        const uint32_t index = first_index + command.IdxOffset;
        const int32_t corner = first_corner + static_cast<int32_t>(command.VtxOffset);
        if (software && wanted == atlas_mark) {
            draw_text(list, command, index, corner, scale.x * scale.y);
            filled = 0;  // it may have ended with a plain area
        } else {
            painter.triangles(command.ElemCount, index, corner);
        }
    }
}

uint64_t Renderer::draw(const RenderTarget& target, const ImDrawData& data,
                        const std::vector<Pictures::Entry>& pictures, ImU32 background, VkSemaphore ready,
                        VkSemaphore done) {
    Impl& self = *impl_;
    Painter& painter = self.painter;
    if (self.gpu.device() != self.device) throw DeviceLost(reopened);
    self.pictures = &pictures;
    self.textures.assign(pictures.size(), std::nullopt);
    self.size = {target.width, target.height};
    const VkCommandBuffer commands = painter.begin();
    self.update_atlas(commands);
    if (self.thumbnails)
        self.thumbnails->update(painter, target.format, pictures, data.FramebufferScale,
                                [&](size_t picture) { return self.texture(picture); });
    painter.start(target, background);
    if (data.TotalVtxCount > 0) {
        Painter::Mesh mesh =
            painter.mesh(static_cast<size_t>(data.TotalVtxCount), static_cast<size_t>(data.TotalIdxCount));
        ImDrawVert* corner = mesh.corner_data;
        ImDrawIdx* index = mesh.index_data;
        for (int i = 0; i < data.CmdListsCount; ++i) {
            const ImDrawList& list = *data.CmdLists[i];
            corner = std::copy(list.VtxBuffer.begin(), list.VtxBuffer.end(), corner);
            index = std::copy(list.IdxBuffer.begin(), list.IdxBuffer.end(), index);
        }
        painter.use(std::move(mesh));
        painter.place(data.DisplayPos, data.FramebufferScale);
        uint32_t first_index = 0;
        int32_t first_corner = 0;
        for (int i = 0; i < data.CmdListsCount; ++i) {
            const ImDrawList& list = *data.CmdLists[i];
            self.draw_list(data, list, first_index, first_corner);
            first_index += static_cast<uint32_t>(list.IdxBuffer.Size);
            first_corner += list.VtxBuffer.Size;
        }
    }
    painter.finish();
    const uint64_t moment = painter.end(ready, done);
    self.atlas_used = moment;
    if (self.thumbnails) self.thumbnails->drawn(moment);
    if (self.staging != nullptr) {
        self.device->release(std::move(self.staging));
        self.fonts.SetTexID(
            (ImTextureID)atlas_mark);  // NOLINT(performance-no-int-to-ptr): a mark, no address
    }
    self.textures.clear();  // passes that are recorded from now on come after this frame
    return moment;
}

bool Renderer::behind() const {
    return impl_->thumbnails && impl_->thumbnails->behind();
}

void Renderer::wait(uint64_t frame) {
    impl_->device->wait(frame);
}

}  // namespace gan
