#include "trainer/data/textures.h"
#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "tests/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace gan {
namespace {

int class_count() {
    return static_cast<int>(texture_classes().size());
}
std::string name_of(int index) {
    return std::string(texture_classes()[static_cast<size_t>(index)].name);
}

/// Between column x and the next (or row, when `down`), the one after the last being the first.
double step(const Picture8& picture, int x, bool down) {
    const int n = picture.width, next = (x + 1) % n;
    double sum = 0;
    for (int y = 0; y < n; ++y)
        for (int c = 0; c < 3; ++c)
            sum += std::abs(down ? picture.row(x)[y * 3 + c] - picture.row(next)[y * 3 + c]
                                 : picture.row(y)[x * 3 + c] - picture.row(y)[next * 3 + c]);
    return sum / (3 * n);
}

/// The share of steps inside a picture that are smaller than the step from its end to its beginning, over
/// many pictures and both axes. A seam is a step larger than all; without one it is any step.
template <class Make>
double seam_rank(Make make) {
    constexpr int seeds = 6;
    double sum = 0;
    for (uint64_t seed = 0; seed < seeds; ++seed) {
        const Picture8 picture = make(seed);
        for (const bool down : {false, true}) {
            const int n = picture.width;
            int smaller = 0;
            for (int x = 0; x + 1 < n; ++x) smaller += step(picture, x, down) < step(picture, n - 1, down);
            sum += static_cast<double>(smaller) / (n - 1);
        }
    }
    return sum / (2 * seeds);
}

Picture8 upper_left(const Picture8& picture, int side) {
    Picture8 result{.width = side, .height = side, .channels = 3, .pixels = {}};
    for (int y = 0; y < side; ++y)
        result.pixels.insert(result.pixels.end(), picture.row(y), picture.row(y) + side * 3);
    return result;
}

/// The mean of each 2 x 2 pixels, in linear light.
Picture8 halved(const Picture8& picture) {
    const auto linear = [](int level) { return std::pow(level / 255.0, 2.2); };
    const int side = picture.width / 2;
    Picture8 result{.width = side, .height = side, .channels = 3, .pixels = {}};
    for (int y = 0; y < side; ++y)
        for (int i = 0; i < side * 3; ++i) {
            const int at = i / 3 * 6 + i % 3;
            const uint8_t *upper = picture.row(2 * y), *lower = picture.row(2 * y + 1);
            const double mean =
                (linear(upper[at]) + linear(upper[at + 3]) + linear(lower[at]) + linear(lower[at + 3])) / 4;
            result.pixels.push_back(static_cast<uint8_t>(std::lround(std::pow(mean, 1 / 2.2) * 255)));
        }
    return result;
}

/// Mean difference in levels, over all pairs of `count` seeds, and the smallest.
struct Spread {
    double mean = 0;
    double least = 255;
};
Spread spread(int index, uint64_t count) {
    std::vector<Picture8> pictures;
    for (uint64_t seed = 0; seed < count; ++seed) pictures.push_back(texture(index, seed, 64));
    Spread result;
    int pairs = 0;
    for (size_t a = 0; a < pictures.size(); ++a)
        for (size_t b = 0; b < a; ++b, ++pairs) {
            const double difference = mean_difference(pictures[a].pixels, pictures[b].pixels);
            result.least = std::min(result.least, difference);
            result.mean += difference;
        }
    result.mean /= pairs;
    return result;
}

// Detail between the two Nyquist limits is in the larger picture only, and slopes are steeper in finer steps.
// Grass, whose blades are about a pixel wide, differs by up to 7.2 levels; most materials by 1 to 4.
constexpr double resolution_tolerance = 8;

TEST(Textures, HaveDistinctNames) {
    EXPECT_GE(class_count(), 16);
    std::set<std::string_view> names;
    for (const TextureClass& about : texture_classes()) {
        EXPECT_TRUE(names.insert(about.name).second) << about.name;
        EXPECT_FALSE(about.description.empty()) << about.name;
    }
}

TEST(Textures, AreOfTheSizeAskedFor) {
    for (const int side : {8, 9, 31, 33, 100, 257}) {
        const Picture8 picture = texture(0, 1, side);
        EXPECT_EQ(picture.width, side);
        EXPECT_EQ(picture.height, side);
        EXPECT_EQ(picture.channels, 3);
        EXPECT_EQ(picture.pixels.size(), static_cast<size_t>(side * side * 3));
    }
}

TEST(Textures, AreTheSamePictureEachTime) {
    for (int t = 0; t < class_count(); ++t) {
        const Picture8 first = texture(t, 7, 32);
        texture((t + 1) % class_count(), 8, 16);
        EXPECT_EQ(first.pixels, texture(t, 7, 32).pixels) << name_of(t);
    }
}

// More than the same picture made at another resolution differs from itself.
TEST(Textures, DifferFromSeedToSeed) {
    for (int t = 0; t < class_count(); ++t) EXPECT_GT(spread(t, 6).least, resolution_tolerance) << name_of(t);
}

TEST(Textures, AreTheSamePictureAtEveryResolution) {
    for (int t = 0; t < class_count(); ++t) {
        double mean = 0;
        constexpr uint64_t seeds = 2;
        for (uint64_t seed = 0; seed < seeds; ++seed) {
            const double difference =
                mean_difference(texture(t, seed, 64).pixels, halved(texture(t, seed, 128)).pixels);
            EXPECT_LT(difference, resolution_tolerance) << name_of(t) << ", seed " << seed;
            mean += difference / seeds;
        }
        EXPECT_LT(mean, spread(t, 4).mean / 4) << name_of(t) << " is nearer to another seed";
    }
}

// Without a seam the rank is 0.5 where nothing is aligned with the border; courses of bricks or shingles that
// begin there raise it to 0.85. A piece cut out of a tile has a seam, which shows that the rank tells.
TEST(Textures, TileInBothAxes) {
    double whole = 0, cut = 0;
    for (int t = 0; t < class_count(); ++t) {
        const double rank = seam_rank([&](uint64_t seed) { return texture(t, seed, 64); });
        EXPECT_LT(rank, 0.9) << name_of(t);
        whole += rank / class_count();
        cut += seam_rank([&](uint64_t seed) { return upper_left(texture(t, seed, 64), 41); }) / class_count();
    }
    EXPECT_LT(whole, 0.7);
    EXPECT_GT(cut, 0.9);
}

// Models and their scores belong to these pictures: whoever changes one on purpose changes its line.
TEST(Textures, HaveNotChanged) {
    const std::vector<std::string> stored = {
        "d87cdccdf6b755c8", "87cd005c7f25a624", "6912b0f6d3f602a3", "56d9bb4096a7de0b", "f20500672c8952a3",
        "9e4d90998de86b9e", "9859155c1da3859f", "375d330f13b32423", "4c16efc57b4b100f", "36bcfb74498a94fe",
        "1803cac607116b8a", "ed3746b5703e520d", "b3071ce238f2ea12", "104399bd7e54e019", "3c50b42728553d60",
        "6a34abdfe9d45d0a", "cbe649e29fe94bd2", "1dd438b88492c3e9", "9fd1bf442eb6cc6c", "72f8d4afcab790f0",
        "7b375632d8d54cf1", "725f82a55c69c3ee", "eec72272121c681d", "c39236b51071bf0b", "69c3980803085ba2",
    };
    ASSERT_EQ(stored.size(), texture_classes().size());
    for (int t = 0; t < class_count(); ++t) {
        Sha256 hash;
        for (const int side : {32, 64}) {
            const Picture8 picture = texture(t, 1, side);
            hash.add(std::as_bytes(std::span(picture.pixels)));
        }
        EXPECT_EQ(hash.hex().substr(0, 16), stored[static_cast<size_t>(t)]) << name_of(t);
    }
}

TEST(Textures, RefuseWhatTheyCannotMake) {
    const auto refuses = [](int index, int side, const char* text) {
        EXPECT_THAT([&] { texture(index, 0, side); },
                    testing::ThrowsMessage<Error>(testing::HasSubstr(text)));
    };
    refuses(-1, 64, "there is no texture -1");
    refuses(class_count(), 64, "there is no texture");
    refuses(0, 7, "7 pixels a side");
    refuses(0, 2049, "8 to 2048");
}

}  // namespace
}  // namespace gan
