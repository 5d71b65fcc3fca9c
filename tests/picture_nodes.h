#pragma once

#include "runtime/gpu/gpu.h"
#include "tests/alone.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

namespace gan {

/// A pixel in double precision: linear light premultiplied by alpha, or data.
using Pixel = std::array<double, 4>;

double light_of(double srgb);
double srgb_of(double light);

/// What picture nodes work on, in double precision.
struct Plane {
    int width = 0;
    int height = 0;
    bool wrap_x = false;
    bool wrap_y = false;
    std::vector<Pixel> pixels;

    explicit Plane(const Image& image);
    Plane(int width, int height)
        : width(width), height(height), pixels(static_cast<size_t>(width) * height) {}
    Pixel& at(int x, int y) { return pixels[static_cast<size_t>(y) * width + x]; }
    /// Around where it tiles, else the nearest of the edge.
    const Pixel& near(int x, int y) const;
    /// Bilinear; pixel centres are at halves.
    Pixel between(double x, double y) const;
};

Pixel operator+(const Pixel& a, const Pixel& b);
Pixel operator*(double a, const Pixel& b);

struct Noisy {
    int width = 16;
    int height = 16;
    int channels = 3;
    Encoding encoding = Encoding::Data32f;
    bool tiles = false;
    unsigned seed = 1;
    float low = 0;
    float high = 1;
};
/// A picture of independent random numbers.
ImageRef noisy(const Noisy& what);

/// A picture from a function of its pixels.
ImageRef painted(const ImageInfo& info, const std::function<double(int x, int y, int channel)>& value);

/// Tests of picture nodes: on the software driver, under the validation layers, which must have nothing to
/// say.
class PictureTest : public testing::Test {
protected:
    static Gpu& gpu();  // opened once for all tests
    ~PictureTest() override;

    static Tick tick(int64_t index = 0) { return {.index = index, .gpu = &gpu()}; }
    /// Runs a node alone on pictures, at tick 0: its output "image".
    ImageRef run_once(const std::string& type, const nlohmann::json& params,
                      const std::vector<std::pair<const char*, ImageRef>>& inputs = {});
    /// The same, drawn; computed, it must be the same.
    ImageRef run(const std::string& type, const nlohmann::json& params,
                 const std::vector<std::pair<const char*, ImageRef>>& inputs = {});

    /// Each pixel within `tolerance` of what `expected` says, of data; of colours, in sRGB and cut to [0, 1].
    static void expect_near(const Image& image, const Plane& expected, double tolerance);
    /// As expect_near, for a formula of each pixel.
    static void expect_pixels(const Image& image, double tolerance,
                              const std::function<Pixel(int x, int y)>& expected);
    /// The sizes every node is tested at: one pixel, odd sides, and a real picture.
    static std::vector<std::pair<int, int>> sizes() { return {{1, 1}, {7, 5}, {512, 512}}; }
    /// That a node keeps what tiles tiling: moved by whole pixels before or after, the same comes out.
    void expect_tiles(const std::string& type, const nlohmann::json& params, double tolerance = 1e-5);
};

/// A tileable picture, moved around its edges.
ImageRef rolled(const Image& image, int dx, int dy);

}  // namespace gan
