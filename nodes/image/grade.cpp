#include "nodes/builtin.h"
#include "nodes/picture.h"
#include "shaders/shaders.h"

#include <array>
#include <cmath>
#include <numbers>

namespace gan {
namespace {

using Matrix = std::array<std::array<double, 3>, 3>;

constexpr std::array luminance{0.2126, 0.7152, 0.0722};  // of linear light: Rec. 709

Matrix product(const Matrix& a, const Matrix& b) {
    Matrix result{};
    for (size_t i = 0; i < 3; ++i)
        for (size_t j = 0; j < 3; ++j)
            for (size_t k = 0; k < 3; ++k) result[i][j] += a[i][k] * b[k][j];
    return result;
}

Matrix scaled(const std::array<double, 3>& scale) {
    return {{{scale[0], 0, 0}, {0, scale[1], 0}, {0, 0, scale[2]}}};
}

Matrix saturated(double saturation) {
    Matrix result{};
    for (size_t i = 0; i < 3; ++i)
        for (size_t j = 0; j < 3; ++j)
            result[i][j] = (i == j ? saturation : 0) + (1 - saturation) * luminance[j];
    return result;
}

/// Colours turned about the grey axis (Rodrigues' formula), then given back the luminance they had.
Matrix turned(double degrees) {
    const double angle = degrees * std::numbers::pi / 180;
    const double c = std::cos(angle);
    const double s = std::sin(angle) / std::numbers::sqrt3;
    const double same = (1 - c) / 3;
    Matrix result{
        {{c + same, same - s, same + s}, {same + s, c + same, same - s}, {same - s, same + s, c + same}}};
    for (size_t j = 0; j < 3; ++j) {
        double kept = 0;
        for (size_t i = 0; i < 3; ++i) kept += luminance[i] * result[i][j];
        for (size_t i = 0; i < 3; ++i) result[i][j] += luminance[j] - kept;
    }
    return result;
}

/// As shaders/grade.comp has them.
struct GradeConstants {
    float matrix[9];
    float contrast, lift, gamma, gain;
};

/// light' = M light, with M of exposure, balance, hue and saturation; then contrast about mid grey, 0.18;
/// then (gain (v + lift (1 - v)))^(1 / gamma).
class Grade final : public Node {
public:
    Input<ImageRef> in{*this, "image", "The picture"};
    Number exposure{*this,
                    "exposure",
                    "Light: every stop doubles it",
                    {.value = 0, .min = -10, .max = 10, .unit = "stops"}};
    Number contrast{*this, "contrast", "About mid grey", {.value = 1, .min = 0, .max = 4}};
    Number saturation{*this, "saturation", "0: grey", {.value = 1, .min = 0, .max = 4}};
    Number hue{*this,
               "hue",
               "Turns all colours; luminance stays",
               {.value = 0, .min = -180, .max = 180, .unit = "degrees"}};
    Number temperature{
        *this, "temperature", "Warmer above 0, cooler below", {.value = 0, .min = -1, .max = 1}};
    Number tint{
        *this, "tint", "Towards magenta above 0, towards green below", {.value = 0, .min = -1, .max = 1}};
    Number lift{*this, "lift", "Raises the dark", {.value = 0, .min = -1, .max = 1}};
    Number gamma{
        *this, "gamma", "Brightens the middle", {.value = 1, .min = 0.1, .max = 10, .curve = Curve::Log}};
    Number gain{*this, "gain", "Scales the bright", {.value = 1, .min = 0, .max = 8}};
    Output<ImageRef> out{*this, "image", "The graded picture"};

    void prepare_on(Gpu& gpu) override { prepare_shaders(gpu, {&shaders::grade}); }
    void process(const Tick& tick) override {
        const double warm = std::exp2(temperature / 2);
        const double magenta = std::exp2(tint / 4);
        const double light = std::exp2(exposure);
        const Matrix balance =
            scaled({light * warm * magenta, light / (magenta * magenta), light / warm * magenta});
        const Matrix all = product(saturated(saturation), product(turned(hue), balance));
        GradeConstants constants{};
        for (size_t i = 0; i < 9; ++i) constants.matrix[i] = static_cast<float>(all[i / 3][i % 3]);
        constants.contrast = static_cast<float>(contrast);
        constants.lift = static_cast<float>(lift);
        constants.gamma = static_cast<float>(gamma);
        constants.gain = static_cast<float>(gain);
        out = draw(tick, shaders::grade, {*in}, result_like(**in), constants);
    }
};

}  // namespace

NodeType grade() {
    NodeType type = node_type<Grade>("image.grade", "Grade", "Changes light, contrast and colours");
    type.aliases = {"colour", "color",  "exposure",    "brightness", "contrast", "saturation",
                    "hue",    "levels", "temperature", "lift",       "gamma",    "gain"};
    return type;
}

}  // namespace gan
