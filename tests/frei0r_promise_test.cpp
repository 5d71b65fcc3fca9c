// What a frei0r plugin promises to every host.

#include "nodes/hosts/frei0r.h"
#include "tests/frei0r_host.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cfenv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

namespace gan {
namespace {

// Of a live instance, GStreamer passes the text where the address of the text should be.
TEST_F(Frei0r, ATextIsUnderstoodBothWays) {
    Frei0rModule plugin(GAN_FREI0R_SOURCE, RTLD_LAZY);
    f0r_instance_t instance = plugin.construct(8, 8);
    const auto set = [&](const void* value) {
        plugin.set_param_value(instance, const_cast<void*>(value), 0);
        const char* text = nullptr;
        plugin.get_param_value(instance, &text, 0);
        return std::string(text);
    };
    const long page = ::sysconf(_SC_PAGESIZE);
    auto* end = static_cast<char*>(
        ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ASSERT_EQ(::mprotect(end + page, page, PROT_NONE), 0);
    end += page;  // nothing from here on can be read
    for (const std::string& text :
         {std::string("/home/someone/show.ganymede"), std::string("/a.ganymede"), std::string("/a/b.gy"),
          std::string("a"), std::string(), std::string("\xc3\xa4\xc3\xb6 \xe2\x82\xac")}) {
        const char* address = text.c_str();
        EXPECT_EQ(set(&address), text);
        EXPECT_EQ(set(std::memcpy(end - text.size() - 1, text.c_str(), text.size() + 1)), text) << "itself";
        const std::string long_text = text + "/and/some/more/of/it.ganymede";
        for (size_t shift = 0; shift < 8; ++shift) {
            std::string moved = std::string(shift, '-') + long_text;
            EXPECT_EQ(set(moved.c_str() + shift), long_text);
        }
    }
    alignas(8) const char five[8] = "/a.gy";
    EXPECT_EQ(set(five), five);
    std::memset(end - 16, 'x', 16);
    EXPECT_EQ(set(end - 16), std::string(16, 'x')) << "a text without an end stops where memory does";
    EXPECT_EQ(set(nullptr), "");
    const char* none = nullptr;
    EXPECT_EQ(set(&none), "");
    plugin.destruct(instance);
}

TEST_F(Frei0r, DialsGoFromTheLeastOverThePatchsOwnToTheGreatest) {
    Frei0rModule plugin(GAN_FREI0R_SOURCE, RTLD_LAZY);
    Frei0rInstance instance(plugin, 64, 64);
    instance.set("patch", path);
    EXPECT_EQ(instance.number("dial 1"), 0.5);
    const HostPatch direct(from_path(path));
    const auto with = [&](double high, double low) {
        const auto set = [&](const char* id, double value) {
            EXPECT_EQ(gan_set_number(direct, id, value), GAN_OK);
        };
        set("7.high", high);
        set("7.low", low);
        return rendered(direct, 10);
    };
    const auto turned = [&](double high, double low) {
        instance.set("dial 1", high);
        instance.set("dial 2", low);
        return instance.at(10 / rate);
    };
    EXPECT_LE(difference(turned(0, 0.5), with(0.5, 0.1)), promised);
    EXPECT_LE(difference(turned(1, 1), with(1, 0.4)), promised);
    EXPECT_LE(difference(turned(0.25, 0.75), with(0.7, 0.25)), promised) << "half way to either end";
    EXPECT_LE(difference(turned(9, -3), with(1, 0.05)), promised) << "FFmpeg passes what it is given";
    EXPECT_LE(difference(turned(std::nan(""), 0.5), with(0.9, 0.1)), promised)
        << "and again as the patch has it";
    EXPECT_GT(difference(with(0.5, 0.1), with(1, 0.4)), 8);
}

TEST_F(Frei0r, PresetsAndModelsAreThoseThatComeAlong) {
    Frei0rModule plugin(GAN_FREI0R_SOURCE, RTLD_LAZY);
    Frei0rInstance instance(plugin, 64, 64);
    const auto shows = [&](const std::string& name) {
        const HostPatch direct(from_path(patch(name)));
        return difference(instance.at(0), rendered(direct, 0)) <= promised;
    };
    EXPECT_TRUE(shows("first"));
    instance.set("preset", 0.01);
    EXPECT_TRUE(shows("first"));
    instance.set("preset", 0.06);
    EXPECT_TRUE(shows("latent_loop"));
    auto known = restless_patch();
    known["nodes"][3]["params"]["class"] = "3";  // that both models have
    const std::string third = saved(known, "third.ganymede");
    instance.set("patch", third);
    const std::vector<uint8_t> own = instance.at(0);
    instance.set("model", random_model);
    gan_open_options options = from_path(third);
    options.model = random_model.c_str();
    const HostPatch other(options);
    EXPECT_LE(difference(instance.at(0), rendered(other, 0)), promised);
    EXPECT_GT(difference(instance.at(0), own), 8);
}

TEST_F(Frei0r, TheFiltersOwnPatchUsesThePicture) {
    Frei0rModule plugin(GAN_FREI0R_FILTER, RTLD_LAZY);
    Frei0rInstance instance(plugin, 96, 54);
    HostPicture given(96, 54);
    for (size_t i = 0; i < given.bytes.size(); ++i)
        given.bytes[i] = i % 4 == 3 ? 255 : static_cast<uint8_t>(i / 4 % 96 * 2 + i % 4 * 20);
    const HostPatch direct(from_path(patch("filter")));
    ASSERT_EQ(gan_set_input(direct, nullptr, &given.frame), GAN_OK) << error_of(direct);
    const std::vector<uint8_t> shown = instance.at(0, given.bytes);
    EXPECT_LE(difference(shown, rendered(direct, 0, 96, 54)), promised);
    EXPECT_GT(difference(shown, given.bytes), 8);
}

TEST_F(Frei0r, AnySizeIsShown) {
    Frei0rModule plugin(GAN_FREI0R_SOURCE, RTLD_LAZY);
    for (const auto& [width, height] : {std::pair(1u, 1u), {101u, 77u}, {3u, 200u}, {640u, 2u}}) {
        Frei0rInstance instance(plugin, width, height);
        instance.set("patch", path);
        expect_tick(instance.at(0), 0, width, height);
    }
    EXPECT_EQ(plugin.construct(0, 8), nullptr);
    EXPECT_EQ(plugin.construct(8, 0), nullptr);
}

// What cannot be shown says so on the picture; the host goes on, and so does the plugin, once it can.
TEST_F(Frei0r, WhatIsWrongIsWrittenOnThePicture) {
    Frei0rModule plugin(GAN_FREI0R_SOURCE, RTLD_LAZY), filter(GAN_FREI0R_FILTER, RTLD_LAZY);
    const auto white = [](const std::vector<uint8_t>& picture) {
        return std::count(picture.begin(), picture.end(), 255) >
               static_cast<ptrdiff_t>(picture.size() / 4 + 100);
    };
    const std::string broken = saved({{"ganymede", 1}, {"nodes", 5}}, "broken.ganymede");
    for (const std::string& wrong : {at("none.ganymede"), broken, folder.path().string()}) {
        Frei0rInstance instance(plugin, 320, 240);
        instance.set("patch", wrong);
        testing::internal::CaptureStderr();
        EXPECT_TRUE(white(instance.at(0)));
        EXPECT_TRUE(white(instance.at(0.1)));
        const std::string said = testing::internal::GetCapturedStderr();
        EXPECT_THAT(said, testing::StartsWith("ganymede: "));
        EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << "once: " << said;
        instance.set("patch", path);
        expect_tick(instance.at(10 / rate), 10, 320, 240);

        Frei0rInstance effect(filter, 320, 240);
        effect.set("patch", wrong);
        const std::vector<uint8_t> in(320 * 240 * 4, 90);
        const std::vector<uint8_t> out = effect.at(0, in);
        EXPECT_TRUE(std::equal(in.begin(), in.begin() + 320 * 100 * 4, out.begin())) << "the picture stays";
        EXPECT_NE(in, out);
        Frei0rInstance least(plugin, 1, 1);
        least.set("patch", wrong);
        least.at(0);
    }
    Frei0rInstance instance(plugin, 320, 240);
    instance.set("preset", 0.99);
    EXPECT_TRUE(white(instance.at(0)));
}

// Installed, plugins lie in lib/frei0r-1, and libganymede in lib.
TEST_F(Frei0r, WithoutTheLibraryAPictureSaysSoAndWithItIsFound) {
    namespace fs = std::filesystem;
    fs::create_directories(at("lib/frei0r-1"));
    fs::copy(GAN_FREI0R_SOURCE,
             at("lib/frei0r-1/ganymede.so"));  // of its own: this process may have found one
    Frei0rModule plugin(at("lib/frei0r-1/ganymede.so"), RTLD_LAZY);
    ::setenv("GANYMEDE_LIBRARY", "/nowhere/libganymede.so", 1);
    {
        Frei0rInstance instance(plugin, 320, 240);
        testing::internal::CaptureStderr();
        instance.at(0);
        EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("GANYMEDE_LIBRARY"));
    }
    ::unsetenv("GANYMEDE_LIBRARY");
    fs::create_symlink(GAN_LIBRARY, at("lib/libganymede.so.0"));
    Frei0rInstance instance(plugin, 64, 64);
    instance.set("patch", path);
    expect_tick(instance.at(0), 0, 64, 64);
}

TEST_F(Frei0r, AHostThatMustNotWaitHasAPictureSoonAndTheRightOneInTheEnd) {
    Frei0rModule plugin(GAN_FREI0R_SOURCE, RTLD_LAZY);
    Frei0rInstance instance(plugin, 64, 64);
    instance.set("patch", path);
    instance.set("wait", 0);
    const std::vector<uint8_t> expected = meant(30, 64, 64);
    bool came = false;
    for (int i = 0; i < 2000 && !came; ++i) {
        const auto began = std::chrono::steady_clock::now();
        came = difference(instance.at(0.5), expected) <= promised;
        // A thirtieth of a second; the rest is for machines that do much else.
        EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
    }
    EXPECT_TRUE(came);
    // One that is given up while it opens ends soon, too.
    for (int i = 0; i < 3; ++i) {
        Frei0rInstance hasty(plugin, 64, 64);
        hasty.set("wait", 0);
        hasty.at(0);
    }
}

TEST_F(Frei0r, TheHostsRoundingStaysAndIsNotUsed) {
    Frei0rModule plugin(GAN_FREI0R_SOURCE, RTLD_LAZY);
    Frei0rInstance instance(plugin, 64, 64);
    instance.set("patch", path);
    const std::vector<uint8_t> expected = meant(7, 64, 64);
    for (int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
        std::fesetround(mode);
        const std::vector<uint8_t> picture = instance.at(7 / rate);
        const int after = std::fegetround();
        std::fesetround(FE_TONEAREST);
        EXPECT_EQ(after, mode);
        EXPECT_LE(difference(picture, expected), promised);
    }
}

TEST_F(Frei0r, OnlyItsFunctionsCanBeSeen) {
    for (const char* plugin : {GAN_FREI0R_SOURCE, GAN_FREI0R_FILTER}) {
        const Outcome symbols = run_other({"nm", "-D", "--defined-only", "--format=posix", plugin});
        ASSERT_EQ(symbols.code, 0) << symbols.err;
        std::istringstream lines(symbols.out);
        int count = 0;
        for (std::string line; std::getline(lines, line); ++count)
            EXPECT_THAT(line, testing::StartsWith("f0r_"));
        EXPECT_EQ(count, 9);
        const Outcome needed = run_other({"ldd", plugin});
        EXPECT_THAT(needed.out, testing::Not(testing::HasSubstr("ganymede.so")));
        EXPECT_THAT(needed.out, testing::Not(testing::HasSubstr("openvino")));
    }
}

}  // namespace
}  // namespace gan
