#include "nodes/builtin.h"
#include "nodes/picture.h"
#include "runtime/base/error.h"
#include "runtime/base/pixel.h"
#include "shaders/shaders.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <tuple>
#include <vector>

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
        int32_t groups;  // of four numbers, in a row of weights
        int32_t colours;
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

    void prepare_on(Gpu& gpu) override { prepare_shaders(gpu, {&shaders::resize}); }
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
    ImageRef along(const Tick& tick, ImageRef picture, int axis, int side) {
        ImageInfo info = result_like(*picture);
        int& to = axis == 0 ? info.width : info.height;
        while (to != side) {
            const int from = to;
            to = filter == Filter::Nearest ? side : std::max(side, (from + most_times - 1) / most_times);
            const ImageRef weights = weights_of(from, to);
            const Constants constants{
                .axis = axis, .groups = weights->width, .colours = is_data(info) ? 0 : 1};
            picture = draw(tick, shaders::resize, {picture, weights}, info, constants);
        }
        return picture;
    }

    /// What a pixel at a distance weighs, in pixels of the smaller picture.
    static double weight(Filter kernel, double x) {
        const auto sinc = [](double at) {
            return at == 0 ? 1 : std::sin(std::numbers::pi * at) / (std::numbers::pi * at);
        };
        x = std::abs(x);
        switch (kernel) {
            case Filter::Lanczos:
                return x < 3 ? sinc(x) * sinc(x / 3) : 0;  // Duchon 1979
            case Filter::Bicubic:                          // Keys 1981, a = -1/2: Catmull-Rom
                return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((2.5 - 0.5 * x) * x - 4) * x + 2 : 0;
            case Filter::Bilinear:
                return std::max(1 - x, 0.0);
            case Filter::Nearest:
                break;
        }
        return 1;
    }

    /// Rows as shaders/resize.comp reads them, for one pass from `from` to `to` pixels: kept, since sizes
    /// seldom change.
    ImageRef weights_of(int from, int to) {
        const Filter kernel = filter;
        const std::tuple key(from, to, kernel);
        const auto found = weights_.find(key);
        if (found != weights_.end()) return found->second;
        constexpr size_t most_kept = 8;  // two axes of at most three passes each: no side has 64^3 pixels
        if (weights_.size() >= most_kept) weights_.clear();
        const double stretch = std::max(1.0, static_cast<double>(from) / to);
        const double radius = 3 - static_cast<int>(kernel);  // of the kernels, in their order
        const int reach =
            kernel == Filter::Nearest ? 0 : static_cast<int>(std::ceil(radius * stretch + 0.5)) - 1;
        const int groups = (2 * reach + 1) / 4 + 1;  // the first pixel's number takes a place, too
        const ImageInfo info{.width = groups, .height = to, .channels = 4, .encoding = Encoding::Data32f};
        std::vector<float> rows(static_cast<size_t>(groups) * to * 4);
        std::vector<double> taps(static_cast<size_t>(2 * reach) + 1);
        for (int i = 0; i < to; ++i) {
            // The pixel's centre among the picture's pixels, (2 i + 1) / 2 from / to: whole pixels and a
            // rest.
            const int64_t centre = (2 * int64_t{i} + 1) * from;
            const int64_t whole = centre / (2 * int64_t{to});
            const double rest = static_cast<double>(centre % (2 * int64_t{to})) / (2.0 * to);
            double total = 0;
            for (int k = -reach; k <= reach; ++k)
                total += taps[k + reach] = weight(kernel, (k + 0.5 - rest) / stretch);
            float* row = rows.data() + static_cast<size_t>(i) * groups * 4;
            *row++ = static_cast<float>(whole - reach);
            for (const double tap : taps) *row++ = static_cast<float>(tap / total);
        }
        return weights_[key] = std::make_shared<Image>(info, std::move(rows));
    }

    std::map<std::tuple<int, int, Filter>, ImageRef> weights_;
};

}  // namespace

NodeType resize() {
    NodeType type = node_type<Resize>("image.resize", "Resize", "Gives a picture another size");
    type.aliases = {"scale",   "resample", "resolution", "size",   "shrink",
                    "enlarge", "upscale",  "downscale",  "lanczos"};
    return type;
}

}  // namespace gan
