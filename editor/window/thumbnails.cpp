#include "editor/window/thumbnails.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

/// Looks into pictures that a frame has time for: at 23 ns each 6 ms of a core, for eight pictures enlarged
/// to 180 x 180 px.
constexpr int64_t looks_a_frame = 260'000;
/// px; of what is larger, most is likely out of sight, and would be drawn in vain.
constexpr int64_t largest_thumbnail = int64_t{1} << 20;
constexpr uint64_t frames_unseen = 120;  // that an image is kept for
constexpr size_t most_unseen = 256;      // with more images than that, none that is unseen is

bool same_form(const RenderTarget& a, const RenderTarget& b) {
    return a.format == b.format && a.width == b.width && a.height == b.height;
}

/// Pixels of a picture that a px shows.
ImVec2 pixels_a_px(const ImageInfo& picture, const RenderTarget& target) {
    return {static_cast<float>(picture.width) / static_cast<float>(target.width),
            static_cast<float>(picture.height) / static_cast<float>(target.height)};
}

}  // namespace

Thumbnails::Wanted Thumbnails::want(const Pictures::Entry& entry, VkFormat format, const ImVec2& scale) {
    const int64_t width = std::lround(entry.size.x * scale.x);
    const int64_t height = std::lround(entry.size.y * scale.y);
    // Kept are opaque ones: what a picture lets through would have to be kept as well.
    if (entry.key == 0 || !entry.view.checker) return {};
    if (width < 1 || height < 1 || width * height > largest_thumbnail) return {};
    Kept& kept = kept_[entry.key];
    if (kept.seen == frame_) return {};  // there twice: the other one has it
    kept.seen = frame_;
    PictureView view = entry.view;
    view.opacity = 1;  // it fades as it is copied
    return {.kept = &kept,
            .target = {.format = format,
                       .final_layout = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL,
                       .width = static_cast<uint32_t>(width),
                       .height = static_cast<uint32_t>(height)},
            .view = view,
            .fades = entry.view.opacity < 1};
}

bool Thumbnails::newest(const Wanted& wanted, const ImageRef& picture) const {
    const Kept& kept = *wanted.kept;
    return kept.picture.lock() == picture && kept.view == wanted.view &&
           same_form(kept.target, wanted.target);
}

void Thumbnails::update(Painter& painter, VkFormat format, const std::vector<Pictures::Entry>& pictures,
                        const ImVec2& scale, const TextureOf& texture) {
    ++frame_;
    behind_ = false;
    wanted_.clear();
    std::vector<size_t> changed;
    for (size_t i = 0; i < pictures.size(); ++i) {
        const Wanted& one = wanted_.emplace_back(want(pictures[i], format, scale));
        if (one.kept != nullptr && !newest(one, pictures[i].image)) changed.push_back(i);
    }
    std::stable_sort(changed.begin(), changed.end(),
                     [&](size_t a, size_t b) { return wanted_[a].kept->drawn < wanted_[b].kept->drawn; });
    if (!changed.empty()) painter.use(painter.quad({0, 0}, {1, 1}));
    int64_t looks = 0;
    for (const size_t i : changed) {
        const RenderTarget& target = wanted_[i].target;
        const int64_t more =
            int64_t{target.width} * target.height * painter.looks(pixels_a_px(*pictures[i].image, target));
        // One at least, however much it is.
        behind_ = looks > 0 && looks + more > looks_a_frame;
        if (behind_) break;
        const Texture* from = texture(i);
        if (from != nullptr && draw(painter, wanted_[i], pictures[i].image, *from)) looks += more;
    }
    forget();
}

/// False: there is no memory for it.
bool Thumbnails::draw(Painter& painter, const Wanted& wanted, const ImageRef& picture,
                      const Texture& texture) {
    Kept& kept = *wanted.kept;
    if (!same_form(kept.target, wanted.target)) {
        try {
            ScreenImage image = make_screen_image(
                *device_, wanted.target.format, wanted.target.width, wanted.target.height,
                VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_SAMPLED_BIT, "keep a thumbnail");
            retire(std::exchange(kept.image, std::move(image)));
        } catch (const Error&) {
            if (device_->lost()) throw;
            return false;
        }
        kept.target = wanted.target;
        kept.target.view = kept.image.view.get();
    }
    kept.picture = picture;
    kept.view = wanted.view;
    kept.drawn = frame_;
    kept.drawing = ++drawings_;
    painter.start(kept.target, IM_COL32_BLACK);
    painter.fill_picture(texture, *picture, kept.view,
                         kept.view.smooth ? Painter::Filter::Smooth : Painter::Filter::Nearest,
                         pixels_a_px(*picture, kept.target));
    painter.place({0, 0}, {static_cast<float>(kept.target.width), static_cast<float>(kept.target.height)});
    painter.triangles(6, 0, 0);
    painter.finish();
    return true;
}

bool Thumbnails::fill(Painter& painter, size_t picture) const {
    const Wanted& wanted = wanted_[picture];
    if (wanted.kept == nullptr || wanted.kept->target.view == VK_NULL_HANDLE) return false;
    painter.fill_copy(wanted.kept->target.view, !same_form(wanted.kept->target, wanted.target),
                      !wanted.fades);
    return true;
}

uint64_t Thumbnails::content(size_t picture) const {
    const Wanted& wanted = wanted_[picture];
    if (wanted.kept == nullptr || wanted.kept->target.view == VK_NULL_HANDLE) return 0;
    return wanted.kept->drawing * 4 + (same_form(wanted.kept->target, wanted.target) ? 0 : 1) +
           (wanted.fades ? 2 : 0);
}

void Thumbnails::retire(ScreenImage image) {
    if (image.view.get() != VK_NULL_HANDLE) retired_.emplace_back(moment_, std::move(image));
}

/// Frees what has not been seen for long, once the GPU is done with it.
void Thumbnails::forget() {
    const uint64_t reached = device_->reached();
    std::erase_if(retired_, [&](const auto& one) { return one.first <= reached; });
    const uint64_t patience = kept_.size() > most_unseen ? 0 : frames_unseen;
    for (auto at = kept_.begin(); at != kept_.end();) {
        if (at->second.seen + patience >= frame_) {
            ++at;
            continue;
        }
        retire(std::move(at->second.image));
        at = kept_.erase(at);
    }
}

}  // namespace gan
