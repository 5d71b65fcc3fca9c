#include "runtime/gpu/gpu.h"
#include "runtime/gpu/transfer.h"
#include "runtime/graph/performance.h"
#include "tests/picture_nodes.h"

#include <atomic>
#include <cstdlib>
#include <thread>

namespace gan {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class GpuTest : public PictureTest {
protected:
    template <class Work>
    static std::string failure(const Work& work) {
        try {
            work();
        } catch (const Error& error) {
            return error.what();
        }
        return {};
    }
};

TEST_F(GpuTest, APictureGoesThereAndBack) {
    const auto device = gpu().device();
    for (const auto& [width, height] : sizes())
        for (const int channels : {1, 3, 4}) {
            const ImageRef data = noisy({.width = width, .height = height, .channels = channels, .low = -2});
            EXPECT_EQ(download(upload(*device, *data, data->pixels()), *data), data->pixels());
            // Without alpha, under which little is left of a colour. Half floats: see grade_test.cpp.
            const ImageRef colour = noisy({.width = width,
                                           .height = height,
                                           .channels = channels,
                                           .encoding = Encoding::Srgb8,
                                           .low = 0.5f});
            expect_near(*std::make_shared<Image>(
                            *colour, download(upload(*device, *colour, colour->pixels()), *colour)),
                        Plane(*colour), 1e-3);
        }
}

// More rows than one buffer holds: 32 MB are 1024 rows of 2048 pixels of four floats.
TEST_F(GpuTest, ALargePictureGoesInBands) {
    const ImageRef data =
        painted({.width = 2048, .height = 1500, .channels = 4, .encoding = Encoding::Data32f},
                [](int x, int y, int c) { return x + 2048.0 * y + c / 4.0; });
    const auto device = gpu().device();
    EXPECT_EQ(download(upload(*device, *data, data->pixels()), *data), data->pixels());
}

TEST_F(GpuTest, MakesNothingNewForTheNextPicture) {
    const ImageRef picture = noisy({.width = 64, .height = 64});
    const auto round = [&] {
        ImageRef image = picture;
        for (int i = 0; i < 3; ++i) image = run_once("image.grade", {{"exposure", 0.5}}, {{"image", image}});
        return image->pixels();
    };
    const auto first = round();
    round();
    const auto before = gpu().device()->counters();
    for (int i = 0; i < 20; ++i) EXPECT_EQ(round(), first);
    const auto after = gpu().device()->counters();
    EXPECT_EQ(after.allocations, before.allocations);
    EXPECT_EQ(after.pipelines, before.pipelines);
    EXPECT_EQ(after.passes - before.passes, 20u * (3 + 1))
        << "the picture is uploaded once, and fetched each time";
}

// It works in order, so a window's frame waits for what it was given before: never a whole tick.
TEST_F(GpuTest, ASoftwareDriverIsNeverGivenMoreThanAFewPassesAtATime) {
    const auto device = gpu().device();
    device->wait(device->flush());
    const auto before = device->counters();
    ImageRef image = noisy({.width = 256, .height = 256});
    for (int i = 0; i < 24; ++i) {
        image = run_once("image.grade", {{"exposure", 0.5}}, {{"image", image}});
        const auto now = device->counters();
        EXPECT_GE(now.submissions - before.submissions, (now.passes - before.passes) / 4);
    }
    // Two pieces of four, and what does not fill one.
    EXPECT_LE(device->flush() - device->reached(), 3u);
    EXPECT_GE(device->counters().passes - before.passes, 24u);
}

// A plan prepares its nodes before the player has them, so that nothing is compiled while it plays.
TEST_F(GpuTest, ANodeThatWasPreparedCompilesNothingWhenItRuns) {
    Gpu own("software", true);
    Graph graph;
    graph.nodes[1] = {.type = "image.noise"};
    graph.nodes[2] = {.type = "image.sharpen"};
    graph.links[{2, "image"}] = {1, "image"};
    Desk desk(graph, builtin_nodes(), &own);
    const auto plan = desk.first_plan();
    const auto before = own.device()->counters();
    EXPECT_GE(before.pipelines, 3u);
    const Tick now{.gpu = &own};
    for (const Plan::Step& step : plan->steps) {
        for (const Plan::Link& link : step.links) link.input->link(link.source);
        step.instance->node->process(now);
    }
    const OutputBase& result = *plan->find(2)->instance->node->outputs().front();
    EXPECT_EQ(result.error(), "");
    EXPECT_FALSE(static_cast<const Output<ImageRef>&>(result).value()->pixels().empty());
    const auto after = own.device()->counters();
    EXPECT_GT(after.passes, before.passes);
    EXPECT_EQ(after.pipelines, before.pipelines);
}

TEST_F(GpuTest, WhatNobodyUsesIsFreed) {
    const auto device = gpu().device();
    const auto alive = device->counters().textures;
    for (int side = 100; side < 150; ++side) {
        device->texture(side, side, PixelFormat::Rgba16f);
        run("image.grade", {}, {{"image", noisy({})}})->pixels();
    }
    EXPECT_LT(device->counters().textures, alive + 20);
}

TEST_F(GpuTest, SizesThatItHasNotAreNamed) {
    const auto device = gpu().device();
    const int most = static_cast<int>(device->info().max_side);
    for (const auto& size : {std::pair{0, 4}, {4, 0}, {most + 1, 1}, {1, most + 1}})
        EXPECT_THAT(
            failure([&] { device->texture(size.first, size.second, PixelFormat::Rgba16f); }),
            HasSubstr(fmt::format("a picture of {}x{} pixels cannot be made", size.first, size.second)));
    EXPECT_EQ(device->texture(most, 1, PixelFormat::Rgba32f)->width, most);
}

TEST_F(GpuTest, OutOfMemoryIsASentenceAndGoesAway) {
    Gpu own("software", true);
    own.device()->inject({.allocation = 1});
    EXPECT_THAT(failure([&] { own.device()->texture(8, 8, PixelFormat::Rgba16f); }),
                HasSubstr("the GPU has not enough memory to keep a picture of 8x8; make pictures smaller"));
    EXPECT_EQ(own.device()->texture(8, 8, PixelFormat::Rgba16f)->width, 8);
    EXPECT_FALSE(own.take_loss());
}

TEST_F(GpuTest, WhatWaitsInThePoolGivesWayWhenMemoryRunsOut) {
    Gpu own("software", true);
    const auto device = own.device();
    device->texture(8, 8, PixelFormat::Rgba16f);
    device->inject({.allocation = 1});
    EXPECT_EQ(device->texture(9, 9, PixelFormat::Rgba16f)->width, 9);
    EXPECT_EQ(device->counters().textures, 1u);
}

TEST_F(GpuTest, ALostDeviceIsOpenedAgain) {
    Gpu own("software", true);
    const ImageRef picture = noisy({});
    const Tick here{.gpu = &own};
    Alone node("image.grade", {{"exposure", 1}});
    Source source;
    source.image = picture;
    node.link("image", source.image);
    const auto device = own.device();
    node.node->process(here);
    const ImageRef before = node.get<ImageRef>("image");
    device->inject({.submission = 1});
    EXPECT_THAT(failure([&] { before->pixels(); }), HasSubstr("the GPU stopped answering"));
    EXPECT_TRUE(own.take_loss());
    EXPECT_FALSE(own.take_loss());
    node.node->process(here);
    EXPECT_NE(own.device(), device);
    EXPECT_EQ(node.get<ImageRef>("image")->pixels(),
              run("image.grade", {{"exposure", 1}}, {{"image", picture}})->pixels());
}

TEST_F(GpuTest, IsChosenByNameKindOrUuid) {
    const auto instance = VulkanInstance::get();
    const GpuInfo& software = instance->find("software");
    EXPECT_EQ(software.kind, GpuInfo::Kind::Software);
    EXPECT_EQ(&instance->find(software.name.substr(0, 4)), &software);
    EXPECT_EQ(&instance->find(software.uuid_text()), &software);
    EXPECT_THAT(failure([&] { instance->find("Voodoo 2"); }),
                HasSubstr("there is no GPU called Voodoo 2; there are "));
    EXPECT_EQ(instance->gpus().back().kind, GpuInfo::Kind::Software) << "the last choice";
}

TEST_F(GpuTest, OfSeveralTheOneThatWasMeantIsTaken) {
    std::vector<GpuInfo> gpus(4);
    gpus[0].name = "Riva 128";
    gpus[1].name = "Riva TNT";
    gpus[1].uuid[0] = 0xab;
    gpus[2].name = "llvmpipe";
    gpus[2].kind = GpuInfo::Kind::Software;
    gpus[3].name = "Old Mach 64";
    gpus[3].fault = "its driver knows no Vulkan 1.2";
    EXPECT_EQ(&choose_gpu(gpus, ""), &gpus[0]);
    EXPECT_EQ(&choose_gpu(gpus, "tnt"), &gpus[1]);
    EXPECT_EQ(&choose_gpu(gpus, "ab000000-0000-0000-0000-000000000000"), &gpus[1]);
    EXPECT_EQ(&choose_gpu(gpus, "software"), &gpus[2]);
    EXPECT_THAT(failure([&] { choose_gpu(gpus, "mach"); }),
                HasSubstr("Old Mach 64 cannot be used: its driver knows no Vulkan 1.2"));
    EXPECT_THAT(failure([&] { choose_gpu(gpus, "Voodoo"); }),
                HasSubstr("there are Riva 128, Riva TNT, llvmpipe, Old Mach 64"));
    EXPECT_THAT(failure([&] { choose_gpu({}, ""); }), HasSubstr("install mesa-vulkan-drivers"));
}

// Textures come and go on the threads that hold pictures: recorders, the retire thread.
TEST_F(GpuTest, PicturesMayBeFetchedAndDroppedOnOtherThreads) {
    const ImageRef picture = noisy({.width = 33, .height = 21});
    const auto expected = run("image.grade", {{"gain", 2}}, {{"image", picture}})->pixels();
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 50; ++i) {
        const ImageRef image = run("image.grade", {{"gain", 2}}, {{"image", picture}});
        threads.emplace_back([&expected, &wrong, image] { wrong += image->pixels() != expected; });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace gan
