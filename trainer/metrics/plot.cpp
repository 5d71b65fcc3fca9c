#include "trainer/metrics/plot.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"

#include <cairo.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>

namespace gan {
namespace {

constexpr double width = 960, height = 720, left = 90, right = 40, top = 60, bottom = 70;

/// A range that holds all values, with ticks at 1, 2 or 5 times a power of ten.
struct Axis {
    double low = 0, high = 1, step = 1;

    Axis(double least, double most) {
        const double span = std::max({most - least, std::abs(most) * 1e-3, 1e-9});
        const double power = std::pow(10, std::floor(std::log10(span / 5)));
        for (const double times : {1, 2, 5, 10})
            if (step = times * power; span / step <= 6) break;
        low = std::floor((least - span * 0.05) / step) * step;
        high = std::ceil((most + span * 0.05) / step) * step;
    }
    double share(double value) const { return (value - low) / (high - low); }
};

struct Canvas {
    std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface{
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(width), static_cast<int>(height)),
        cairo_surface_destroy};
    std::unique_ptr<cairo_t, decltype(&cairo_destroy)> context{cairo_create(surface.get()), cairo_destroy};

    void grey(double level) { cairo_set_source_rgb(context.get(), level, level, level); }
    /// `align`: the part of the text that lies left of x.
    void text(double x, double y, const std::string& text, double align, double size = 15) {
        cairo_set_font_size(context.get(), size);
        cairo_text_extents_t extents;
        cairo_text_extents(context.get(), text.c_str(), &extents);
        cairo_move_to(context.get(), x - align * extents.x_advance, y);
        cairo_show_text(context.get(), text.c_str());
    }
    void line(double x0, double y0, double x1, double y1) {
        cairo_move_to(context.get(), x0, y0);
        cairo_line_to(context.get(), x1, y1);
        cairo_stroke(context.get());
    }
};

}  // namespace

void write_curve(const std::filesystem::path& path, const std::vector<CurvePoint>& points,
                 const std::string& title, const std::string& x_name, const std::string& y_name) {
    const auto [x_least, x_most] = std::ranges::minmax(points, {}, &CurvePoint::x);
    const auto [y_least, y_most] = std::ranges::minmax(points, {}, &CurvePoint::y);
    const Axis x_axis(x_least.x, x_most.x), y_axis(y_least.y, y_most.y);
    const auto x_of = [&](double x) { return left + x_axis.share(x) * (width - left - right); };
    const auto y_of = [&](double y) { return height - bottom - y_axis.share(y) * (height - top - bottom); };

    Canvas canvas;
    cairo_t* c = canvas.context.get();
    cairo_select_font_face(c, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    canvas.grey(1);
    cairo_paint(c);
    cairo_set_line_width(c, 1);
    for (double x = x_axis.low; x < x_axis.high + x_axis.step / 2; x += x_axis.step) {
        canvas.grey(0.88);
        canvas.line(x_of(x), top, x_of(x), height - bottom);
        canvas.grey(0.25);
        canvas.text(x_of(x), height - bottom + 22, fmt::format("{:.4g}", x), 0.5);
    }
    for (double y = y_axis.low; y < y_axis.high + y_axis.step / 2; y += y_axis.step) {
        canvas.grey(0.88);
        canvas.line(left, y_of(y), width - right, y_of(y));
        canvas.grey(0.25);
        canvas.text(left - 8, y_of(y) + 5, fmt::format("{:.4g}", y), 1);
    }
    canvas.text(width / 2, height - 18, x_name, 0.5);
    canvas.text(left - 60, top - 14, y_name, 0);
    canvas.text(width / 2, 26, title, 0.5, 17);
    cairo_set_source_rgb(c, 0.1, 0.4, 0.75);
    cairo_set_line_width(c, 2);
    for (const CurvePoint& point : points) cairo_line_to(c, x_of(point.x), y_of(point.y));
    cairo_stroke(c);
    for (const CurvePoint& point : points) {
        cairo_arc(c, x_of(point.x), y_of(point.y), 4.5, 0, 2 * M_PI);
        cairo_fill(c);
        canvas.text(x_of(point.x) + 8, y_of(point.y) - 8, point.label, 0, 13);
    }
    std::string png;
    const auto append = [](void* to, const unsigned char* data, unsigned length) {
        static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), length);
        return CAIRO_STATUS_SUCCESS;
    };
    const cairo_status_t status = cairo_surface_write_to_png_stream(canvas.surface.get(), append, &png);
    if (status != CAIRO_STATUS_SUCCESS)
        throw Error("{}: the curve could not be drawn: {}", path.string(), cairo_status_to_string(status));
    AtomicFile file(path);
    file.write(std::as_bytes(std::span(png)));
    file.commit();
}

}  // namespace gan
