#include "tests/picture_nodes.h"

#include <algorithm>

namespace gan {
namespace {

using nlohmann::json;

// Places are kept to 2^-24 of a cell, of which noise makes at most four times as much; sums of 8 or 27 terms
// in 32-bit floats add some tens of roundings of 2^-24.
constexpr double noise_tolerance = 1e-5;

using Random4 = std::array<uint32_t, 4>;

/// Of Jarzynski and Olano 2020.
Random4 pcg4d(Random4 v) {
    for (uint32_t& x : v) x = x * 1664525u + 1013904223u;
    const auto stir = [&] {
        v[0] += v[1] * v[3];
        v[1] += v[2] * v[0];
        v[2] += v[0] * v[1];
        v[3] += v[1] * v[2];
    };
    stir();
    for (uint32_t& x : v) x ^= x >> 16;
    stir();
    return v;
}

/// The table of Perlin's "Improving Noise".
constexpr double perlin_gradients[16][3] = {
    {1, 1, 0}, {-1, 1, 0}, {1, -1, 0}, {-1, -1, 0}, {1, 0, 1}, {-1, 0, 1}, {1, 0, -1}, {-1, 0, -1},
    {0, 1, 1}, {0, -1, 1}, {0, 1, -1}, {0, -1, -1}, {1, 1, 0}, {0, -1, 1}, {-1, 1, 0}, {0, -1, -1}};

constexpr double greatest_perlin = 1.0363538;

double quintic(double t) {
    return t * t * t * (10 - 15 * t + 6 * t * t);
}

/// What the node should make, by the definitions, in double precision.
struct NoiseDefinition {
    std::string kind = "perlin";
    int width = 1;
    int height = 1;
    double scale = 8;
    int octaves = 1;
    double roughness = 0.5;
    double evolution = 0;
    int loop = 0;
    bool seamless = true;
    uint32_t seed = 1;

    json params() const {
        return {{"kind", kind},   {"width", width},         {"height", height},
                {"scale", scale}, {"octaves", octaves},     {"roughness", roughness},
                {"loop", loop},   {"evolution", evolution}, {"seamless", seamless},
                {"seed", seed}};
    }
    double cells(double count) const { return seamless ? std::max(1.0, std::round(count)) : count; }

    double at(int x, int y) const {
        const double across = cells(scale);
        const double down = cells(scale * height / width);
        double sum = 0;
        double total = 0;
        for (int o = 0; o < octaves; ++o) {
            const double finer = std::pow(2, o);
            const double start = (o + 1) * 0.6180339887498949;  // the golden ratio's part
            const std::array<double, 3> place{(x + 0.5) * across / width * finer + start - std::floor(start),
                                              (y + 0.5) * down / height * finer + start - std::floor(start),
                                              evolution * finer + start - std::floor(start)};
            const std::array<int64_t, 3> period{seamless ? std::llround(across * finer) : 0,
                                                seamless ? std::llround(down * finer) : 0,
                                                std::llround(loop * finer)};
            sum +=
                std::pow(roughness, o) * octave(place, period, seed + static_cast<uint32_t>(o) * 0x9e3779b9u);
            total += std::pow(roughness, o);
        }
        return sum / total;
    }

private:
    using Place = std::array<double, 3>;
    using Period = std::array<int64_t, 3>;

    static Random4 random(Period cell, const Period& period, uint32_t seed) {
        for (size_t i = 0; i < 3; ++i)
            if (period[i] > 0) cell[i] = (cell[i] % period[i] + period[i]) % period[i];
        return pcg4d({static_cast<uint32_t>(cell[0]), static_cast<uint32_t>(cell[1]),
                      static_cast<uint32_t>(cell[2]), seed});
    }

    double octave(const Place& place, const Period& period, uint32_t seed) const {
        Period first{};
        for (size_t i = 0; i < 3; ++i) first[i] = static_cast<int64_t>(std::floor(place[i]));
        if (kind == "value" || kind == "perlin") {
            const double sum = blended(place, first, period, seed, 0);
            return kind == "value" ? sum : 0.5 + 0.5 * sum / greatest_perlin;
        }
        // Five cells a side, so that nothing near is missed.
        std::vector<double> distances{1, 1};
        for (int64_t i = -2; i <= 2; ++i)
            for (int64_t j = -2; j <= 2; ++j)
                for (int64_t k = -2; k <= 2; ++k) {
                    const Period cell{first[0] + i, first[1] + j, first[2] + k};
                    const Random4 at = random(cell, period, seed);
                    double square = 0;
                    for (size_t n = 0; n < 3; ++n)
                        square +=
                            std::pow(static_cast<double>(cell[n]) + (at[n] >> 8) * 0x1p-24 - place[n], 2);
                    distances.push_back(std::sqrt(square));
                }
        std::sort(distances.begin(), distances.end());
        return kind == "worley F1" ? distances[0] : distances[1] - distances[0];
    }

