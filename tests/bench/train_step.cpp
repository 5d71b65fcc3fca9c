// Measures one D and one G step of training. Prints JSON: the median seconds, and the peak of memory.
//
//     train_step RESOLUTION CHANNELS BATCH SECONDS f32|bf16 [--json FILE]
//
// tests/bench/peers/training.py runs it beside PyTorch. Latents and pictures are made beforehand, for both.

#include "trainer/libtorch.h"

#include "tests/bench/figures.h"
#include "trainer/recipe/gan_step.h"
#include "trainer/recipe/regularise.h"
#include "trainer/run/config.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

int main(int argc, char** argv) {
    Figures figures(argc, argv);
    const auto& arguments = figures.arguments();
    if (arguments.size() != 5) {
        std::fputs("usage: train_step RESOLUTION CHANNELS BATCH SECONDS f32|bf16\n", stderr);
        return 2;
    }
    using clock = std::chrono::steady_clock;
    using namespace gan;
    const int64_t batch = std::stoi(arguments[2]);
    const double seconds = std::stod(arguments[3]);
    TrainConfig config{.resolution = std::stoi(arguments[0]),
                       .g_channels = std::stoi(arguments[1]),
                       .d_channels = std::stoi(arguments[1])};
    config.dim_z = config.resolution == 64 ? 60 : 48;
    config.shared_dim = 64;
    torch::manual_seed(0);
    const BigGanConfig g_config = generator_config(config, std::vector<std::string>(16, "class"));
    Generator g(g_config), average(g_config);
    Discriminator d(discriminator_config(config, 16));
    initialise(*g, Initialisation::Orthogonal);
    initialise(*d, Initialisation::Orthogonal);
    GanStep step(g, d, average,
                 {.ema_decay = 0.999, .compute = arguments[4] == "bf16" ? at::kBFloat16 : at::kFloat});
    const auto random_batch = [&] {
        return Batch{.z = torch::randn({batch, g_config.dim_z}),
                     .labels = torch::randint(16, {batch}, at::kLong),
                     .x = (torch::rand({batch, 3, config.resolution, config.resolution}) * 2 - 1)
                              .contiguous(at::MemoryFormat::ChannelsLast),
                     .y = torch::randint(16, {batch}, at::kLong)};
    };
    const std::vector<Batch> first{random_batch()}, second{random_batch()};
    int64_t count = 0;
    const auto once = [&] {
        const auto start = clock::now();
        step.discriminator_step(first);
        step.generator_step(second, ++count);
        return std::chrono::duration<double>(clock::now() - start).count();
    };
    once();
    once();
    std::vector<double> times;
    const auto began = clock::now();
    while (times.size() < 3 || std::chrono::duration<double>(clock::now() - began).count() < seconds)
        times.push_back(once());
    std::ranges::sort(times);
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    std::printf("{\"seconds\": %.6f, \"peak_bytes\": %lld}\n", times[times.size() / 2],
                static_cast<long long>(usage.ru_maxrss) * 1024);
    const std::string what =
        arguments[0] + " pixels, ch " + arguments[1] + ", batch " + arguments[2] + ", " + arguments[4];
    figures.add("a D and a G step, " + what, times[times.size() / 2] * 1e3, "ms");
    figures.add("memory at the most, " + what, static_cast<double>(usage.ru_maxrss) * 1024 / 1e6, "MB");
    return figures.finish();
}
