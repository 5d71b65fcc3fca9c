#include "runtime/base/error.h"
#include "runtime/gpu/transfer.h"
#include "tests/gpu/fixture.h"
#include "tests/gpu/kernels.h"

#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <thread>
#include <vector>

namespace gan {
namespace {

constexpr uint64_t frame_count = 10'000;
constexpr ImageInfo small{.width = 64, .height = 48, .channels = 3};

size_t numbers(const ImageInfo& info) {
    return static_cast<size_t>(info.width) * info.height * info.channels;
}

/// What CUDA wrote, as it arrived in Vulkan's texture. 8-bit levels survive half floats of light: neighbours
/// are at least nine of a half's steps apart.
uint64_t checksum(const TextureRef& texture, const ImageInfo& info) {
    const std::vector<float> pixels = download(texture, info);
    const auto area = static_cast<uint64_t>(info.width) * info.height;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < area; ++i)
        for (uint64_t c = 0; c < 3; ++c)
            sum += share_of(static_cast<uint32_t>(std::lround(pixels[i * 3 + c] * 255)), c * area + i);
    return sum;
}

size_t descriptors() {
    size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
}

class CudaBridge : public CudaTest, public testing::WithParamInterface<FramePolicy> {};

TEST_P(CudaBridge, CarriesEveryFrameWithTheSameChecksumOnBothSides) {
    FrameBridge bridge(gpu->device(), {.info = small, .policy = GetParam()}, source.get());
    ASSERT_EQ(bridge.path(), "shared");
    const CudaArray<uint64_t> sums(frame_count + 1);
    std::vector<uint64_t> written;  // by the number that the bridge gave: the frame it was
    std::thread producer([&] {
        cudaSetDevice(0);
        for (uint64_t frame = 1; frame <= frame_count; ++frame) {
            const auto target = bridge.begin();
            if (!target) continue;
            write_frame(target->values.data(), numbers(small), frame, sums.get() + frame, stream);
            written.push_back(frame);
            bridge.publish(*target);
        }
        bridge.close();
    });
    std::vector<std::pair<uint64_t, uint64_t>> arrived;
    while (const auto frame = bridge.wait())
        arrived.emplace_back(frame->number, checksum(frame->texture, small));
    producer.join();
    ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    std::vector<uint64_t> expected(frame_count + 1);
    ASSERT_EQ(cudaMemcpy(expected.data(), sums.get(), expected.size() * 8, cudaMemcpyDeviceToHost),
              cudaSuccess);
    uint64_t last = 0;
    size_t wrong = 0;
    for (const auto& [number, sum] : arrived) {
        EXPECT_GT(number, last);
        last = number;
        wrong += sum != expected[written.at(number - 1)];
    }
    EXPECT_EQ(wrong, 0u) << "of " << arrived.size();
    const auto counters = bridge.counters();
    EXPECT_EQ(counters.host_bytes, 0u);
    EXPECT_EQ(last, counters.published) << "the newest always arrives";
    if (GetParam() == FramePolicy::Lock) {
        EXPECT_EQ(arrived.size(), frame_count);
        EXPECT_EQ(counters.dropped, 0u);
    }
    RecordProperty("frames", static_cast<int>(arrived.size()));
}

INSTANTIATE_TEST_SUITE_P(Policies, CudaBridge, testing::Values(FramePolicy::Latest, FramePolicy::Lock),
                         [](const auto& test) {
                             return test.param == FramePolicy::Latest ? "Latest" : "Lock";
                         });

using CudaBridges = CudaTest;

TEST_F(CudaBridges, AThousandSizesLeaveNeitherDescriptorsNorMemoryBehind) {
    const auto storm = [&](int times) {
        for (int i = 0; i < times; ++i) {
            const ImageInfo info{.width = 256 + i % 17, .height = 256 + i % 13, .channels = 3};
            FrameBridge bridge(gpu->device(), {.info = info}, source.get());
            ASSERT_EQ(bridge.path(), "shared");
            const auto target = bridge.begin();
            ASSERT_TRUE(target);
            const CudaArray<uint64_t> sum(1);
            write_frame(target->values.data(), numbers(info), i, sum.get(), stream);
            bridge.publish(*target);
            uint64_t expected = 0;
            const auto frame = bridge.take();
            ASSERT_TRUE(frame);
            const uint64_t arrived = checksum(frame->texture, info);
            ASSERT_EQ(cudaMemcpy(&expected, sum.get(), 8, cudaMemcpyDeviceToHost), cudaSuccess);
            ASSERT_EQ(arrived, expected) << "size " << i;
        }
    };
    storm(50);  // what drivers keep for themselves
    const size_t before = descriptors();
    size_t free_before = 0, free_after = 0, all = 0;
    cudaMemGetInfo(&free_before, &all);
    storm(1000);
    cudaMemGetInfo(&free_after, &all);
    EXPECT_EQ(descriptors(), before);
    // 3 slots of 0.8 MB: 1000 that leaked would be 2.4 GB. Drivers keep up to some MB in pools.
    EXPECT_LT(static_cast<double>(free_before) - static_cast<double>(free_after), 64e6);
}

/// A source whose device is another.
class Stranger final : public FrameSource {
public:
    std::string name() const override { return "the other GPU"; }
    std::array<uint8_t, 16> uuid() const override { return {1}; }
    void* import_memory(int descriptor, size_t, size_t) override {
        ::close(descriptor);
        throw Error("nothing is imported from another device");
    }
    void release_memory(void*) override {}
    void import_timelines(int, int) override {}
    void wait_shown(uint64_t) override {}
    void signal_written(uint64_t) override {}
    void finish() override {}
};

TEST_F(CudaBridges, AnotherDeviceMeansThePathThroughTheHost) {
    Stranger stranger;
    FrameBridge bridge(gpu->device(), {.info = small}, &stranger);
    EXPECT_EQ(bridge.path().find("staged: the other GPU's device and "), 0u) << bridge.path();
    const auto target = bridge.begin();
    ASSERT_TRUE(target);
    uint64_t expected = 0;
    for (size_t i = 0; i < target->values.size(); ++i) {
        target->values[i] = static_cast<float>(level_of(7, i)) / 255 * 2 - 1;
        expected += share_of(level_of(7, i), i);
    }
    bridge.publish(*target);
    const auto frame = bridge.take();
    ASSERT_TRUE(frame);
    EXPECT_EQ(checksum(frame->texture, small), expected);
    EXPECT_EQ(bridge.counters().host_bytes, numbers(small) * sizeof(float));
}

TEST_F(CudaBridges, WhatCannotBeImportedIsSaidAndClosed) {
    const int nothing = ::open("/dev/null", O_RDONLY);
    EXPECT_THROW(source->import_memory(nothing, 4096, 4096), Error);
    EXPECT_EQ(::fcntl(nothing, F_GETFD), -1) << "taken over, also when it fails";
    const int one = ::open("/dev/null", O_RDONLY), other = ::open("/dev/null", O_RDONLY);
    EXPECT_THROW(source->import_timelines(one, other), Error);
    EXPECT_EQ(::fcntl(one, F_GETFD), -1);
    EXPECT_EQ(::fcntl(other, F_GETFD), -1);
    EXPECT_THROW(open_cuda_frames(1000, stream), Error);
    FrameBridge bridge(gpu->device(), {.info = small}, source.get());
    EXPECT_EQ(bridge.path(), "shared") << "and what can be still is";
}

// A generator that takes long must not hold the thread that shows its pictures.
TEST_F(CudaBridges, ABusyDeviceHoldsNobodyOnTheProcessor) {
    FrameBridge bridge(gpu->device(), {.info = small}, source.get());
    const CudaArray<uint64_t> sum(1);
    const auto target = bridge.begin();
    ASSERT_TRUE(target);
    keep_busy(500, stream);
    write_frame(target->values.data(), numbers(small), 3, sum.get(), stream);
    bridge.publish(*target);
    const auto frame = bridge.take();
    EXPECT_EQ(cudaStreamQuery(stream), cudaErrorNotReady) << "both came back while the device was busy";
    ASSERT_TRUE(frame);
    const uint64_t arrived = checksum(frame->texture, small);  // waits
    uint64_t expected = 0;
    ASSERT_EQ(cudaMemcpy(&expected, sum.get(), 8, cudaMemcpyDeviceToHost), cudaSuccess);
    EXPECT_EQ(arrived, expected);
}

}  // namespace
}  // namespace gan
