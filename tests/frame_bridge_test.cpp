#include "runtime/gpu/frame_bridge.h"
#include "nodes/engine_pictures.h"
#include "runtime/base/error.h"
#include "runtime/gpu/cuda_frames.h"
#include "runtime/gpu/transfer.h"
#include "tests/picture_nodes.h"
#include "tests/support.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <thread>

namespace gan {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// What stands in for CUDA: a second device of the software driver, which imports what the first exported and
/// writes it through a mapping. That driver exports no timelines, so the processor keeps the time.
class SecondDevice final : public FrameSource {
public:
    explicit SecondDevice(const GpuInfo& gpu) : gpu_(gpu) {
        const float priority = 1;
        const VkDeviceQueueCreateInfo queue{.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
                                            .queueCount = 1,
                                            .pQueuePriorities = &priority};
        const char* extensions[] = {VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME};
        const VkDeviceCreateInfo info{.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                                      .queueCreateInfoCount = 1,
                                      .pQueueCreateInfos = &queue,
                                      .enabledExtensionCount = 1,
                                      .ppEnabledExtensionNames = extensions};
        check(vkCreateDevice(gpu.handle, &info, nullptr, &device_), "open a second device");
    }
    ~SecondDevice() override { vkDestroyDevice(device_, nullptr); }
    std::string name() const override { return "the second device"; }
    std::array<uint8_t, 16> uuid() const override { return stranger ? std::array<uint8_t, 16>{} : gpu_.uuid; }

    void* import_memory(int descriptor, size_t allocation, size_t bytes) override {
        if (refuses) {
            ::close(descriptor);
            throw Error("the second device is busy");
        }
        const VkImportMemoryFdInfoKHR imported{.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR,
                                               .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT,
                                               .fd = descriptor};
        const VkMemoryAllocateInfo info{.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                                        .pNext = &imported,
                                        .allocationSize = allocation};
        VkDeviceMemory memory = VK_NULL_HANDLE;
        check(vkAllocateMemory(device_, &info, nullptr, &memory), "import memory");
        EXPECT_EQ(::fcntl(descriptor, F_GETFD), -1) << "an imported descriptor is the driver's";
        void* address = nullptr;
        check(vkMapMemory(device_, memory, 0, bytes, 0, &address), "map memory");
        memories_[address] = memory;
        return address;
    }
    void release_memory(void* address) override {
        vkFreeMemory(device_, memories_.at(address), nullptr);
        memories_.erase(address);
    }
    void import_timelines(int written, int shown) override {
        ADD_FAILURE() << "the software driver exports none";
        ::close(written);
        ::close(shown);
    }
    void wait_shown(uint64_t) override { ADD_FAILURE() << "the processor waits"; }
    void signal_written(uint64_t) override { ADD_FAILURE() << "the processor waits"; }
    void finish() override { ++finished; }
    size_t mapped() const { return memories_.size(); }

