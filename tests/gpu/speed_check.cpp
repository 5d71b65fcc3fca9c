// What a GPU is measured for: printed, and in the report. Bounds are printed beside them and not asserted;
// that no byte passes through the host is.
#include "shaders/shaders.h"
#include "tests/gpu/fixture.h"
#include "tests/gpu/kernels.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <vector>

namespace gan {
namespace {

constexpr ImageInfo large{.width = 1024, .height = 1024, .channels = 3};

double median_milliseconds(int rounds, const std::function<void()>& before,
                           const std::function<void()>& work) {
    std::vector<double> times;
    for (int i = 0; i < rounds; ++i) {
        before();
        const auto start = std::chrono::steady_clock::now();
        work();
        times.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
    return times[static_cast<size_t>(rounds) / 2];
}

using Speed = CudaTest;

TEST_F(Speed, OfTheBridge) {
    FrameBridge bridge(gpu->device(), {.info = large}, source.get());
    ASSERT_EQ(bridge.path(), "shared");
    const size_t count = 3 * 1024 * 1024;
    const CudaArray<uint64_t> sum(1);
    std::optional<FrameBridge::Target> target;
    std::optional<FrameBridge::Frame> frame;
    // A frame that CUDA has finished, until Vulkan's texture is.
    const double latency = median_milliseconds(
        1000,
        [&] {
            frame.reset();
            target = bridge.begin();
            write_frame(target->values.data(), count, 1, sum.get(), stream);
            source->finish();
        },
        [&] {
            bridge.publish(*target);
            frame = bridge.take();
            gpu->device()->wait(gpu->device()->flush());
        });
    // What a round over the driver costs by itself: an empty wait for the device.
    const double bare = median_milliseconds(
        1000, [] {}, [&] { cudaStreamSynchronize(stream); });
    EXPECT_EQ(bridge.counters().host_bytes, 0u);
    std::printf(
        "bridge, 1024x1024x3 floats, CUDA finished to Vulkan's texture finished: %.4f ms (to reach: 0.1)\n",
        latency);
    std::printf("an empty wait for CUDA: %.4f ms\n", bare);
}

struct GradeConstants {  // as shaders/grade.comp has them
    PassHeader header;
    float matrix[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    float contrast = 1.1f, lift = 0.01f, gamma = 1.05f, gain = 1.02f;
};

TEST_F(Speed, OfTenPassesOverOneMillionPixels) {
    const auto device = gpu->device();
    const GradeConstants constants{.header = {.width = 1024, .height = 1024}};
    const auto chain = [&] {
        TextureRef from = device->texture(1024, 1024, PixelFormat::Rgba16f);
        for (int i = 0; i < 10; ++i) {
            const TextureRef to = device->texture(1024, 1024, PixelFormat::Rgba16f);
            device->run({.shader = shaders::grade,
                         .inputs = {&from, 1},
                         .output = to,
                         .constants = std::as_bytes(std::span(&constants, 1)),
                         .width = 1024,
                         .height = 1024});
            from = to;
        }
        device->wait(device->flush());
    };
    for (int i = 0; i < 20; ++i) chain();
    const auto before = device->counters();
    const double time = median_milliseconds(
        1000, [] {}, chain);
    EXPECT_EQ(device->counters().allocations, before.allocations) << "no allocation a frame";
    EXPECT_EQ(device->counters().pipelines, before.pipelines);
    std::printf("ten passes of Grade, 1024x1024, recorded, run and waited for: %.4f ms (to reach: 1)\n",
                time);
}

}  // namespace
}  // namespace gan
