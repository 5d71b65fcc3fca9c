#include "editor/canvas/number_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace gan {
namespace {

constexpr double narrow_range = 1000;  // wider ones are there to stop nonsense, not to be dragged through
constexpr double drag_pixels = 200;

}  // namespace

std::string short_number(double value, bool whole) {
    char text[32];
    const double size = std::abs(value);
    if (whole || (size >= 1000 && size < 1e7))
        std::snprintf(text, sizeof text, "%.0f", value);
    else if (size >= 1e7 || (size > 0 && size < 0.0005))
        std::snprintf(text, sizeof text, "%.2e", value);
    else
        std::snprintf(text, sizeof text, size < 1 ? "%.3f" : size < 100 ? "%.2f" : "%.1f", value);
    return text;
}

double dragged_number(double value, double pixels, const ParamInfo& info) {
    const double range = info.max - info.min;
    if (info.curve == Curve::Log && info.min > 0 && info.max > info.min)
        return std::max(value, info.min) * std::pow(info.max / info.min, pixels / drag_pixels);
    if (range > 0 && range <= narrow_range) return value + pixels * range / drag_pixels;
    return value + pixels * std::max(info.whole ? 0.25 : 0.01, std::abs(value) / 100);
}

double allowed_number(double value, const ParamInfo& info) {
    if (info.whole) value = std::round(value);
    return info.max > info.min ? std::clamp(value, info.min, info.max) : value;
}

}  // namespace gan
