#include "tests/picture_nodes.h"

#include <algorithm>

namespace gan {

double light_of(double srgb) {
    return srgb <= 0.04045 ? srgb / 12.92 : std::pow((srgb + 0.055) / 1.055, 2.4);
}

double srgb_of(double light) {
    return light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
}

Plane::Plane(const Image& image)
    : width(image.width), height(image.height), wrap_x(image.wrap_x), wrap_y(image.wrap_y) {
    const std::vector<float>& values = image.pixels();
    const auto channels = static_cast<size_t>(image.channels);
    const bool data = image.encoding == Encoding::Data32f;
    for (size_t i = 0; i < values.size(); i += channels) {
        const double alpha = channels == 4 ? values[i + 3] : 1;
        Pixel pixel{0, 0, 0, alpha};
        for (size_t c = 0; c < 3; ++c) {
            const double value = values[i + (channels == 1 ? 0 : c)];
            pixel[c] = data ? value : alpha * light_of(value);
        }
        pixels.push_back(pixel);
    }
}

const Pixel& Plane::near(int x, int y) const {
    const auto inside = [](int at, int side, bool wraps) {
        return wraps ? (at % side + side) % side : std::clamp(at, 0, side - 1);
    };
    return pixels[static_cast<size_t>(inside(y, height, wrap_y)) * width + inside(x, width, wrap_x)];
}

Pixel operator+(const Pixel& a, const Pixel& b) {
    return {a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]};
}

Pixel operator*(double a, const Pixel& b) {
    return {a * b[0], a * b[1], a * b[2], a * b[3]};
}

Pixel Plane::between(double x, double y) const {
    const double left = std::floor(x - 0.5);
    const double top = std::floor(y - 0.5);
    const double u = x - 0.5 - left;
    const double v = y - 0.5 - top;
    const int i = static_cast<int>(left);
    const int j = static_cast<int>(top);
    return (1 - v) * ((1 - u) * near(i, j) + u * near(i + 1, j)) +
           v * ((1 - u) * near(i, j + 1) + u * near(i + 1, j + 1));
}

ImageRef painted(const ImageInfo& info, const std::function<double(int, int, int)>& value) {
    std::vector<float> pixels;
    for (int y = 0; y < info.height; ++y)
        for (int x = 0; x < info.width; ++x)
            for (int c = 0; c < info.channels; ++c) pixels.push_back(static_cast<float>(value(x, y, c)));
    return std::make_shared<Image>(info, std::move(pixels));
}

ImageRef noisy(const Noisy& what) {
    std::mt19937 random(what.seed);
    return painted({.width = what.width,
                    .height = what.height,
                    .channels = what.channels,
                    .encoding = what.encoding,
                    .wrap_x = what.tiles,
                    .wrap_y = what.tiles},
                   [&](int, int, int) {
                       return what.low + (what.high - what.low) * static_cast<double>(random() % 4096) / 4095;
                   });
}

ImageRef rolled(const Image& image, int dx, int dy) {
    const auto around = [](int at, int side) { return (at % side + side) % side; };
    return painted(image, [&](int x, int y, int c) {
        const size_t from = static_cast<size_t>(around(y - dy, image.height)) * image.width +
                            static_cast<size_t>(around(x - dx, image.width));
        return image.pixels()[from * static_cast<size_t>(image.channels) + static_cast<size_t>(c)];
    });
}

namespace {

/// Closes the GPU before the program ends, when drivers take themselves apart.
class OneGpu final : public testing::Environment {
public:
    void TearDown() override { gpu.reset(); }
    std::unique_ptr<Gpu> gpu;
};
OneGpu* const one_gpu = static_cast<OneGpu*>(testing::AddGlobalTestEnvironment(new OneGpu));

}  // namespace

Gpu& PictureTest::gpu() {
    if (one_gpu->gpu == nullptr) one_gpu->gpu = std::make_unique<Gpu>("software", true);
    return *one_gpu->gpu;
}

PictureTest::~PictureTest() {
    EXPECT_THAT(VulkanInstance::get(true)->take_messages(), testing::IsEmpty());
}