    bool stranger = false;
    bool refuses = false;
    int finished = 0;

private:
    const GpuInfo& gpu_;
    VkDevice device_ = VK_NULL_HANDLE;
    std::map<void*, VkDeviceMemory> memories_;
};

/// A frame's number, told by every pixel of it, as sRGB.
float shade(uint64_t frame) {
    return static_cast<float>(frame % 200 + 30) / 255;
}

constexpr ImageInfo small{.width = 8, .height = 8, .channels = 1};

class Bridge : public PictureTest, public testing::WithParamInterface<std::tuple<bool, FramePolicy>> {
protected:
    static std::unique_ptr<SecondDevice> source_if(bool shared) {
        return shared ? std::make_unique<SecondDevice>(gpu().device()->info()) : nullptr;
    }
    static void write(FrameBridge& bridge, uint64_t frame) {
        if (const auto target = bridge.begin()) {
            std::fill(target->values.begin(), target->values.end(), 2 * shade(frame) - 1);
            bridge.publish(*target);
        }
    }
};

TEST_P(Bridge, CarriesEveryFrameWholeAndInOrder) {
    const auto [shared, policy] = GetParam();
    const auto source = source_if(shared);
    FrameBridge bridge(gpu().device(), {.info = small, .policy = policy}, source.get());
    ASSERT_EQ(bridge.shared(), shared) << bridge.path();
    std::thread producer([&] {
        for (uint64_t frame = 1; frame <= frames(); ++frame) {
            write(bridge, frame);
            if (frame % 7 == 0) std::this_thread::yield();
        }
        bridge.close();
    });
    uint64_t taken = 0;
    uint64_t last = 0;
    bool whole = true;
    bool ordered = true;
    bool right = true;
    while (const auto frame = bridge.wait()) {
        const std::vector<float> pixels = download(frame->texture, small);
        ++taken;
        whole &= std::all_of(pixels.begin(), pixels.end(), [&](float v) { return v == pixels[0]; });
        ordered &= frame->number > last;
        // Half floats keep 11 bits of light.
        if (policy == FramePolicy::Lock) right &= std::abs(pixels[0] - shade(frame->number)) < 1e-3;
        last = frame->number;
    }
    producer.join();
    EXPECT_TRUE(whole && ordered && right);
    const auto counters = bridge.counters();
    EXPECT_EQ(counters.taken, taken);
    EXPECT_EQ(last, counters.published) << "the newest always arrives";
    if (policy == FramePolicy::Lock) {
        EXPECT_EQ(taken, frames());
        EXPECT_EQ(counters.dropped, 0u);
    } else {
        EXPECT_EQ(taken + counters.dropped, frames());
    }
    EXPECT_EQ(counters.host_bytes, shared ? 0u : counters.published * 8 * 8 * sizeof(float));
}

INSTANTIATE_TEST_SUITE_P(All, Bridge,
                         testing::Combine(testing::Bool(),
                                          testing::Values(FramePolicy::Latest, FramePolicy::Lock)),
                         [](const auto& test) {
                             return std::string(std::get<0>(test.param) ? "Shared" : "Staged") +
                                    (std::get<1>(test.param) == FramePolicy::Latest ? "Latest" : "Lock");
                         });

using BridgePaths = Bridge;

TEST_F(BridgePaths, SayWhyTheyAreWhatTheyAre) {
    const auto device = gpu().device();
    EXPECT_EQ(FrameBridge(device, {.info = small}).path(), "staged: the engine writes host memory");
    const auto source = source_if(true);
    EXPECT_THAT(FrameBridge(device, {.info = small}, source.get()).path(), StartsWith("shared"));
    EXPECT_EQ(FrameBridge(device, {.info = small, .shared = false}, source.get()).path(),
              "staged: asked for");
    source->stranger = true;
    EXPECT_EQ(FrameBridge(device, {.info = small}, source.get()).path(),
              "staged: the second device's device and " + device->info().name + " differ");
    source->stranger = false;
    source->refuses = true;
    FrameBridge refused(device, {.info = small}, source.get());
    EXPECT_EQ(refused.path(), "staged: the second device is busy");
    write(refused, 1);
    EXPECT_TRUE(refused.take()) << "and it works";
}

// Compiled wherever nvcc is; run where a GPU is, by tests/gpu/check.
TEST_F(BridgePaths, CudaWithoutADriverIsASentence) {
    if (std::filesystem::exists("/proc/driver/nvidia/version")) GTEST_SKIP() << "there is a driver";
    try {
        open_cuda_frames(0, nullptr);
        FAIL() << "a CUDA device without a driver";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("there is no NVIDIA driver for CUDA 13 here"));
    }
}

