#pragma once

#include "runtime/model/checkpoint.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gan {

/// tests/data of the source tree.
std::filesystem::path data_folder();

/// Of that folder: a Sampler's latent, held, narrowed by a Truncation that an LFO swings.
std::filesystem::path swing_patch();

/// A folder of its own, removed at the end of the test.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// A complete random generator for a configuration, as the reference would store it.
Checkpoint random_checkpoint(const BigGanConfig& config, uint64_t seed);

/// The configuration of the reference for a family and resolution, with few channels and classes.
BigGanConfig small_config(Family family, int resolution, int channels = 4);

/// What the processor reports, from /proc/cpuinfo: avx512_bf16 or amx_bf16.
bool processor_has_bf16();

/// Of this process, from /proc/self/status.
double resident_megabytes();

template <class A, class B>
double max_difference(const std::vector<A>& a, const std::vector<B>& b) {
    if (a.size() != b.size()) return 1e300;
    double largest = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
        if (!(difference <= largest)) largest = difference;  // a NaN becomes the result
    }
    return largest;
}

template <class A, class B>
double mean_difference(const std::vector<A>& a, const std::vector<B>& b) {
    if (a.size() != b.size() || a.empty()) return 1e300;
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i)
        sum += std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    return sum / static_cast<double>(a.size());
}

template <class A>
double max_abs(const std::vector<A>& a) {
    return max_difference(a, std::vector<A>(a.size(), A(0)));
}

template <class A>
bool all_finite(const std::vector<A>& a) {
    return max_abs(a) < 1e300;
}

/// The n-th of `count` equal parts.
template <class A>
std::vector<A> part(const std::vector<A>& all, size_t n, size_t count) {
    const auto size = static_cast<ptrdiff_t>(all.size() / count);
    return {all.begin() + static_cast<ptrdiff_t>(n) * size,
            all.begin() + static_cast<ptrdiff_t>(n + 1) * size};
}

/// How many frames go through a bridge: $GAN_FRAMES, else 10,000.
uint64_t frames();

}  // namespace gan
