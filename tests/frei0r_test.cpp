// What hosts really do, call by call: FFmpeg 5.1, MLT 7.12, GStreamer 1.22.

#include "nodes/hosts/frei0r.h"
#include "tests/frei0r_host.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <limits>
#include <set>
#include <thread>

namespace gan {
namespace {

/// As in every frei0r host, the union that a value is passed in.
union Value {
    double number;
    const char* text;
};

// frei0r_src: parameters are a list, time is in whole milliseconds, rounded, and frames are asked for in
// order.
TEST_F(Frei0r, FFmpegSourceShowsEveryTick) {
    Frei0rModule plugin(GAN_FREI0R_SOURCE, RTLD_NOW | RTLD_LOCAL);
    ASSERT_GE(plugin.init(), 0);
    f0r_plugin_info_t info{};
    plugin.get_plugin_info(&info);
    EXPECT_EQ(info.plugin_type, F0R_PLUGIN_TYPE_SOURCE);
    EXPECT_EQ(info.color_model, F0R_COLOR_MODEL_RGBA8888);
    EXPECT_EQ(info.frei0r_version, 1);
    f0r_instance_t instance = plugin.construct(64, 64);
    ASSERT_NE(instance, nullptr);
    Value value{.text = path.c_str()};
    plugin.set_param_value(instance, &value, 0);
    EXPECT_GT(difference(meant(20, 64, 64), meant(21, 64, 64)), promised) << "or this test would see nothing";
    for (int64_t n = 0; n < 40; ++n) {
        std::vector<uint8_t> out(64 * 64 * 4);
        const int64_t milliseconds = (n * 1000 + 30) / 60;
        plugin.update(instance, static_cast<double>(milliseconds), nullptr,
                      reinterpret_cast<uint32_t*>(out.data()));
        expect_tick(out, n, 64, 64);
    }
    plugin.destruct(instance);
    plugin.deinit();
    plugin.close();
}

// The filter: an instance is made anew when the size changes; where rows are copied for their width, there is
// no time.
TEST_F(Frei0r, FFmpegFilterChangesThePictureThatComesIn) {
    const std::string through =
        saved({{"ganymede", 1},
               {"nodes", {{{"id", 1}, {"type", "image.input"}}, {{"id", 2}, {"type", "image.output"}}}},
               {"links", {{"2.image", "1.image"}}}},
              "through.ganymede");
    Frei0rModule plugin(GAN_FREI0R_FILTER, RTLD_NOW | RTLD_LOCAL);
    ASSERT_GE(plugin.init(), 0);
    f0r_plugin_info_t info{};
    plugin.get_plugin_info(&info);
    EXPECT_EQ(info.plugin_type, F0R_PLUGIN_TYPE_FILTER);
    for (unsigned width : {64u, 101u}) {
        Frei0rInstance instance(plugin, width, 77);
        instance.set("patch", through);
        for (int n = 0; n < 3; ++n) {
            std::vector<uint8_t> in(size_t{width} * 77 * 4, 255);
            for (size_t i = 0; i < in.size(); ++i)
                if (i % 4 != 3) in[i] = static_cast<uint8_t>(i * 7 + static_cast<size_t>(n) * 50);
            constexpr double no_time = -9.2e18 / rate * 1000;
            EXPECT_LE(difference(instance.at(width == 101 ? no_time : n * 1000 / rate, in), in), promised);
        }
    }
    Frei0rInstance source(plugin, 16, 16);
    source.set("patch", path);  // makes pictures, and takes none
    const std::vector<uint8_t> in(16 * 16 * 4, 77);
    EXPECT_EQ(source.at(0, in), in);
    plugin.deinit();
}

TEST_F(Frei0r, WithoutATimeEveryPictureIsTheNextTick) {
    Frei0rModule plugin(GAN_FREI0R_SOURCE, RTLD_NOW | RTLD_LOCAL);
    Frei0rInstance instance(plugin, 32, 32);
    instance.set("patch", path);
    for (int64_t n = 0; n < 3; ++n) expect_tick(instance.at(-1.5e20), n, 32, 32);
    expect_tick(instance.at(std::numeric_limits<double>::quiet_NaN()), 3, 32, 32);
}

// MLT opens every plugin when it starts, asks for what it is before f0r_init(), and closes it; the same
// again, with an instance for the defaults, for a list of effects.
TEST_F(Frei0r, MltScansAndProbesWithoutLibraryOrModel) {
    ::setenv("GANYMEDE_LIBRARY", "/nowhere/libganymede.so", 1);
    const auto began = std::chrono::steady_clock::now();
    for (const char* file : {GAN_FREI0R_SOURCE, GAN_FREI0R_FILTER}) {
        Frei0rModule scanned(file, RTLD_LAZY);
        f0r_plugin_info_t info{};
        scanned.get_plugin_info(&info);
        EXPECT_THAT(info.name, testing::StartsWith("Ganymede"));
        scanned.close();
        Frei0rModule probed(file, RTLD_LAZY);
        EXPECT_EQ(probed.init(), 1);
        probed.get_plugin_info(&info);
        f0r_instance_t instance = probed.construct(720, 576);
        ASSERT_NE(instance, nullptr);
        std::set<std::string> names;
        for (int i = 0; i < info.num_params; ++i) {
            f0r_param_info_t param{};
            probed.get_param_info(&param, i);
            EXPECT_NE(param.explanation, nullptr);
            names.insert(param.name);
            Value value{.number = -1};
            probed.get_param_value(instance, &value, i);
            if (param.type == F0R_PARAM_STRING)
                EXPECT_STREQ(value.text, "");
            else
                EXPECT_TRUE(value.number >= 0 && value.number <= 1) << param.name;
        }
        EXPECT_EQ(names.size(), static_cast<size_t>(info.num_params));
        for (const char* taken : {"name", "parent", "threads", "in", "out", "length", "resource", "blocksize",
                                  "num-buffers", "is-live", "do-timestamp"})
            EXPECT_FALSE(names.contains(taken)) << taken;
        probed.destruct(instance);
        probed.deinit();
    }
    // Microseconds; a second is for machines that do much else.
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
}

// A service for each clip, one instance for each thread; parameters are set before every frame; f0r_deinit()
// comes before instances are destructed.
TEST_F(Frei0r, MltRendersInThreadsAndClosesInItsOwnOrder) {
    Frei0rModule one(GAN_FREI0R_SOURCE, RTLD_LAZY), two(GAN_FREI0R_SOURCE, RTLD_LAZY);
    for (const Frei0rModule* service : {&one, &two}) {
        f0r_plugin_info_t info{};
        service->get_plugin_info(&info);
        EXPECT_EQ(service->init(), 1);
    }
    constexpr int count = 3;
    std::vector<f0r_instance_t> instances(count);
    std::vector<std::vector<uint8_t>> pictures(4 * count);
    std::vector<std::thread> threads;
    for (int t = 0; t < count; ++t)
        threads.emplace_back([&, t] {
            instances[t] = one.construct(40, 30);
            for (int n = t; n < 4 * count; n += count) {
                Value value{.text = path.c_str()};
                one.set_param_value(instances[t], &value, 0);
                value.number = 1;
                one.set_param_value(instances[t], &value, one.index("wait"));
                pictures[n].resize(40 * 30 * 4);
                one.update(instances[t], n / rate, nullptr, reinterpret_cast<uint32_t*>(pictures[n].data()));
            }
        });
    for (std::thread& thread : threads) thread.join();
    for (int n = 0; n < 4 * count; ++n) expect_tick(pictures[n], n, 40, 30);
    one.deinit();
    for (f0r_instance_t instance : instances) one.destruct(instance);
    two.deinit();
    one.close();
}

// With its property `threads`, MLT builds one instance of the height of a band, and updates it for all bands
// at once.
TEST_F(Frei0r, MltBandsAreUpdatedAtOnceOnOneInstance) {
    Frei0rModule plugin(GAN_FREI0R_SOURCE, RTLD_LAZY);
    constexpr unsigned bands = 4;
    Frei0rInstance instance(plugin, 48, 36 / bands);
    instance.set("patch", path);
    for (int n = 0; n < 5; ++n) {
        std::vector<std::vector<uint8_t>> pictures(bands);
        std::vector<std::thread> threads;
        for (unsigned band = 0; band < bands; ++band)
            threads.emplace_back([&, band] { pictures[band] = instance.at(n / rate); });
        instance.set("dial 8", n / 5.0);  // of nothing; set meanwhile
        for (std::thread& thread : threads) thread.join();
        for (const auto& picture : pictures) expect_tick(picture, n, 48, 36 / bands);
    }
}

TEST_F(Frei0r, AnEditorMayJump) {
    Frei0rModule plugin(GAN_FREI0R_SOURCE, RTLD_LAZY);
    Frei0rInstance instance(plugin, 32, 32);
    instance.set("patch", path);
    for (double tick : {0., 1., 300., 299., 3., 300., 301.})
        expect_tick(instance.at(tick / rate), static_cast<int64_t>(tick), 32, 32);
    // Only steps of whole seconds: such a host must be told of.
    Frei0rInstance slow(plugin, 32, 32);
    slow.set("patch", path);
    slow.set("time unit", 0.5);
    for (double second : {0., 2., 4.})
        expect_tick(slow.at(second), static_cast<int64_t>(second * rate), 32, 32);
    slow.set("time unit", 1);
    expect_tick(slow.at(0.25), 0, 32, 32);
}

// GStreamer refuses a plugin whose f0r_init() returns 0, constructs while it scans and again for its class,
// and sets every parameter to its default; nothing is ever closed.
TEST_F(Frei0r, GStreamerConstructsTwiceAndCutsNanosecondsOff) {
    static const auto* const plugin = new Frei0rModule(GAN_FREI0R_SOURCE, RTLD_LAZY | RTLD_LOCAL);
    ASSERT_NE(plugin->init(), 0);
    f0r_plugin_info_t info{};
    plugin->get_plugin_info(&info);
    std::vector<Value> defaults(static_cast<size_t>(info.num_params));
    f0r_instance_t instance = nullptr;
    for (int time = 0; time < 2; ++time) {
        instance = plugin->construct(640, 480);
        ASSERT_NE(instance, nullptr);
        for (int i = 0; i < info.num_params; ++i) {
            f0r_param_info_t param{};
            plugin->get_param_info(&param, i);
            Value& value = defaults[static_cast<size_t>(i)];
            plugin->get_param_value(instance, &value, i);
            if (param.type == F0R_PARAM_STRING) value.text = "";  // a copy of the host's
        }
        plugin->destruct(instance);
    }
    defaults[0].text = path.c_str();
    instance = plugin->construct(101, 77);
    for (int i = 0; i < info.num_params; ++i)
        plugin->set_param_value(instance, &defaults[static_cast<size_t>(i)], i);
    for (int64_t n = 0; n < 30; ++n) {
        std::vector<uint8_t> out(101 * 77 * 4);
        const int64_t nanoseconds = n * 1'000'000'000 / 60;
        plugin->update(instance, static_cast<double>(nanoseconds) / 1e9, nullptr,
                       reinterpret_cast<uint32_t*>(out.data()));
        expect_tick(out, n, 101, 77);
    }
    plugin->destruct(instance);
}

}  // namespace
}  // namespace gan