namespace {

/// That a shader computes what it draws. The two are compiled apart: half floats may be rounded to either
/// neighbour, 2^-11 of light apart, and sums of floats in another order.
void expect_same(const Image& computed, const Image& drawn) {
    const double tolerance = drawn.encoding == Encoding::Data32f ? 1e-5 : 1e-3;
    const std::vector<float>& expected = drawn.pixels();
    const std::vector<float>& got = computed.pixels();
    ASSERT_EQ(got.size(), expected.size());
    size_t worst = 0;
    for (size_t i = 0; i < got.size(); ++i)
        if (std::abs(got[i] - expected[i]) > std::abs(got[worst] - expected[worst])) worst = i;
    EXPECT_LE(std::abs(got[worst] - expected[worst]), tolerance * std::max(1.0f, std::abs(expected[worst])))
        << "computed and drawn, number " << worst;
}

}  // namespace

ImageRef PictureTest::run_once(const std::string& type, const nlohmann::json& params,
                               const std::vector<std::pair<const char*, ImageRef>>& inputs) {
    Alone node(type, params);
    std::vector<std::unique_ptr<Source>> sources;
    for (const auto& [name, image] : inputs) {
        sources.push_back(std::make_unique<Source>());
        sources.back()->image = image;
        node.link(name, sources.back()->image);
    }
    node.node->process(tick());
    return node.get<ImageRef>("image");
}

ImageRef PictureTest::run(const std::string& type, const nlohmann::json& params,
                          const std::vector<std::pair<const char*, ImageRef>>& inputs) {
    const ImageRef drawn = run_once(type, params, inputs);
    gpu().device()->draw_passes(false);
    const ImageRef computed = run_once(type, params, inputs);
    gpu().device()->draw_passes(true);
    if (drawn != nullptr && computed != nullptr) expect_same(*computed, *drawn);
    return drawn;
}

void PictureTest::expect_near(const Image& image, const Plane& expected, double tolerance) {
    ASSERT_EQ(std::pair(image.width, image.height), std::pair(expected.width, expected.height));
    const std::vector<float>& got = image.pixels();
    const auto channels = static_cast<size_t>(image.channels);
    const bool data = image.encoding == Encoding::Data32f;
    double worst = -1;
    std::string where;
    for (size_t i = 0; i < expected.pixels.size(); ++i)
        for (size_t c = 0; c < channels; ++c) {
            const Pixel& pixel = expected.pixels[i];
            double value = pixel[c];
            if (!data && c < 3)
                value = std::clamp(srgb_of(pixel[3] > 0 ? std::max(pixel[c], 0.0) / pixel[3] : 0), 0.0, 1.0);
            const double difference = std::abs(got[i * channels + c] - value);
            if (difference <= worst) continue;
            worst = difference;
            where =
                fmt::format("channel {} of ({}, {}): {} and not {}", c, i % static_cast<size_t>(image.width),
                            i / static_cast<size_t>(image.width), got[i * channels + c], value);
        }
    EXPECT_LE(worst, tolerance) << where;
}

void PictureTest::expect_pixels(const Image& image, double tolerance,
                                const std::function<Pixel(int, int)>& expected) {
    Plane plane(image.width, image.height);
    for (int y = 0; y < image.height; ++y)
        for (int x = 0; x < image.width; ++x) plane.at(x, y) = expected(x, y);
    expect_near(image, plane, tolerance);
}

void PictureTest::expect_tiles(const std::string& type, const nlohmann::json& params, double tolerance) {
    const ImageRef tile = noisy({.width = 24, .height = 16, .tiles = true});
    const ImageRef result = run(type, params, {{"image", tile}});
    EXPECT_TRUE(result->wrap_x && result->wrap_y) << type;
    const ImageRef moved = run(type, params, {{"image", rolled(*tile, 7, 5)}});
    const int scale_x = result->width / tile->width;
    const int scale_y = result->height / tile->height;
    expect_near(*moved, Plane(*rolled(*result, 7 * scale_x, 5 * scale_y)), tolerance);
}

}  // namespace gan
