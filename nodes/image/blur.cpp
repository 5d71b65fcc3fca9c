#include "nodes/image/blur.h"

#include "nodes/builtin.h"
#include "shaders/shaders.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

constexpr double least_sigma = 0.1;  // below, a neighbour weighs less than e^-50
constexpr int most_sigma = 16;       // of one pass
constexpr int reaches = 3;           // sigmas: beyond are 0.27 % of a gaussian

/// As shaders/blur.comp has them.
struct BlurConstants {
    int32_t along[2];  // from one tap to the next
    int32_t from[2];   // from the result's pixels to the picture's
    int32_t reach;     // taps a side
    float falloff;     // taps i weigh exp(falloff i^2), before all are made to sum to 1
};

/// One direction at a time: (1, 0) or (0, 1).
struct Axis {
    int32_t x;
    int32_t y;
};

/// Convolves along one axis with a gaussian of `sigma` taps that are `stride` pixels apart.
ImageRef blur_pass(const Tick& tick, const ImageRef& image, const ImageInfo& result, const Axis& axis,
                   double sigma, int stride, int from) {
    const BlurConstants constants{.along = {axis.x * stride, axis.y * stride},
                                  .from = {axis.x * from, axis.y * from},
                                  .reach = static_cast<int32_t>(std::ceil(reaches * sigma)),
                                  .falloff = static_cast<float>(-0.5 / (sigma * sigma))};
    return draw(tick, shaders::blur, {image}, result, constants);
}

/// Gaussians convolve to one whose variance is the sum of theirs: above sigma 16, one of 16 and then one
/// whose taps are s <= 13 pixels apart. What is blurred that far has no detail that so few taps could miss:
/// of the frequency 1 / s, exp(-2 pi^2 (16 / s)^2) < 1e-12 is left.
ImageRef blurred_along(const Tick& tick, const ImageRef& image, const Axis& axis, double sigma) {
    if (sigma < least_sigma) return image;
    const ImageInfo result = result_like(*image);
    if (sigma <= most_sigma) return blur_pass(tick, image, result, axis, sigma, 1, 0);
    // Between the passes the picture is wider by all that its last pixels, which go on for ever, mix with.
    ImageInfo wider = result;
    int& side = axis.x != 0 ? wider.width : wider.height;
    const bool wraps = axis.x != 0 ? wider.wrap_x : wider.wrap_y;
    const auto room = static_cast<int>(texture_of(tick, *image)->device->info().max_side) - side;
    const int border = wraps ? 0 : std::clamp(room / 2, 0, reaches * most_sigma);
    side += 2 * border;
    const double rest = std::max(std::sqrt(sigma * sigma - most_sigma * most_sigma), least_sigma);
    const int stride = static_cast<int>(std::ceil(rest / most_sigma));
    const ImageRef fine = blur_pass(tick, image, wider, axis, most_sigma, 1, -border);
    return blur_pass(tick, fine, result, axis, rest / stride, stride, border);
}

class Blur final : public Node {
public:
    Input<ImageRef> in{*this, "image", "The picture"};
    Number size{*this,
                "size",
                "How far light spreads: the standard deviation of a gaussian",
                {.value = 4, .min = 0, .max = 200, .unit = "pixels"}};
    Number aspect{
        *this, "aspect", "1: only across; -1: only down; 0: both alike", {.value = 0, .min = -1, .max = 1}};
    Output<ImageRef> out{*this, "image", "The blurred picture"};

    void prepare_on(Gpu& gpu) override { prepare_shaders(gpu, {&shaders::blur}); }
    void process(const Tick& tick) override {
        out = blurred(tick, *in, size * std::min(1.0, 1 + aspect), size * std::min(1.0, 1 - aspect));
    }
};

}  // namespace

ImageRef blurred(const Tick& tick, const ImageRef& image, double sigma_x, double sigma_y) {
    return blurred_along(tick, blurred_along(tick, image, {1, 0}, sigma_x), {0, 1}, sigma_y);
}

NodeType blur() {
    NodeType type = node_type<Blur>("image.blur", "Blur", "Makes a picture soft");
    type.aliases = {"gaussian", "soften", "smooth", "defocus", "low pass"};
    return type;
}

}  // namespace gan
