#include "runtime/abi/gan.h"
#include "runtime/base/pixel.h"
#include "runtime/picture/read_picture.h"
#include "tests/abi.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <future>
#include <limits>
#include <numeric>
#include <random>
#include <thread>

namespace gan {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono::steady_clock;

class AbiPicture : public Abi {
protected:
    static HostPicture picture_of(gan_patch patch, int64_t tick, uint32_t format,
                                  uint32_t encoding = GAN_SRGB, int64_t padding = 0) {
        HostPicture picture(64, 64, format, encoding, padding);
        EXPECT_EQ(gan_render(patch, tick, &picture.frame), GAN_OK) << error_of(patch);
        return picture;
    }
    /// The newest picture of a patch that plays, once there is one that is newer than `number`.
    static std::vector<uint8_t> newer_picture(gan_patch patch, uint64_t& number) {
        HostPicture picture;
        int result = GAN_PENDING;
        const auto end = steady_clock::now() + std::chrono::minutes(1);
        while (result == GAN_PENDING && steady_clock::now() < end) {
            result = gan_latest(patch, &picture.frame, &number);
            if (result == GAN_PENDING) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        EXPECT_EQ(result, GAN_OK) << error_of(patch);
        return std::move(picture.bytes);
    }
};

/// IEEE 754 binary16, as it is written down there.
double value_of_half(uint16_t half) {
    const int exponent = half >> 10 & 31, fraction = half & 1023;
    const double size =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    return half >> 15 != 0 ? -size : size;
}

std::vector<double> values_of_halves(const std::vector<uint16_t>& halves) {
    std::vector<double> values;
    for (uint16_t half : halves) values.push_back(value_of_half(half));
    return values;
}

double light_of(double shown) {  // IEC 61966-2-1
    return shown <= 0.04045 ? shown / 12.92 : std::pow((shown + 0.055) / 1.055, 2.4);
}

TEST_F(AbiPicture, EveryPatchThatComesAlongHasTheProgramsPictures) {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(GAN_ASSETS "/patches")) {
        const std::string path = entry.path().string();
        const HostPatch one(from_path(path));
        ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
        auto info = structure<gan_patch_info>();
        ASSERT_EQ(gan_info(one, &info), GAN_OK);
        const auto expected = of_program({path, "--frames", "3"});
        EXPECT_TRUE(rendered(one, 3, info.width, info.height) == expected) << path;
        ++count;
    }
    EXPECT_GE(count, 5);
}

// Without a Resize or a Grade the picture is the network's own, in floats.
TEST_F(AbiPicture, FloatsAreThePictureBeforeItIsRounded) {
    const HostPatch one(structure<gan_open_options>());
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    const auto bytes = rendered(one, 7);
    const auto floats = picture_of(one, 7, GAN_RGBA32F).numbers<float>();
    std::vector<uint8_t> rounded;
    for (float value : floats) rounded.push_back(quantised<uint8_t>(value));
    EXPECT_EQ(rounded, bytes);

    render({patch("first"), "--frames", "7", "--bits", "16", "--out", at("16.png")});
    const auto sixteen = std::get<Picture16>(read_picture(at("16.png")));
    ASSERT_EQ(sixteen.pixels.size(), 64u * 64 * 3);
    std::vector<uint16_t> finer;
    for (size_t i = 0; i < floats.size(); ++i)
        if (i % 4 != 3) finer.push_back(quantised<uint16_t>(floats[i]));
    EXPECT_EQ(finer, sixteen.pixels);
    for (size_t i = 3; i < floats.size(); i += 4) ASSERT_EQ(floats[i], 1) << "alpha";
}

// A half has eleven bits: the nearest to a number below 1 is at most 2^-12 away.
TEST_F(AbiPicture, HalvesAreTheFloatsRounded) {
    const HostPatch one(structure<gan_open_options>());
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    for (uint32_t encoding : {GAN_SRGB, GAN_LINEAR}) {
        const auto floats = picture_of(one, 7, GAN_RGBA32F, encoding).numbers<float>();
        const auto halves = values_of_halves(picture_of(one, 7, GAN_RGBA16F, encoding).numbers<uint16_t>());
        EXPECT_LE(max_difference(halves, floats), std::ldexp(1, -12));
        EXPECT_GT(max_difference(halves, floats), 0);
    }
}

// A sum, a quotient and their two constants are rounded to floats, each by up to 2^-24, which the power
// magnifies 2.4 times, and it is rounded itself: 4 * 2.4 + 1 such steps are below 2^-20.
TEST_F(AbiPicture, LinearIsLight) {
    const HostPatch one(structure<gan_open_options>());
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    const auto shown = picture_of(one, 7, GAN_RGBA32F).numbers<float>();
    const auto light = picture_of(one, 7, GAN_RGBA32F, GAN_LINEAR).numbers<float>();
    std::vector<double> expected;
    for (size_t i = 0; i < shown.size(); ++i) expected.push_back(i % 4 == 3 ? 1 : light_of(shown[i]));
    EXPECT_LE(max_difference(light, expected), std::ldexp(1, -20));
    EXPECT_GT(max_difference(light, shown), 0.1);
}

TEST_F(AbiPicture, DataArePlainNumbersInEitherEncoding) {
    json normals = exposing_patch();
    normals["nodes"].push_back({{"id", 21}, {"type", "image.normal_map"}});
    normals["links"]["21.image"] = "5.image";
    normals["links"]["6.image"] = "21.image";
    const std::string text = normals.dump();
    const HostPatch one(from_text(text));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    EXPECT_EQ(picture_of(one, 0, GAN_RGBA32F, GAN_LINEAR).bytes, picture_of(one, 0, GAN_RGBA32F).bytes);
    EXPECT_EQ(picture_of(one, 0, GAN_RGBA8, GAN_LINEAR).bytes, picture_of(one, 0, GAN_RGBA8).bytes);
}

TEST_F(AbiPicture, LeavesThePaddingAlone) {
    const HostPatch one(structure<gan_open_options>());
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    for (uint32_t format : {GAN_RGBA8, GAN_RGBA16F, GAN_RGBA32F}) {
        const HostPicture tight = picture_of(one, 3, format);
        const HostPicture loose = picture_of(one, 3, format, GAN_SRGB, 48);
        const auto row = static_cast<size_t>(tight.frame.stride);
        std::vector<uint8_t> pixels, padding;
        for (size_t i = 0; i < loose.bytes.size(); ++i)
            (i % (row + 48) < row ? pixels : padding).push_back(loose.bytes[i]);
        EXPECT_EQ(pixels, tight.bytes);
        EXPECT_THAT(padding, testing::Each(HostPicture::untouched));
    }
}

TEST_F(AbiPicture, OtherSizesAreThoseOfTheProgram) {
    const std::string path = patch("first");
    const HostPatch one(from_path(path));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    for (const auto& [width, height] : {std::pair{128u, 128u}, {200u, 31u}, {1u, 1u}, {1u, 300u}})
        EXPECT_EQ(rendered(one, 2, width, height),
                  of_program({path, "--frames", "2", "--size", fmt::format("{}x{}", width, height)}))
            << width << "x" << height;
}

TEST_F(AbiPicture, TicksInAnyOrderAreThoseOfTheProgram) {
    json swinging = exposing_patch();
    swinging["links"]["3.truncation"] = "7.value";
    for (const json& patch : {swinging, remembering_patch()}) {
        const std::string path = saved(patch);
        const HostPatch one(from_path(path)), other(from_path(path));
        ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
        ASSERT_EQ(other.opened, GAN_OK) << error_of(other);
        std::vector<std::vector<uint8_t>> in_order;
        for (int64_t tick = 0; tick < 24; ++tick) in_order.push_back(rendered(one, tick));
        std::vector<int64_t> ticks(24);
        std::iota(ticks.begin(), ticks.end(), 0);
        std::shuffle(ticks.begin(), ticks.end(), std::mt19937(5));
        for (int64_t tick : ticks)
            EXPECT_EQ(rendered(other, tick), in_order[static_cast<size_t>(tick)]) << tick;
        EXPECT_NE(in_order[19], in_order[20]);
        EXPECT_EQ(in_order[20], of_program({path, "--frames", "20"}));
    }
}

// Of what is worked out from the ticks before, nobody waits for the end of this one.
TEST_F(AbiPicture, ARenderingCanBeGivenUp) {
    json patch = remembering_patch();
    patch["nodes"][1]["exposed"]["seed"] = {{"name", "Seed"}};
    const std::string text = patch.dump();
    const HostPatch one(from_text(text));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    EXPECT_EQ(gan_set_number(one, "2.seed", 9), GAN_OK);
    const auto before = rendered(one, 3);
    auto rendering = std::async(std::launch::async, [&] {
        HostPicture picture;
        return gan_render(one, 900'000'000'000, &picture.frame);
    });
    // Again and again: the rendering may not have begun yet.
    while (rendering.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready)
        EXPECT_EQ(gan_cancel(one), GAN_OK);
    EXPECT_EQ(rendering.get(), GAN_ERROR_CANCELLED);
    EXPECT_EQ(rendered(one, 3), before) << "it stays open, with what was set";
}

TEST_F(AbiPicture, RateAndTempoSayWhenATickIs) {
    const HostPatch one(structure<gan_open_options>());
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    const auto at_half_a_beat = rendered(one, 15);
    EXPECT_NE(rendered(one, 30), at_half_a_beat);
    EXPECT_EQ(gan_set_tempo(one, 60), GAN_OK);
    EXPECT_EQ(rendered(one, 30), at_half_a_beat);
    EXPECT_EQ(gan_set_rate(one, 120, 1), GAN_OK);
    EXPECT_EQ(rendered(one, 60), at_half_a_beat);
    EXPECT_EQ(gan_set_rate(one, 1000, 1001), GAN_OK);
    EXPECT_EQ(gan_set_rate(one, 1, 1'000'000), GAN_OK);
    for (const auto& [num, den] :
         {std::pair{0, 1}, {1, 0}, {-1, 1}, {-1, -1}, {1'000'001, 1}, {1, 1'000'001}})
        EXPECT_EQ(gan_set_rate(one, num, den), GAN_ERROR_ARGUMENT) << num << "/" << den;
    for (double tempo : {0.0, 0.99, 1000.1, -60.0, std::nan(""), HUGE_VAL})
        EXPECT_EQ(gan_set_tempo(one, tempo), GAN_ERROR_ARGUMENT) << tempo;
    // Patches hold no such fraction: it is refused, and not another one taken instead.
    EXPECT_EQ(gan_set_rate(one, 1'234'567, 1'000'000), GAN_ERROR_ARGUMENT);
    auto info = structure<gan_patch_info>();
    EXPECT_EQ(gan_info(one, &info), GAN_OK);
    EXPECT_EQ(info.rate_num, 1);
    EXPECT_EQ(info.rate_den, 1'000'000);
    EXPECT_EQ(info.tempo, 60);
}

// At a tick every 1000 s only one is ever played here.
TEST_F(AbiPicture, PlaysFromTheTickThatWasSought) {
    const HostPatch one(structure<gan_open_options>());
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    EXPECT_EQ(gan_set_rate(one, 1, 1000), GAN_OK);
    EXPECT_EQ(gan_set_tempo(one, 1), GAN_OK);
    uint64_t number = 0;
    std::vector<std::vector<uint8_t>> played;
    for (int64_t tick = 41; tick < 49; ++tick) {  // often: no other tick may slip in while playing begins
        EXPECT_EQ(gan_seek(one, tick), GAN_OK);
        EXPECT_EQ(gan_play(one, 1), GAN_OK);
        const uint64_t before = number;
        played.push_back(newer_picture(one, number));
        EXPECT_EQ(number, before + 1) << "another tick's was shown before";
        HostPicture untouched;
        EXPECT_EQ(gan_latest(one, &untouched.frame, &number), GAN_PENDING) << "the host has it";
        EXPECT_EQ(gan_render(one, tick, &untouched.frame), GAN_ERROR_ORDER);
        EXPECT_EQ(gan_set_rate(one, 60, 1), GAN_ERROR_ORDER);
        EXPECT_NE(error_of(one), "");
        EXPECT_EQ(gan_play(one, 0), GAN_OK);
        EXPECT_EQ(gan_latest(one, &untouched.frame, &number), GAN_ERROR_ORDER);
        EXPECT_THAT(untouched.bytes, testing::Each(HostPicture::untouched));
    }
    for (int64_t tick = 41; tick < 49; ++tick)
        EXPECT_EQ(rendered(one, tick), played[static_cast<size_t>(tick - 41)]) << tick;
    EXPECT_NE(played[0], played[1]);
    HostPicture untouched;
    for (int64_t tick : {int64_t{-1}, std::numeric_limits<int64_t>::min()}) {
        EXPECT_EQ(gan_seek(one, tick), GAN_ERROR_ARGUMENT);
        EXPECT_EQ(gan_render(one, tick, &untouched.frame), GAN_ERROR_ARGUMENT);
    }
}

TEST_F(AbiPicture, PicturesThatPlayHaveNumbersThatRise) {
    const HostPatch one(structure<gan_open_options>());
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    EXPECT_EQ(gan_play(one, 1), GAN_OK);
    uint64_t number = 0;
    std::vector<uint8_t> last;
    bool moved = false;
    for (int i = 0; i < 12; ++i) {
        const uint64_t before = number;
        const auto picture = newer_picture(one, number);
        EXPECT_GT(number, before);
        moved = moved || (i > 0 && picture != last);
        last = picture;
    }
    EXPECT_TRUE(moved);
    HostPicture any;
    EXPECT_EQ(gan_latest(one, &any.frame, nullptr), GAN_OK) << "whichever there is";
    EXPECT_THAT(any.bytes, testing::Contains(testing::Ne(HostPicture::untouched)));
    EXPECT_EQ(gan_play(one, 0), GAN_OK);
}

TEST_F(AbiPicture, WhatIsSetWhileItPlaysIsShown) {
    const std::string text = exposing_patch().dump();
    const HostPatch one(from_text(text)), other(from_text(text));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    EXPECT_EQ(gan_set_number(other, "2.seed", 8), GAN_OK);
    const auto expected = rendered(other, 0);
    EXPECT_EQ(gan_play(one, 1), GAN_OK);
    uint64_t number = 0;
    EXPECT_NE(newer_picture(one, number), expected);
    EXPECT_EQ(gan_set_number(one, "2.seed", 8), GAN_OK);
    bool shown = false;
    for (int i = 0; i < 600 && !shown; ++i) shown = newer_picture(one, number) == expected;
    EXPECT_TRUE(shown);
    EXPECT_EQ(gan_play(one, 0), GAN_OK);
    EXPECT_EQ(rendered(one, 0), expected);
    EXPECT_EQ(gan_play(one, 1), GAN_OK);
    EXPECT_EQ(newer_picture(one, number), expected);
    EXPECT_EQ(gan_play(one, 0), GAN_OK);
}

TEST_F(AbiPicture, ManyInstancesKeepToThemselves) {
    const std::string text = exposing_patch().dump();
    const auto shows = [](gan_patch patch, int seed) {
        EXPECT_EQ(gan_set_number(patch, "2.seed", seed), GAN_OK);
        return rendered(patch, 0);
    };
    std::vector<std::vector<uint8_t>> expected;
    const HostPatch alone(from_text(text));
    ASSERT_EQ(alone.opened, GAN_OK) << error_of(alone);
    for (int seed = 0; seed < 20; ++seed) expected.push_back(shows(alone, seed));

    std::vector<HostPatch> all;
    for (int i = 0; i < 20; ++i) all.emplace_back(from_text(text), false);
    std::vector<std::thread> hosts;
    for (int i = 0; i < 20; ++i)
        hosts.emplace_back([&, i] {
            const gan_patch patch = all[static_cast<size_t>(i)];
            EXPECT_EQ(gan_wait(patch, -1), GAN_OK) << error_of(patch);
            for (int seed : {i, (i + 7) % 20})
                EXPECT_EQ(shows(patch, seed), expected[static_cast<size_t>(seed)]);
        });
    for (std::thread& host : hosts) host.join();
}

TEST_F(AbiPicture, ThreadsTakeTurnsOnOnePatch) {
    const HostPatch one(structure<gan_open_options>());
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    std::vector<std::vector<uint8_t>> expected;
    for (int64_t tick = 0; tick < 8; ++tick) expected.push_back(rendered(one, tick));
    std::vector<std::thread> hosts;
    for (int64_t host = 0; host < 4; ++host)
        hosts.emplace_back([&, host] {
            for (int64_t i = 0; i < 16; ++i) {
                const int64_t tick = (i * 3 + host) % 8;
                EXPECT_EQ(rendered(one, tick), expected[static_cast<size_t>(tick)]);
                auto info = structure<gan_patch_info>();
                EXPECT_EQ(gan_info(one, &info), GAN_OK);
            }
        });
    for (std::thread& host : hosts) host.join();
}

}  // namespace
}  // namespace gan
