// What bounds a network on this machine: fused multiply-adds in f32 and reading memory, on all processors.
//     cmake --build build/dev --target bound && build/dev/tests/bench/bound [--json FILE]

#include "tests/bench/figures.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <thread>
#include <vector>

namespace {

using Vector = float __attribute__((vector_size(64)));
constexpr int accumulators = 12;  // hides the latency of two units four cycles deep
constexpr long rounds = 30'000'000;

__attribute__((target_clones("avx512f", "arch=haswell", "default"))) float multiply_adds() {
    Vector sums[accumulators] = {};
    const Vector x = Vector{} + 1.0001f;
    const Vector y = Vector{} + 0.9999f;
    for (long i = 0; i < rounds; ++i)
#pragma GCC unroll 12
        for (int a = 0; a < accumulators; ++a) sums[a] = sums[a] * x + y;
    float total = 0;
    for (const Vector& sum : sums) total += sum[0];
    return total;
}

/// The best of five seconds for `work` done by every processor at once.
double best_seconds(unsigned threads, const std::function<void(unsigned)>& work) {
    double best = 1e9;
    for (int repeat = 0; repeat < 5; ++repeat) {
        const auto start = std::chrono::steady_clock::now();
        std::vector<std::thread> workers;
        for (unsigned t = 0; t < threads; ++t) workers.emplace_back(work, t);
        for (auto& worker : workers) worker.join();
        best =
            std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
}

}  // namespace

int main(int argc, char** argv) {
    Figures figures(argc, argv);
    const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
    volatile float sink = 0;
    const double compute = best_seconds(threads, [&](unsigned) { sink = multiply_adds(); });
    const double products = threads * rounds * 16.0 * accumulators / compute / 1e9;
    std::printf("f32 multiply-adds  %6.0f GMAC/s on %u threads\n", products, threads);
    figures.about("threads", threads);
    figures.add("f32 multiply-adds", products, "GMAC/s");

    constexpr size_t floats = 64 << 20;  // 256 MB a thread: beyond any cache
    const std::vector<std::vector<float>> memory(threads, std::vector<float>(floats, 1.0f));
    const double reading = best_seconds(threads, [&](unsigned t) {
        Vector sum{};
        const auto* data = reinterpret_cast<const float*>(memory[t].data());
        for (size_t i = 0; i < floats; i += 16) {
            Vector part;
            __builtin_memcpy(&part, data + i, sizeof part);
            sum += part;
        }
        sink = sum[0];
    });
    const double bytes = static_cast<double>(threads * floats * sizeof(float)) / reading / 1e9;
    std::printf("reading memory     %6.1f GB/s\n", bytes);
    figures.add("reading memory", bytes, "GB/s");
    return figures.finish();
}