    /// Between the cell's planes of one axis, each blended along the axes that are left.
    double blended(const Place& place, const Period& cell, const Period& period, uint32_t seed,
                   size_t axis) const {
        if (axis < 3) {
            const double t = quintic(place[axis] - std::floor(place[axis]));
            Period next = cell;
            ++next[axis];
            return (1 - t) * blended(place, cell, period, seed, axis + 1) +
                   t * blended(place, next, period, seed, axis + 1);
        }
        const uint32_t number = random(cell, period, seed)[0];
        if (kind == "value") return (number >> 8) / (0x1p24 - 1);
        double product = 0;
        for (size_t i = 0; i < 3; ++i)
            product += perlin_gradients[number >> 28][i] * (place[i] - static_cast<double>(cell[i]));
        return product;
    }
};

class NoiseTest : public PictureTest {
protected:
    ImageRef made(const NoiseDefinition& noise) { return run("image.noise", noise.params()); }
    void expect_defined(const NoiseDefinition& noise) {
        expect_pixels(*made(noise), noise_tolerance, [&](int x, int y) {
            const double value = noise.at(x, y);
            return Pixel{value, value, value, 1};
        });
    }
};

TEST_F(NoiseTest, PerlinIsWhatItsPaperSaysAtEverySize) {
    for (const auto& [width, height] : sizes())
        expect_defined({.width = width, .height = height, .octaves = width == 512 ? 1 : 2, .evolution = 0.3});
}

TEST_F(NoiseTest, EveryKindIsWhatItsDefinitionSays) {
    for (const char* kind : {"perlin", "value", "worley F1", "worley F2-F1"})
        for (bool seamless : {true, false}) {
            expect_defined({.kind = kind,
                            .width = 23,
                            .height = 9,
                            .scale = 2.7,
                            .octaves = 3,
                            .roughness = 0.8,
                            .evolution = -7.6,
                            .loop = seamless ? 3 : 0,
                            .seamless = seamless,
                            .seed = 123456789});
        }
}

TEST_F(NoiseTest, OctavesGoDownToSingleCells) {
    expect_defined({.kind = "value", .width = 16, .height = 3, .scale = 256, .octaves = 10, .roughness = 1});
    expect_defined({.width = 1, .height = 16, .scale = 256, .octaves = 10, .roughness = 1, .evolution = 1e6});
}

double mean_value(const std::vector<float>& pixels) {
    double sum = 0;
    for (float pixel : pixels) sum += pixel;
    return sum / static_cast<double>(pixels.size());
}

// 1024 cells: five standard errors of their mean, 5 / sqrt(12 * 1024), are 0.05.
TEST_F(NoiseTest, GoesFromZeroToOneAndIsAHalfInTheMean) {
    for (const char* kind : {"perlin", "value", "worley F1", "worley F2-F1", "white"}) {
        const auto pixels = made({.kind = kind, .width = 96, .height = 96, .scale = 32})->pixels();
        EXPECT_GE(*std::min_element(pixels.begin(), pixels.end()), 0) << kind;
        EXPECT_LE(*std::max_element(pixels.begin(), pixels.end()), 1) << kind;
        EXPECT_NEAR(mean_value(pixels), kind == std::string("worley F2-F1") ? 0.2 : 0.5, 0.05) << kind;
    }
}

// At every place the eight corners take the perlin_gradients that add most: the greatest is what Perlin's
// noise is divided by, so that it cannot leave [0, 1] and nothing of the range is wasted.
TEST_F(NoiseTest, PerlinsNoiseIsDividedByItsGreatestValue) {
    double greatest = 0;
    constexpr int steps = 40;
    for (int x = 0; x <= steps; ++x)
        for (int y = x; y <= steps; ++y)
            for (int z = y; z <= steps; ++z) {
                const std::array<double, 3> at{0.5 * x / steps, 0.5 * y / steps, 0.5 * z / steps};
                double sum = 0;
                for (size_t corner = 0; corner < 8; ++corner) {
                    double weight = 1;
                    double to[3];
                    for (size_t i = 0; i < 3; ++i) {
                        const bool far = (corner >> i & 1) != 0;
                        weight *= far ? quintic(at[i]) : 1 - quintic(at[i]);
                        to[i] = far ? at[i] - 1 : at[i];
                    }
                    double most = -2;
                    for (const auto& gradient : perlin_gradients)
                        most =
                            std::max(most, gradient[0] * to[0] + gradient[1] * to[1] + gradient[2] * to[2]);
                    sum += weight * most;
                }
                greatest = std::max(greatest, sum);
            }
    EXPECT_LE(greatest, greatest_perlin + 1e-7);
    EXPECT_GE(greatest, greatest_perlin - 1e-3) << "of steps of 1/80";
}

// From the last column to the first, and from the last row, the steps are those of everywhere else.
TEST_F(NoiseTest, TilesWhereItIsSeamless) {
    const auto steepest = [](const Image& image, bool seams) {
        double most = 0;
        const auto at = [&](int x, int y) {
            return image.pixels()[static_cast<size_t>(y % image.height * image.width + x % image.width)];
        };
        for (int i = 0; i < image.width; ++i)
            for (int j = 0; j < (seams ? 1 : image.width - 1); ++j) {
                const int k = seams ? image.width - 1 : j;
                most = std::max<double>(most, std::abs(at(k + 1, i) - at(k, i)));
                most = std::max<double>(most, std::abs(at(i, k + 1) - at(i, k)));
            }
        return most;
    };
    for (const char* kind : {"perlin", "value", "worley F1", "worley F2-F1"}) {
        NoiseDefinition noise{.kind = kind, .width = 64, .height = 64, .scale = 3.4};
        const ImageRef tile = made(noise);
        EXPECT_TRUE(tile->wrap_x && tile->wrap_y);
        EXPECT_LE(steepest(*tile, true), 1.2 * steepest(*tile, false)) << kind;
        noise.seamless = false;
        const ImageRef cut = made(noise);
        EXPECT_FALSE(cut->wrap_x || cut->wrap_y);
        EXPECT_GT(steepest(*cut, true), 1.5 * steepest(*cut, false)) << kind;
    }
}

TEST_F(NoiseTest, EvolutionIsSmoothAndLoops) {
    for (const char* kind : {"perlin", "value", "worley F1", "worley F2-F1", "white"}) {
        NoiseDefinition noise{
            .kind = kind, .width = 16, .height = 16, .octaves = 2, .evolution = 1.25, .loop = 4};
        const auto first = made(noise)->pixels();
        noise.evolution = 5.25;
        EXPECT_EQ(made(noise)->pixels(), first) << kind;
        noise.evolution = -2.75;
        EXPECT_EQ(made(noise)->pixels(), first) << kind;
        noise.evolution = 3.25;
        EXPECT_NE(made(noise)->pixels(), first) << kind;
        noise.evolution = 1.251;
        const auto later = made(noise)->pixels();
        for (size_t i = 0; i < first.size(); ++i) EXPECT_NEAR(later[i], first[i], 0.01) << kind;
    }
}

TEST_F(NoiseTest, SeedsAreIndependent) {
    const auto one = made({.kind = "white", .width = 64, .height = 64, .seed = 1})->pixels();
    const auto two = made({.kind = "white", .width = 64, .height = 64, .seed = 2})->pixels();
    double product = 0;
    double beside = 0;
    for (size_t i = 0; i + 1 < one.size(); ++i) {
        product += 12 * (one[i] - 0.5) * (two[i] - 0.5);
        beside += 12 * (one[i] - 0.5) * (one[i + 1] - 0.5);
    }
    // Correlations of 4096 pairs: five standard errors of 1 / 64.
    EXPECT_LT(std::abs(product) / 4096, 5.0 / 64);
    EXPECT_LT(std::abs(beside) / 4096, 5.0 / 64);
}

TEST_F(NoiseTest, WhiteNoiseTakesNoCells) {
    const auto plain = made({.kind = "white", .width = 8, .height = 8})->pixels();
    EXPECT_EQ(made({.kind = "white", .width = 8, .height = 8, .scale = 3, .octaves = 5})->pixels(), plain);
}

}  // namespace
}  // namespace gan
