// The engine's pictures as textures of the GPU that it runs on, as a live Generator has them: that they are
// right, that none passes through the host, and how much longer they take than the engine alone.

#include "nodes/engine_pictures.h"
#include "runtime/gpu/cuda_frames.h"
#include "runtime/gpu/gpu.h"
#include "tests/gpu/cuda_engine.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>

namespace gan {
namespace {

/// An engine whose pictures a GPU shows.
struct ShownEngine {
    explicit ShownEngine(const Checkpoint& checkpoint, const EngineOptions& options)
        : engine(open_on_gpu(checkpoint, options)) {
        engine->prepare({}).get();
        const Program& program = engine->program();
        const ImageInfo info{.width = program.resolution,
                             .height = program.resolution,
                             .channels = program.image_channels,
                             .encoding = Encoding::Srgb32f};
        pictures = std::make_unique<EnginePictures>(
            gpu.device(), info, open_cuda_frames(engine->device(), engine->stream()), engine);
    }
    ImageRef make(const PictureRequest& asked) {
        return pictures->make([&](std::span<float> rgb) { engine->run(asked.request, rgb); });
    }

    Gpu gpu;
    std::shared_ptr<Engine> engine;
    std::unique_ptr<EnginePictures> pictures;
};

TEST(CudaPictures, AreTexturesThatNeverPassThroughTheHost) {
    ShownEngine shown(random_checkpoint(small_config(Family::BigGan, 64, 16), 24), {});
    ASSERT_TRUE(shown.pictures->shared()) << shown.pictures->path();
    const uint64_t before = shown.gpu.device()->counters().host_bytes;
    std::vector<ImageRef> images;
    for (uint64_t seed = 1; seed <= 50; ++seed)
        images.push_back(shown.make(PictureRequest(*shown.engine, {}, seed, 1)));
    EXPECT_EQ(shown.gpu.device()->counters().host_bytes, before);
    for (uint64_t seed = 1; seed <= 50; ++seed) {
        const std::vector<float> rgb = picture_of(*shown.engine, {}, seed);
        const std::vector<float>& pixels = images[seed - 1]->pixels();
        ASSERT_EQ(pixels.size(), rgb.size());
        const size_t area = rgb.size() / 3;
        float furthest = 0;
        for (size_t i = 0; i < rgb.size(); ++i)
            furthest = std::max(furthest, std::abs(pixels[i] - (rgb[i % 3 * area + i / 3] + 1) / 2));
        EXPECT_LT(furthest, 1e-3) << "half floats keep 11 bits of light; picture " << seed;
    }
}

TEST(CudaPictures, TakeLittleLongerThanTheEngineAlone) {
    const EngineOptions options{.precision = Precision::F16, .exact = false};
    ShownEngine shown(random_checkpoint(small_config(Family::BigGan, 128, 96), 24), options);
    ASSERT_TRUE(shown.pictures->shared()) << shown.pictures->path();
    const PictureRequest asked(*shown.engine, {}, 3, 1);
    const DeviceFloats target(shown.engine->picture_size({}));
    const auto median = [](const std::function<void()>& work) {
        std::vector<double> times;
        for (int i = 0; i < 550; ++i) {
            const auto start = std::chrono::steady_clock::now();
            work();
            const auto end = std::chrono::steady_clock::now();
            if (i >= 50) times.push_back(std::chrono::duration<double, std::milli>(end - start).count());
        }
        std::nth_element(times.begin(), times.begin() + 250, times.end());
        return times[250];
    };
    const double alone = median([&] {
        shown.engine->run(asked.request, target.span());
        cudaStreamSynchronize(static_cast<cudaStream_t>(shown.engine->stream()));
    });
    const auto device = shown.gpu.device();
    const uint64_t before = device->counters().host_bytes;
    const double as_texture = median([&] {
        const ImageRef image = shown.make(asked);
        device->wait(device->flush());
    });
    EXPECT_EQ(device->counters().host_bytes, before);
    std::printf(
        "BigGAN of 128 pixels, ch 96, f16: %.4f ms alone, %.4f ms to Vulkan's texture (to reach: 0.1 more)\n",
        alone, as_texture);
}

}  // namespace
}  // namespace gan
