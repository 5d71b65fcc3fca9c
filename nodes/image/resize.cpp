#include "nodes/builtin.h"
#include "nodes/picture.h"
#include "runtime/base/error.h"
#include "runtime/base/pixel.h"
#include "shaders/shaders.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

/// One pass an axis. A picture that is made smaller is filtered: the kernel is stretched until it reaches
/// over what falls on a pixel. To less than 1 / most_times of a side it goes in several passes, each of at
/// most 385 taps.
class Resize final : public Node {
    enum class Filter { Lanczos, Bicubic, Bilinear, Nearest };
    static constexpr int most_times = 64;  // smaller in one pass

    /// As shaders/resize.comp has them.
    struct Constants {
        int32_t axis;
        int32_t kernel;
        int32_t reach;  // pixels to either side
        int32_t colours;
        float stretch;  // of the kernel
    };

public:
    Input<ImageRef> in{*this, "image", "The picture"};
    Number width{*this,
                 "width",
                 "0: as the height asks for",
                 {.value = 0, .min = 0, .max = max_side, .unit = "pixels", .whole = true}};
    Number height{*this,
                  "height",
                  "0: as the width asks for",
                  {.value = 0, .min = 0, .max = max_side, .unit = "pixels", .whole = true}};
    Number scale{*this,
                 "scale",
                 "Times as wide and high, where both are 0",
                 {.value = 1, .min = 0.01, .max = 100, .curve = Curve::Log}};
    Choice<Filter> filter{
        *this,
        "filter",
        "What lies between pixels: lanczos is sharpest, bilinear never rings, nearest keeps "
        "pixels as they are",
        {"lanczos", "bicubic", "bilinear", "nearest"},
        Filter::Lanczos};
    Output<ImageRef> out{*this, "image", "The picture in its new size"};

    void process(const Tick& tick) override {
        const Image& picture = **in;
        const auto [wide, high] = size(picture);
        // The pass that leaves fewer pixels for the other goes first.
        const bool across =
            static_cast<int64_t>(wide) * picture.height <= static_cast<int64_t>(high) * picture.width;
        ImageRef result = *in;
        result = across ? along(tick, result, 0, wide) : along(tick, result, 1, high);
        out = across ? along(tick, result, 1, high) : along(tick, result, 0, wide);
    }

private:
    std::pair<int, int> size(const Image& picture) const {
        const double w = picture.width;
        const double h = picture.height;
        const double wide = width > 0.0 ? width : height > 0.0 ? height * w / h : scale * w;
        const double high = height > 0.0 ? height : width > 0.0 ? width * h / w : scale * h;
        const auto rounded = [](double side) { return std::max(1, static_cast<int>(std::round(side))); };
        if (std::max(rounded(wide), rounded(high)) > max_side)
            throw Error("a picture of {}x{} pixels would become {}x{}; make it smaller: sides are {} at most",
                        picture.width, picture.height, rounded(wide), rounded(high), max_side);
        return {rounded(wide), rounded(high)};
    }

    /// Resized along one axis, 0 or 1; the same picture where nothing is to be done.
    ImageRef along(const Tick& tick, ImageRef picture, int axis, int side) const {
        ImageInfo info = result_like(*picture);
        int& to = axis == 0 ? info.width : info.height;
        while (to != side) {
            const int from = to;
            const bool nearest = filter == Filter::Nearest;
            to = nearest ? side : std::max(side, (from + most_times - 1) / most_times);
            const double stretch = std::max(1.0, static_cast<double>(from) / to);
            const auto kernel = static_cast<int32_t>(static_cast<Filter>(filter));
            const double radius = 3 - kernel;  // of the kernels, in their order
            const Constants constants{
                .axis = axis,
                .kernel = kernel,
                .reach = nearest ? 0 : static_cast<int32_t>(std::ceil(radius * stretch + 0.5)) - 1,
                .colours = is_data(info) ? 0 : 1,
                .stretch = static_cast<float>(stretch)};
            picture = draw(tick, shaders::resize, {picture}, info, constants);
        }
        return picture;
    }
};

}  // namespace

NodeType resize() {
    NodeType type = node_type<Resize>("image.resize", "Resize", "Gives a picture another size");
    type.aliases = {"scale",   "resample", "resolution", "size",   "shrink",
                    "enlarge", "upscale",  "downscale",  "lanczos"};
    return type;
}

}  // namespace gan
