#pragma once

#include "editor/pictures.h"
#include "editor/window/painter.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gan {

/// Thumbnails as they are on screen, kept from frame to frame: where the processor draws, to copy one takes a
/// fraction of what it takes to look between a picture's pixels and encode its light. A frame draws anew what
/// changed, as far as it has time, those first that were drawn longest ago. Used by one thread; throws Error.
class Thumbnails {
public:
    explicit Thumbnails(std::shared_ptr<Device> device) : device_(std::move(device)) {}

    using TextureOf = std::function<const Texture*(size_t picture)>;  // null: there is none now
    /// Draws anew, before the pass that shows them. `format`: of its target, which has `scale` px for one of
    /// ImGui's.
    void update(Painter& painter, VkFormat format, const std::vector<Pictures::Entry>& pictures,
                const ImVec2& scale, const TextureOf& texture);
    /// Fills with what is kept of the n-th of these pictures; false: nothing is, the picture itself is shown.
    bool fill(Painter& painter, size_t picture) const;
    /// What fill() would show, as a number that no other content has; 0: nothing is kept.
    uint64_t content(size_t picture) const;
    /// The GPU is done with the frame at this moment. Must be said before the next update().
    void drawn(uint64_t moment) { moment_ = moment; }
    /// Whether some of them do not show the newest picture, in its size.
    bool behind() const { return behind_; }

private:
    struct Kept {
        ScreenImage image;
        RenderTarget target;                 // of this image; without a view: nothing was drawn yet
        std::weak_ptr<const Image> picture;  // that it shows
        PictureView view;                    // opaque
        uint64_t drawn = 0;                  // in which frame
        uint64_t drawing = 0;                // which of all that were drawn
        uint64_t seen = 0;
    };
    /// A picture of this frame.
    struct Wanted {
        Kept* kept = nullptr;  // null: it is no thumbnail
        RenderTarget target;
        PictureView view;  // opaque
        bool fades = false;
    };
    Wanted want(const Pictures::Entry& entry, VkFormat format, const ImVec2& scale);
    bool newest(const Wanted& wanted, const ImageRef& picture) const;
    bool draw(Painter& painter, const Wanted& wanted, const ImageRef& picture, const Texture& texture);
    void retire(ScreenImage image);
    void forget();

    const std::shared_ptr<Device> device_;
    std::unordered_map<uint64_t, Kept> kept_;
    std::vector<Wanted> wanted_;                             // of each picture of this frame
    std::vector<std::pair<uint64_t, ScreenImage>> retired_;  // in use until a moment
    uint64_t frame_ = 0;
    uint64_t drawings_ = 0;
    uint64_t moment_ = 0;  // of the last frame
    bool behind_ = false;
};

}  // namespace gan
