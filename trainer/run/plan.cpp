#include "trainer/run/plan.h"

#include "runtime/base/error.h"
#include "trainer/device.h"
#include "trainer/libtorch.h"
#include "trainer/recipe/augment.h"
#include "trainer/run/batches.h"
#include "trainer/run/initial.h"

#include <ATen/DeviceAccelerator.h>

#include <algorithm>
#include <chrono>
#include <fstream>

namespace gan {
namespace {

/// A line "name:  value kB" of a file of /proc, in bytes; 0 without it.
int64_t bytes_of(const char* file, const std::string& name) {
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(name + ":")) return std::stoll(line.substr(name.size() + 1)) * 1024;
    return 0;
}

int64_t count(const torch::nn::Module& module) {
    int64_t sum = 0;
    for (const auto& parameter : module.parameters()) sum += parameter.numel();
    return sum;
}

struct Taken {
    int64_t peak = 0;  // bytes of the process
    double d_seconds = 0, g_seconds = 0;
};

int64_t free_memory(at::Device device) {
    if (device.is_cpu()) return bytes_of("/proc/meminfo", "MemAvailable");
    return static_cast<int64_t>(at::accelerator::getMemoryInfo(device.index()).first);
}

void forget_peak(at::Device device) {
    if (device.is_cpu())
        std::ofstream("/proc/self/clear_refs") << "5";
    else
        at::accelerator::resetPeakStats(device.index());
}

/// The most memory that the process, or LibTorch on a GPU, has held since forget_peak().
int64_t peak_memory(at::Device device) {
    if (device.is_cpu()) return bytes_of("/proc/self/status", "VmHWM");
    constexpr size_t all = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
    return at::accelerator::getDeviceStats(device.index()).allocated_bytes[all].peak;
}

/// One step of D and of G, of one micro-batch.
Taken step(GanStep& networks, const Batches& batches, int64_t number) {
    const at::Device device = networks.generator->device();
    forget_peak(device);
    const Batch real = batches.for_discriminator(number, 0), fake = batches.for_generator(number, 0);
    using clock = std::chrono::steady_clock;
    const auto begun = clock::now();
    networks.discriminator_step({&real, 1});
    const auto halfway = clock::now();
    networks.generator_step({&fake, 1}, number);
    const auto seconds = [](clock::duration time) { return std::chrono::duration<double>(time).count(); };
    return {peak_memory(device), seconds(halfway - begun), seconds(clock::now() - halfway)};
}

}  // namespace

TrainPlan make_plan(const TrainConfig& config, const Dataset& data) {
    TrainPlan plan{.available_bytes = free_memory(open_device(config.device))};
    const BigGanConfig generator = generator_config(config, data.class_names());
    int augmented_calls = 0;
    const auto networks = make_networks(config, generator, data.classes(), [&](const at::Tensor& x) {
        return augmented(x, augmentation(config), config.seed, 1, augmented_calls++);
    });
    plan.generator_parameters = count(*networks->generator);
    plan.discriminator_parameters = count(*networks->discriminator);

    int64_t number = 0;
    const auto peak = [&](int batch) {
        TrainConfig small = config;
        small.batch = batch;
        const Batches batches(data, small, generator);
        step(*networks, batches, ++number);
        return step(*networks, batches, ++number).peak;
    };
    const int few = std::clamp(config.batch / 4, 1, 4), more = 2 * few;
    const int64_t at_few = peak(few), at_more = peak(more);
    const double each = std::max(static_cast<double>(at_more - at_few) / (more - few), 1.0);
    const auto bytes_at = [&](double batch) { return static_cast<double>(at_few) + each * (batch - few); };
    plan.predicted_bytes = static_cast<int64_t>(bytes_at(config.batch));
    while (bytes_at(static_cast<double>(config.batch) / std::max(plan.accumulate, 1)) >
               0.9 * static_cast<double>(plan.available_bytes) &&
           plan.accumulate < config.batch)
        plan.accumulate = std::max(2, plan.accumulate * 2);
    if (plan.accumulate > 0) return plan;

    std::vector<double> times;
    const Batches batches(data, config, generator);
    for (int i = 0; i < 3; ++i) {
        const Taken taken = step(*networks, batches, ++number);
        plan.measured_bytes = std::max(plan.measured_bytes, taken.peak);
        times.push_back((taken.d_seconds * config.d_steps + taken.g_seconds) * config.accumulate);
    }
    std::ranges::sort(times);
    plan.seconds = times[1];
    return plan;
}

std::string TrainPlan::text(const TrainConfig& config) const {
    const auto gigabytes = [](int64_t bytes) {
        return fmt::format("{:.2f} GB", static_cast<double>(bytes) * 1e-9);
    };
    std::string text = fmt::format(
        "generator      {:.2f} million parameters\ndiscriminator  {:.2f} million parameters\n"
        "memory         {} at the peak by small batches, of {} that are free\n",
        static_cast<double>(generator_parameters) * 1e-6,
        static_cast<double>(discriminator_parameters) * 1e-6, gigabytes(predicted_bytes),
        gigabytes(available_bytes));
    if (accumulate > 0) {
        const int batch = std::max(1, config.batch / accumulate);
        return text + fmt::format("               which does not fit: take --batch {} --accumulate {}\n",
                                  batch, config.accumulate * (config.batch / batch));
    }
    return text + fmt::format(
                      "               {} measured\n"
                      "time           {:.2f} s a step, {:.1f} pictures/s; {:.1f} h for {} steps\n",
                      gigabytes(measured_bytes), seconds,
                      static_cast<double>(config.batch) * config.accumulate * config.d_steps / seconds,
                      seconds * static_cast<double>(config.steps) / 3600, config.steps);
}

}  // namespace gan
