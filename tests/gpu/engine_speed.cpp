// What the CUDA engine is measured for: printed, and in the report of tests/gpu/check, beside what is to be
// reached and beside what the GPU can do. Nothing of it is asserted.

#include "tests/gpu/cuda_engine.h"
#include "tests/gpu/gpu_time.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>

namespace gan {
namespace {

/// Milliseconds of the middle one of `rounds` calls, after three.
template <class Work>
double median_ms(int rounds, const Work& work) {
    for (int i = 0; i < 3; ++i) work();
    std::vector<double> times;
    for (int i = 0; i < rounds; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        times.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
    return times[static_cast<size_t>(rounds) / 2];
}

/// What LibTorch reaches on this GPU: multiply-accumulates of a large matrix product in f16, by its tensor
/// cores, and a copy from its memory into its memory.
struct Peaks {
    double tmacs = 0;      // a second
    double gigabytes = 0;  // read and written a second
};

const Peaks& peaks() {
    static const Peaks measured = [] {
        const c10::InferenceMode no_gradients;
        const auto halves = at::TensorOptions(at::kCUDA).dtype(at::kHalf);
        constexpr int64_t side = 8192;
        const at::Tensor left = at::randn({side, side}, halves), right = at::randn({side, side}, halves);
        const double product = gpu_ms(20, [&] { at::matmul(left, right); });
        const at::Tensor from = at::empty({1 << 27}, halves), to = at::empty({1 << 27}, halves);
        const double copy = gpu_ms(20, [&] { to.copy_(from); });
        const Peaks result{.tmacs = static_cast<double>(side) * side * side / product / 1e9,
                           .gigabytes = 2.0 * static_cast<double>(from.nbytes()) / copy / 1e6};
        std::printf("a product of 8192x8192 by 8192x8192 in f16: %.0f TMAC/s; a copy: %.0f GB/s\n",
                    result.tmacs, result.gigabytes);
        return result;
    }();
    return measured;
}

/// As tests/bench/random_networks.py has them.
struct Network {
    const char* name;
    Family family;
    int resolution;
    int channels;
    int dim_z;
    int attention;
    const char* to_reach;
};

constexpr Network networks[] = {
    {"BigGAN-128 ch 96", Family::BigGan, 128, 96, 120, 64, "0.6 ms for one picture into the GPU's memory"},
    {"BigGAN-256 ch 96", Family::BigGan, 256, 96, 140, 128, "-"},
    {"BigGAN-512 ch 96", Family::BigGan, 512, 96, 128, 64, "-"},
    {"BigGAN-deep-128 ch 128", Family::BigGanDeep, 128, 128, 128, 64, "-"},
    {"BigGAN-deep-256 ch 128", Family::BigGanDeep, 256, 128, 128, 64, "-"},
    {"BigGAN-deep-512 ch 128", Family::BigGanDeep, 512, 128, 128, 64, "3 ms for one picture"},
};

/// With the published networks' classes and widths: the modulation is worked out on the processor, and grows
/// with them.
BigGanConfig published_config(const Network& network) {
    BigGanConfig config = small_config(network.family, network.resolution, network.channels);
    config.classes = 1000;
    config.shared_dim = 128;
    config.dim_z = network.dim_z;
    config.attention = {network.attention};
    return config;
}

/// Of the weights in f16, which every run reads once.
double weight_gigabytes(const Program& program) {
    double bytes = 0;
    for (const Op& op : program.ops)
        bytes += 2.0 * static_cast<double>(op.weight.size() + op.out_weight.size());
    return bytes / 1e9;
}

class EngineSpeed : public testing::TestWithParam<Network> {};

// Exact, as it is rendered (several give the same bytes as one by one, in chunks only where that holds), and
// as fast as can be, as it is played live.
TEST_P(EngineSpeed, OfANetwork) {
    const Network& network = GetParam();
    const Peaks& peak = peaks();
    const auto program =
        std::make_shared<const Program>(lower(random_checkpoint(published_config(network), 7)));
    std::printf("%s, f16; to reach: %s\n", network.name, network.to_reach);
    for (const bool exact : {true, false})
        for (const int batch : {1, 2, 4, 8, 16, 32, 64}) {
            if (batch * network.resolution > 64 * 256) continue;
            if (exact && batch != 1 && batch != 8) continue;
            const auto start = std::chrono::steady_clock::now();
            Engine engine(program, {.precision = Precision::F16, .batch = batch, .exact = exact},
                          open_cuda_backend);
            engine.prepare({}).get();
            const double opened =
                std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
            const PictureRequest order(engine, {}, 1, batch);
            const DeviceFloats picture(static_cast<size_t>(batch) * engine.picture_size({}));
            std::vector<float> host(picture.span().size());
            const auto stream = static_cast<cudaStream_t>(engine.stream());
            const double on_gpu = median_ms(batch == 1 ? 500 : 30, [&] {
                engine.run(order.request, picture.span());
                cudaStreamSynchronize(stream);
            });
            const double to_host = median_ms(batch == 1 ? 500 : 30, [&] { engine.run(order.request, host); });
            const double tmacs = engine.macs() * batch / on_gpu / 1e9;
            const double reading = weight_gigabytes(*program) / on_gpu * 1e3;  // GB/s
            std::printf(
                "  %s batch %-3d into the GPU %8.3f ms, %8.1f pictures/s, %6.1f TMAC/s (%4.1f %% of the "
                "product's), weights at %4.1f %% of the copy's GB/s; to the host %8.3f ms; opened in %.1f s\n",
                exact ? "exact  " : "fastest", batch, on_gpu, batch / on_gpu * 1e3, tmacs,
                100 * tmacs / peak.tmacs, 100 * reading / peak.gigabytes, to_host, opened);
        }
}

INSTANTIATE_TEST_SUITE_P(Networks, EngineSpeed, testing::ValuesIn(networks), [](const auto& test) {
    std::string name = test.param.name;
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
});

}  // namespace
}  // namespace gan
