// What the CUDA engine is measured for: printed, and in the report of tests/gpu/check, beside what is to be
// reached. Nothing of it is asserted.

#include "tests/gpu/cuda_engine.h"

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

struct Network {
    const char* name;
    Family family;
    int resolution;
    int channels;
    const char* to_reach;
};

constexpr Network networks[] = {
    {"BigGAN-128 ch 96", Family::BigGan, 128, 96, "0.6 ms for one picture into the GPU's memory"},
    {"BigGAN-256 ch 96", Family::BigGan, 256, 96, "-"},
    {"BigGAN-deep-128 ch 128", Family::BigGanDeep, 128, 128, "-"},
    {"BigGAN-deep-512 ch 128", Family::BigGanDeep, 512, 128, "3 ms for one picture"},
};

class EngineSpeed : public testing::TestWithParam<Network> {};

// One picture: exactly as it is played. Several: exact (the same bytes as one by one, in chunks only where
// that holds) and as fast as can be.
TEST_P(EngineSpeed, OfANetwork) {
    const Network& network = GetParam();
    const Checkpoint checkpoint =
        random_checkpoint(small_config(network.family, network.resolution, network.channels), 7);
    const auto program = std::make_shared<const Program>(lower(checkpoint));
    std::printf("%s, f16; to reach: %s\n", network.name, network.to_reach);
    for (const bool exact : {true, false})
        for (const int batch : {1, 8, 64}) {
            if (batch * network.resolution > 64 * 256) continue;
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
            std::printf(
                "  %s batch %-3d into the GPU %8.3f ms, %8.1f pictures/s, %6.1f TMAC/s; to the host %8.3f ms; "
                "opened in %.1f s\n",
                exact ? "exact  " : "fastest", batch, on_gpu, batch / on_gpu * 1e3,
                engine.macs() * batch / on_gpu / 1e9, to_host, opened);
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