TEST_F(BridgePaths, AColourFrameBecomesThePictureItWas) {
    const ImageInfo info{.width = 7, .height = 5, .channels = 3};
    const ImageRef picture = noisy({.width = 7, .height = 5, .encoding = Encoding::Srgb32f});
    FrameBridge bridge(gpu().device(), {.info = info});
    const auto target = bridge.begin();
    for (size_t c = 0; c < 3; ++c)
        for (size_t i = 0; i < 35; ++i) target->values[c * 35 + i] = 2 * picture->pixels()[i * 3 + c] - 1;
    bridge.publish(*target);
    const Image result(info, download(bridge.take()->texture, info));
    expect_near(result, Plane(*picture), 1e-3);  // half floats: see grade_test.cpp
}

size_t descriptors() {
    size_t count = 0;
    DIR* folder = ::opendir("/proc/self/fd");
    while (::readdir(folder) != nullptr) ++count;
    ::closedir(folder);
    return count;
}

// What a generator does whose network runs on the GPU that shows its pictures.
TEST_F(BridgePaths, WhatAnEngineWritesOnTheGpuIsAPictureThatNeverPassedThroughTheHost) {
    const auto device = gpu().device();
    const ImageInfo info{
        .width = 8, .height = 4, .channels = 3, .encoding = Encoding::Srgb32f, .wrap_x = true};
    auto source = source_if(true);
    SecondDevice& second = *source;
    const auto engine = std::make_shared<int>(0);
    std::vector<ImageRef> kept;
    {
        EnginePictures pictures(device, info, std::move(source), engine);
        ASSERT_TRUE(pictures.shared()) << pictures.path();
        EXPECT_EQ(engine.use_count(), 2) << "it must not end before its pictures";
        const uint64_t before = device->counters().host_bytes;
        for (int n = 0; n < 20; ++n)
            kept.push_back(pictures.make([&](std::span<float> rgb) {
                ASSERT_EQ(rgb.size(), 96u);
                for (size_t i = 0; i < rgb.size(); ++i)
                    rgb[i] = 2 * (static_cast<float>(i) + static_cast<float>(n)) / 128 - 1;
            }));
        EXPECT_EQ(device->counters().host_bytes, before);
        EXPECT_GE(second.finished, 20);
        // What cannot be written leaves room for the next.
        for (int n = 0; n < 10; ++n)
            EXPECT_THROW(pictures.make([](std::span<float>) { throw Error("the network failed"); }), Error);
        kept.push_back(pictures.make([](std::span<float> rgb) { std::fill(rgb.begin(), rgb.end(), 1.0f); }));
    }
    EXPECT_EQ(engine.use_count(), 1);
    for (size_t n = 0; n < 20; ++n) {
        ASSERT_NE(kept[n]->device(), nullptr);
        EXPECT_EQ(kept[n]->encoding, Encoding::Linear16f);
        EXPECT_TRUE(kept[n]->wrap_x);
        const std::vector<float>& pixels = kept[n]->pixels();
        ASSERT_EQ(pixels.size(), 96u);
        for (size_t i = 0; i < pixels.size(); ++i) {
            // Planar there, interleaved here; half floats keep 11 bits of light.
            const size_t planar = i % 3 * 32 + i / 3;
            EXPECT_NEAR(pixels[i], (static_cast<float>(planar) + static_cast<float>(n)) / 128, 1e-3);
        }
    }
    EXPECT_NEAR(kept.back()->pixels()[0], 1, 1e-3);
}

// Every change of size makes a new bridge.
TEST_F(BridgePaths, AThousandSizesLeaveNothingBehind) {
    const auto source = source_if(true);
    const auto device = gpu().device();
    const size_t before = descriptors();
    for (int i = 0; i < 1000; ++i) {
        FrameBridge bridge(device, {.info = {.width = 1 + i % 17, .height = 1 + i % 13, .channels = 3}},
                           source.get());
        EXPECT_EQ(source->mapped(), 3u);
        if (i % 50 == 0) {
            write(bridge, 1);
            EXPECT_TRUE(bridge.take());
        }
    }
    EXPECT_EQ(source->mapped(), 0u);
    EXPECT_EQ(descriptors(), before);
}

}  // namespace
}  // namespace gan
