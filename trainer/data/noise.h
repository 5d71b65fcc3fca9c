#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace gan {

/// The arithmetic of the textures. All of it is periodic over the unit torus: u and v are the distances from
/// the left and upper edge in sides of the picture. It uses + - * / and sqrt only, which IEEE 754 rounds
/// alike everywhere; the sines and powers of a C library differ between machines.

/// Samples at the centres of n x n squares.
struct Grid {
    int n;
    float finest;  // lattice cells a side that two pixels can show: noise fades out from here to twice it

    int size() const { return n * n; }
};

/// Calls f(index, u, v) for each sample, rows from the top.
template <class F>
void each_sample(const Grid& grid, F&& f) {
    const float step = 1.0f / static_cast<float>(grid.n);
    for (int y = 0, i = 0; y < grid.n; ++y)
        for (int x = 0; x < grid.n; ++x, ++i)
            f(i, (static_cast<float>(x) + 0.5f) * step, (static_cast<float>(y) + 0.5f) * step);
}

/// A bijection of 64 bits that scatters its input: the finaliser of splitmix64 (Steele, Lea and Flood 2014).
inline uint64_t scattered(uint64_t bits) {
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
    return bits ^ bits >> 31;
}
/// The upper 24 bits as a number in [0, 1).
inline float unit(uint64_t bits) {
    return static_cast<float>(bits >> 40) * 0x1p-24f;
}

/// Numbers drawn one after another, number k being a hash of (key, k).
class SplitMix {
public:
    explicit SplitMix(uint64_t key) : key_(key) {}
    uint64_t bits() { return scattered(key_ + 0x9e3779b97f4a7c15u * ++count_); }
    float uniform(float low, float high) { return low + (high - low) * unit(bits()); }
    int integer(int low, int high) {
        return low + static_cast<int>(bits() % static_cast<uint64_t>(high - low + 1));
    }
    bool chance(float probability) { return unit(bits()) < probability; }

private:
    uint64_t key_;
    uint64_t count_ = 0;
};

/// Number k of what `hash` names, in [0, 1).
inline float chosen(uint64_t hash, uint64_t k) {
    return unit(scattered(hash + 0x9e3779b97f4a7c15u * k));
}

inline int floor_of(float x) {
    const int i = static_cast<int>(x);
    return i - (static_cast<float>(i) > x);
}
inline float fraction(float x) {
    return x - static_cast<float>(floor_of(x));
}
inline int wrapped(int i, int n) {
    i %= n;
    return i < 0 ? i + n : i;
}
inline float clamped(float x, float low = 0, float high = 1) {
    return x < low ? low : x > high ? high : x;
}
inline float mixed(float a, float b, float t) {
    return a + (b - a) * t;
}
/// 0 up to `from`, 1 after `to`, smooth between.
inline float rise(float from, float to, float x) {
    const float t = clamped((x - from) / (to - from));
    return t * t * (3 - 2 * t);
}
/// The sine of an angle in turns, to 0.002.
inline float sine(float turns) {
    const float x = fraction(turns) * 2 - 1;
    const float y = -4 * x * (1 - (x < 0 ? -x : x));  // a parabola through the zeros
    return y * (0.775f + 0.225f * (y < 0 ? -y : y));
}
inline float cosine(float turns) {
    return sine(turns + 0.25f);
}

/// A number at each sample of a grid.
struct Field {
    int n = 0;
    std::vector<float> values;  // (n, n)

    explicit Field(const Grid& grid, float value = 0)
        : n(grid.n), values(static_cast<size_t>(grid.size()), value) {}
    float& operator[](int i) { return values[static_cast<size_t>(i)]; }
    float operator[](int i) const { return values[static_cast<size_t>(i)]; }
    /// Between samples: bilinear, periodic.
    float at(float u, float v) const;
};

/// Cells a side along u and v.
struct Lattice {
    int x;
    int y;
};

/// Gradient noise, `octaves` of it, each twice as fine and `gain` as strong as the one before; about unit
/// normal in spread times 0.4, hardly ever outside [-1, 1]. Source: Perlin 2002, Improving Noise.
Field fractal_noise(const Grid& grid, uint64_t key, Lattice lattice, int octaves, float gain = 0.5f);

/// The same with each octave folded at zero, in [0, 1]: sharp crests at 1. Source: Musgrave 1994.
Field ridged_noise(const Grid& grid, uint64_t key, Lattice lattice, int octaves, float gain = 0.5f);

/// The mean over a square of about `radius` sides around, twice, which is nearly a Gaussian.
Field blurred(const Field& field, float radius);

}  // namespace gan
