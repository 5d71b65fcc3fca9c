#include "nodes/builtin.h"
#include "nodes/picture.h"
#include "shaders/shaders.h"

#include <cmath>
#include <memory>
#include <numbers>

namespace gan {
namespace {

/// Each tick: the picture over the last result, which is moved, turned in hue and faded. Data are opaque.
class Feedback final : public Node {
    enum class Mode { Over, Add, Screen, Lighten };
    /// As shaders/feedback.comp has them.
    struct Constants {
        float matrix[4];  // from the result's pixels to the past's, about the centre
        float shift[2];   // pixels
        float hue[2];     // cosine, sine
        float decay;
        int32_t mode;
        int32_t edge;
        int32_t data;
    };

public:
    Input<ImageRef> in{*this, "image", "The picture that is laid over its past"};
    Choice<Mode> mode{*this,
                      "mode",
                      "How it is laid over the past; over shows the past where the picture is transparent",
                      {"over", "add", "screen", "lighten"},
                      Mode::Lighten};
    Number decay{*this,
                 "decay",
                 "What is kept of the past from one tick to the next; 0: nothing",
                 {.value = 0.9, .min = 0, .max = 1}};
    Number x{*this,
             "x",
             "The past moves to the right, in widths of the picture a tick",
             {.value = 0, .min = -1, .max = 1}};
    Number y{*this,
             "y",
             "The past moves down, in heights of the picture a tick",
             {.value = 0, .min = -1, .max = 1}};
    Number rotate{*this,
                  "rotate",
                  "The past turns clockwise about the centre, each tick",
                  {.value = 0, .min = -180, .max = 180, .unit = "degrees"}};
    Number scale{*this,
                 "scale",
                 "The past grows about the centre, each tick",
                 {.value = 1, .min = 0.5, .max = 2, .curve = Curve::Log}};
    Number hue{*this,
               "hue",
               "The colours of the past turn, each tick; luminance stays",
               {.value = 0, .min = -180, .max = 180, .unit = "degrees"}};
    Choice<Edge> edge{*this, "edge",
                      "What comes in from beyond the past: around again, mirrored, its last pixels, or "
                      "nothing; automatic: around again where it tiles, else its last pixels",
                      edge_names, Edge::Automatic};
    Output<ImageRef> out{*this, "image", "The picture over its past"};

    void prepare_on(Gpu& gpu) override { prepare_shaders(gpu, {&shaders::feedback}); }
    void process(const Tick& tick) override {
        const std::shared_ptr<Device> device = texture_of(tick, **in)->device;
        if (decay == 0.0 || past_ == nullptr || device_.lock() != device || !fits(**in))
            past_ = *in;
        else
            past_ = drawn(tick);
        device_ = device;
        out = past_;
    }
    void reset() override { past_ = nullptr; }

private:
    bool fits(const Image& picture) const {
        return past_->width == picture.width && past_->height == picture.height &&
               is_data(*past_) == is_data(picture);
    }

    ImageRef drawn(const Tick& tick) const {
        const Image& picture = **in;
        const double angle = rotate * std::numbers::pi / 180;
        const double turn = hue * std::numbers::pi / 180;
        const double c = std::cos(angle) / scale;
        const double s = std::sin(angle) / scale;
        const Constants constants{
            .matrix = {static_cast<float>(c), static_cast<float>(s), static_cast<float>(-s),
                       static_cast<float>(c)},
            .shift = {static_cast<float>(x * picture.width), static_cast<float>(y * picture.height)},
            .hue = {static_cast<float>(std::cos(turn)), static_cast<float>(std::sin(turn))},
            .decay = static_cast<float>(decay),
            .mode = static_cast<int32_t>(static_cast<Mode>(mode)),
            .edge = static_cast<int32_t>(static_cast<Edge>(edge)),
            .data = is_data(picture)};
        return draw(tick, shaders::feedback, {*in, past_}, result(picture), constants);
    }

    /// It tiles where the picture and its past do, and whole copies of the past come to lie on whole copies.
    ImageInfo result(const Image& picture) const {
        ImageInfo info = result_like(picture);
        const double copies = 1 / scale;
        const bool around = goes_around(edge);
        const bool still = x == 0.0 && y == 0.0 && scale == 1.0;
        const bool tiles =
            rotate == 0.0 && (still || (around && std::abs(copies - std::round(copies)) < 1e-9));
        info.wrap_x = tiles && picture.wrap_x && past_->wrap_x;
        info.wrap_y = tiles && picture.wrap_y && past_->wrap_y;
        return info;
    }

    ImageRef past_;                 // the last result
    std::weak_ptr<Device> device_;  // where it is; on a new one, after that was lost, the past begins anew
};

}  // namespace

NodeType feedback() {
    NodeType type = node_type<Feedback>("image.feedback", "Feedback",
                                        "Leaves trails: a picture over its own past", {.stateful = true});
    type.aliases = {"trail", "echo", "tunnel", "delay", "video feedback", "motion blur", "persistence"};
    return type;
}

}  // namespace gan
