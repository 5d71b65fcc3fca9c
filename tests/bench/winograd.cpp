// The f32 convolutions of BigGAN-128, ch 96, one layer after another with cold weights: every form that fits,
// in milliseconds, products a second, and bytes of transformed weights a second.
//     cmake --build build/dev --target winograd && build/dev/tests/bench/winograd [PICTURES]

#include "runtime/model/winograd.h"

#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

using namespace gan;

namespace {

struct Layer {
    int in, out, map;
    bool upsamples;
};
constexpr Layer layers[] = {{1536, 1536, 4, true}, {1536, 1536, 8, false}, {1536, 768, 8, true},
                            {768, 768, 16, false}, {768, 384, 16, true},   {384, 384, 32, false},
                            {384, 192, 32, true},  {192, 192, 64, false},  {192, 96, 64, true},
                            {96, 96, 128, false},  {96, 3, 128, false}};
constexpr WinogradForm forms[] = {WinogradForm::F2, WinogradForm::F4, WinogradForm::Up1, WinogradForm::Up2};
constexpr const char* names[] = {"F2", "F4", "Up1", "Up2"};

Op op_of(const Layer& layer) {
    Op op{.kind = layer.upsamples ? OpKind::UpConv : OpKind::Conv,
          .inputs = {0},
          .channels = layer.out,
          .kernel = 3,
          .form = UpConvForm::Differences};
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-0.5f, 0.5f);
    op.weight.resize(static_cast<size_t>(layer.in) * static_cast<size_t>(layer.out) * 9);
    for (float& weight : op.weight) weight = uniform(random);
    op.bias.resize(static_cast<size_t>(layer.out));
    return op;
}

/// The best of fifteen, in seconds, each after a walk through more memory than the caches hold.
double best_seconds(const WinogradConv& conv, const Layer& layer, int pictures) {
    const size_t pixels = static_cast<size_t>(pictures * layer.map * layer.map);
    const std::vector<float> input(pixels * static_cast<size_t>(layer.in), 0.1f);
    const std::vector<float> scale(static_cast<size_t>(pictures * layer.in), 1.0f);
    std::vector<float> output(pixels * (layer.upsamples ? 4 : 1) * static_cast<size_t>(layer.out));
    std::vector<char> caches(64 << 20);
    WinogradScratch scratch;
    conv.reserve(pictures, layer.map, layer.map, scratch);
    double best = 1e9;
    for (int repeat = 0; repeat < 15; ++repeat) {
        for (size_t i = 0; i < caches.size(); i += 64) ++caches[i];
        const auto start = std::chrono::steady_clock::now();
        conv.run({.pictures = pictures,
                  .height = layer.map,
                  .width = layer.map,
                  .input = input.data(),
                  .scale = scale.data(),
                  .shift = scale.data(),
                  .wrap_y = false,
                  .wrap_x = false,
                  .residual = nullptr,
                  .output = output.data()},
                 scratch);
        best =
            std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
}

}  // namespace

int main(int argc, char** argv) {
    const int pictures = argc > 1 ? std::max(1, std::atoi(argv[1])) : 1;
    if (winograd_kernels() == nullptr) {
        std::puts("this processor has neither AVX2 nor AVX-512");
        return 1;
    }
    oneapi::tbb::task_arena arena(static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
    for (const Layer& layer : layers)
        for (WinogradForm form : forms) {
            if (layer.upsamples != (form >= WinogradForm::Up1)) continue;
            arena.execute([&] {
                const WinogradConv conv(op_of(layer), layer.in, form, *winograd_kernels());
                const double seconds = best_seconds(conv, layer, pictures);
                const double macs = pictures * conv.macs(layer.map);
                const auto bytes = static_cast<double>(conv.weight_bytes());
                std::printf("%4d -> %4d at %3d  %-4s %7.2f ms %6.1f GMAC/s  %5.0f MB %5.1f GB/s\n", layer.in,
                            layer.out, layer.map, names[static_cast<size_t>(form)], seconds * 1e3,
                            macs / seconds / 1e9, bytes / 1e6, bytes / seconds / 1e9);
            });
        }
}
