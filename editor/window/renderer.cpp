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
    uint64_t look_of(const DrawPart& part) const;
    Damage damage_of(const ImDrawData& data, const std::vector<DrawPart>& parts, const Painter::Mesh& mesh,
                     ImU32 background) const;
    void draw(const std::vector<DrawPart>& parts, const PixelBox& within, const ImVec2& scale);
    /// False: there is nothing to draw it with.
    bool fill(const DrawPart& part, const ImVec2& scale);

    const std::shared_ptr<Device> device;
    const bool software = device->info().kind == GpuInfo::Kind::Software;
    Gpu& gpu;
    ImFontAtlas& fonts;
    Painter painter;
    std::optional<Thumbnails> thumbnails;  // where the processor draws
    ScreenImage atlas;                     // the fonts' letters, one byte a pixel
    uint64_t atlas_used = 0;               // by the last frame
    uint64_t atlases = 0;                  // that there were
    std::unique_ptr<Buffer> staging;

    // Of the frame that is drawn.
    const std::vector<Pictures::Entry>* pictures = nullptr;
    std::vector<std::optional<TextureRef>> textures;  // of those that were needed until now
    VkExtent2D size{};
    bool whole = true;  // nothing had to be left out
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
    ++atlases;
    const size_t bytes = static_cast<size_t>(width) * static_cast<size_t>(height);
    staging = device->host_buffer(bytes);
    std::memcpy(staging->data, pixels, bytes);
    atlas = make_screen_image(*device, VK_FORMAT_R8_UNORM, static_cast<uint32_t>(width),
                              static_cast<uint32_t>(height),
                              VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT, "keep the fonts");
    fill_font_image(commands, atlas, *staging, width, height);
}

bool Renderer::Impl::fill(const DrawPart& part, const ImVec2& scale) {
    if (part.fill == DrawPart::Fill::Text) {
        painter.fill_text(atlas.view.get());
        return true;
    }
    if (part.fill != DrawPart::Fill::Picture) {
        painter.fill_plain(part.fill == DrawPart::Fill::Opaque);
        return true;
    }
    const size_t picture = part.picture - 1;
    if (picture >= pictures->size()) return false;
    if (thumbnails && thumbnails->fill(painter, picture)) return true;
    const Texture* from = texture(picture);
    if (from == nullptr) return false;
    const Pictures::Entry& entry = (*pictures)[picture];
    const ImDrawVert &a = part.upper_left, &b = part.lower_right;
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

/// What a part is filled with, as a number: of a picture's content, since its corners say the rest.
uint64_t Renderer::Impl::look_of(const DrawPart& part) const {
    if (part.fill != DrawPart::Fill::Picture || part.picture > pictures->size()) return 0;
    const size_t picture = part.picture - 1;
    if (const uint64_t content = thumbnails ? thumbnails->content(picture) : 0; content != 0) return content;
    const Pictures::Entry& entry = (*pictures)[picture];
    const PictureView& view = entry.view;
    const auto address = (uintptr_t)entry.image.get();  // even: no content of a thumbnail's is as large
    return ~(address ^ static_cast<uint64_t>(view.channels) << 60 ^ (view.smooth ? uint64_t{1} << 59 : 0) ^
             (view.checker ? uint64_t{1} << 58 : 0));
}

Damage Renderer::Impl::damage_of(const ImDrawData& data, const std::vector<DrawPart>& parts,
                                 const Painter::Mesh& mesh, ImU32 background) const {
    Damage damage(static_cast<int>(size.width), static_cast<int>(size.height), (atlases << 32) + background);
    for (const DrawPart& part : parts)
        damage.add(part, {mesh.corner_data, static_cast<size_t>(data.TotalVtxCount)},
                   {mesh.index_data, static_cast<size_t>(data.TotalIdxCount)}, data.DisplayPos,
                   data.FramebufferScale, look_of(part));
    return damage;
}

/// Draws what lies in a box.
void Renderer::Impl::draw(const std::vector<DrawPart>& parts, const PixelBox& within, const ImVec2& scale) {
    const DrawPart* filled = nullptr;  // what is bound is for this one
    for (const DrawPart& part : parts) {
        const PixelBox box = overlap(overlap(part.box, part.clip), within);
        if (box.empty()) continue;
        if (filled == nullptr || filled->fill != part.fill || filled->picture != part.picture) {
            if (!fill(part, scale)) {
                whole = false;
                continue;
            }
            filled = &part;
        }
        painter.clip(rectangle_of(overlap(part.clip, within)));
        painter.triangles(part.indices, part.first_index, part.first_corner);
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
    self.whole = true;
    DrawnTiles shown;  // by the target, unless something fails meanwhile
    if (self.software && target.drawn != nullptr) shown = std::exchange(*target.drawn, {});
    const VkCommandBuffer commands = painter.begin();
    self.update_atlas(commands);
    if (self.thumbnails)
        self.thumbnails->update(painter, target.format, pictures, data.FramebufferScale,
                                [&](size_t picture) { return self.texture(picture); });
    const std::vector<DrawPart> parts = draw_parts(
        data, static_cast<int>(target.width), static_cast<int>(target.height), atlas_mark, self.software);
    Painter::Mesh mesh =
        painter.mesh(static_cast<size_t>(data.TotalVtxCount), static_cast<size_t>(data.TotalIdxCount));
    ImDrawVert* corner = mesh.corner_data;
    ImDrawIdx* index = mesh.index_data;
    for (int i = 0; i < data.CmdListsCount; ++i) {
        const ImDrawList& list = *data.CmdLists[i];
        corner = std::copy(list.VtxBuffer.begin(), list.VtxBuffer.end(), corner);
        index = std::copy(list.IdxBuffer.begin(), list.IdxBuffer.end(), index);
    }
    const PixelBox all{0, 0, static_cast<int32_t>(target.width), static_cast<int32_t>(target.height)};
    std::vector<PixelBox> boxes{all};
    const bool keeps = self.software && target.drawn != nullptr;
    DrawnTiles shows;
    if (keeps) {
        Damage damage = self.damage_of(data, parts, mesh, background);
        boxes = damage.changed(shown);
        shows.sums = damage.take_sums();
        for (const Pictures::Entry& entry : pictures) shows.pictures.push_back(entry.image);
    }
    const bool everything = boxes.size() == 1 && boxes[0].right == all.right &&
                            boxes[0].bottom == all.bottom && boxes[0].left == 0 && boxes[0].top == 0;
    if (everything) {
        painter.start(target, background);
    } else {
        const PixelBox nothing{};
        painter.start(target, background, boxes.empty() ? std::span(&nothing, 1) : std::span(boxes));
    }
    painter.use(std::move(mesh));
    painter.place(data.DisplayPos, data.FramebufferScale);
    for (const PixelBox& box : boxes) self.draw(parts, box, data.FramebufferScale);
    painter.finish();
    const uint64_t moment = painter.end(ready, done);
    self.atlas_used = moment;
    if (keeps && self.whole) *target.drawn = std::move(shows);
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
