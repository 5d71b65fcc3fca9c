#include "tests/picture_nodes.h"

namespace gan {
namespace {

using Sharpen = PictureTest;

/// A pixel less the gaussian mean about it.
double detail_at(const Plane& plane, int x, int y, size_t channel, double sigma) {
    const int reach = static_cast<int>(std::ceil(3 * sigma));
    double sum = 0;
    double weights = 0;
    for (int j = -reach; j <= reach; ++j)
        for (int i = -reach; i <= reach; ++i) {
            const double weight = std::exp(-0.5 * (i * i + j * j) / (sigma * sigma));
            sum += weight * (plane.near(x, y)[channel] - plane.near(x + i, y + j)[channel]);
            weights += weight;
        }
    return sum / weights;
}

// 32-bit floats: the mean rounds by some tens of 2^-24, here twice as much.
constexpr double sharpen_tolerance = 2e-5;

TEST_F(Sharpen, AddsTheDifferenceFromTheBlurredPicture) {
    for (const auto& [width, height] : sizes()) {
        const ImageRef data = noisy({.width = width, .height = height});
        const Plane from(*data);
        const Plane to(*run("image.sharpen", {{"amount", 2}, {"radius", 1.2}}, {{"image", data}}));
        const int step = width > 100 ? 73 : 1;  // the large one would take long
        for (int y = 0; y < height; y += step)
            for (int x = 0; x < width; x += step)
                for (size_t c = 0; c < 3; ++c)
                    ASSERT_NEAR(to.near(x, y)[c], from.near(x, y)[c] + 2 * detail_at(from, x, y, c, 1.2),
                                sharpen_tolerance)
                        << x << ", " << y << " of " << width << "x" << height;
    }
}

// Half floats, which round by 2^-11 = 4.9e-4. Light is at most 0.6 and comes 1.5 times as strong: 4.4e-4;
// half of its mean, 0.4, rounds twice: 2e-4; the result is at most 0.75: 3.7e-4. Where it is least, 0.06,
// sRGB rises 2.3 times as fast.
TEST_F(Sharpen, SharpensLight) {
    const ImageRef picture =
        noisy({.width = 13, .height = 9, .encoding = Encoding::Srgb32f, .low = 0.5f, .high = 0.8f});
    const Plane plane(*picture);
    expect_pixels(*run("image.sharpen", {{"amount", 0.5}, {"radius", 2}}, {{"image", picture}}), 2.4e-3,
                  [&](int x, int y) {
                      Pixel pixel = plane.near(x, y);
                      for (size_t c = 0; c < 3; ++c) pixel[c] += 0.5 * detail_at(plane, x, y, c, 2);
                      return pixel;
                  });
}

TEST_F(Sharpen, LeavesThePictureAsItIsAtAmountZero) {
    const ImageRef picture = noisy({.encoding = Encoding::Srgb32f});
    EXPECT_EQ(run("image.sharpen", {{"amount", 0}}, {{"image", picture}}), picture);
}

TEST_F(Sharpen, LeavesWhatIsEvenAsItIs) {
    const ImageRef even = painted({.width = 9, .height = 9, .encoding = Encoding::Data32f},
                                  [](int, int, int c) { return 0.25 * (c + 1); });
    expect_near(*run("image.sharpen", {{"amount", 4}, {"radius", 30}}, {{"image", even}}), Plane(*even),
                sharpen_tolerance);
}

TEST_F(Sharpen, WeakDifferencesStayUnderTheThreshold) {
    const ImageRef data = noisy({.width = 12, .height = 12});
    const Plane from(*data);
    expect_pixels(
        *run("image.sharpen", {{"amount", 1}, {"radius", 1}, {"threshold", 0.2}}, {{"image", data}}),
        sharpen_tolerance, [&](int x, int y) {
            Pixel pixel = from.near(x, y);
            for (size_t c = 0; c < 3; ++c) {
                const double detail = detail_at(from, x, y, c, 1);
                if (detail > 0.2) pixel[c] += detail - 0.2;
                if (detail < -0.2) pixel[c] += detail + 0.2;
            }
            return pixel;
        });
}

// One colour everywhere, but less and less of it: nothing is to be sharpened.
TEST_F(Sharpen, DrawsNoRimAlongAlpha) {
    const ImageRef picture = painted({.width = 16, .height = 4, .channels = 4, .encoding = Encoding::Srgb32f},
                                     [](int x, int, int c) { return c == 3 ? (x < 8 ? 1 : 0.1) : 0.6; });
    // Half floats: the colour is a quotient of two that rounded once, its mean of two that rounded three
    // times: 8 * 2^-11, times four; of 0.6 in sRGB 1/2.4 of that.
    expect_near(*run("image.sharpen", {{"amount", 4}, {"radius", 2}}, {{"image", picture}}), Plane(*picture),
                4e-3);
}

TEST_F(Sharpen, KeepsWhatTilesTiling) {
    expect_tiles("image.sharpen", {{"amount", 2}, {"radius", 2}}, sharpen_tolerance);
}

}  // namespace
}  // namespace gan
