#include "runtime/abi/gan.h"
#include "tests/abi.h"
#include "tests/abi_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <thread>

namespace gan {
namespace {

using testing::AnyOf;
using testing::AnyOfArray;

class AbiHostile : public Abi {
protected:
    /// Keeps its network: patches are opened quickly beside it.
    const HostPatch first_{from_text(calls_patch())};
};

TEST_F(AbiHostile, TheTableHasEveryFunctionOfTheHeader) {
    std::vector<std::string> names;
    for (const AbiCall& call : abi_calls()) names.emplace_back(call.name);
    EXPECT_EQ(names, declared_functions());
    EXPECT_GE(names.size(), 20u);
}

TEST_F(AbiHostile, EveryFunctionDoesWhatItIsFor) {
    for (const AbiCall& call : abi_calls()) {
        const HostPatch one(from_text(calls_patch()));
        ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
        EXPECT_THAT(call.rightly(one), AnyOfArray(call.open)) << call.name;
    }
}

TEST_F(AbiHostile, EveryFunctionMayBeCalledByAnyThread) {
    for (const AbiCall& call : abi_calls()) {
        const HostPatch one(from_text(calls_patch()));
        std::thread([&] { EXPECT_THAT(call.rightly(one), AnyOfArray(call.open)) << call.name; }).join();
    }
}

TEST_F(AbiHostile, WhatIsNotGivenRightlyIsAnErrorAndChangesNothing) {
    const HostPatch one(from_text(calls_patch()));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    const auto before = rendered(one, 0);
    for (const AbiCall& call : abi_calls()) {
        // What is asked for too early and wrongly may be told of either.
        const bool too_early = call.open.front() == GAN_ERROR_ORDER || call.open.back() == GAN_ERROR_ORDER;
        // Where there is no GPU that exports, nothing else is looked at.
        const int otherwise = too_early ? GAN_ERROR_ORDER : call.open.back();
        for (size_t i = 0; i < call.wrongly.size(); ++i) {
            const int result = call.wrongly[i](one);
            if (otherwise == GAN_OK) {
                EXPECT_EQ(result, GAN_ERROR_ARGUMENT) << call.name << ", number " << i;
            } else {
                EXPECT_THAT(result, AnyOf(GAN_ERROR_ARGUMENT, otherwise)) << call.name << ", number " << i;
            }
        }
        EXPECT_EQ(rendered(one, 0), before) << call.name;
    }
}

TEST_F(AbiHostile, WrongFramesOfAPatchThatPlaysAreErrors) {
    const HostPatch one(from_text(calls_patch()));
    ASSERT_EQ(gan_play(one, 1), GAN_OK) << error_of(one);
    for (const AbiCall& call : abi_calls()) {
        if (std::string(call.name) != "gan_latest") continue;
        for (size_t i = 0; i < call.wrongly.size(); ++i)
            EXPECT_EQ(call.wrongly[i](one), GAN_ERROR_ARGUMENT) << "number " << i;
    }
    EXPECT_EQ(gan_play(one, 0), GAN_OK);
}

TEST_F(AbiHostile, StructuresOfAnotherAbiOrSizeAreRefused) {
    const HostPatch one(from_text(calls_patch()));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    const Header wrong[] = {{.abi = 0},  {.abi = 2},  {.abi = ~0u}, {.size = 0},
                            {.size = 4}, {.size = 8}, {.size = 9},  {.more = -1}};
    int structures = 0;
    for (const AbiCall& call : abi_calls()) {
        if (call.headed == nullptr) continue;
        ++structures;
        for (size_t i = 0; i < std::size(wrong); ++i) {
            const int result = call.headed(one, wrong[i]);
            EXPECT_THAT(result, AnyOf(GAN_ERROR_ARGUMENT,
                                      call.open.back() == GAN_OK ? GAN_ERROR_ARGUMENT : call.open.back()))
                << call.name << ", number " << i;
        }
    }
    EXPECT_EQ(structures, 7);
}

// A host that was built with a later gan.h has fields that this library does not know, and leaves them 0.
TEST_F(AbiHostile, StructuresOfLaterVersionsAreTaken) {
    const HostPatch one(from_text(calls_patch()));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    for (const AbiCall& call : abi_calls()) {
        if (call.headed == nullptr) continue;
        for (int32_t more : {8, 64})
            EXPECT_THAT(call.headed(one, {.more = more}), AnyOf(AnyOfArray(call.open), GAN_ERROR_ARGUMENT))
                << call.name;
    }
    auto parameter = structure<gan_parameter>();
    for (const AbiCall& call : abi_calls())
        if (call.headed != nullptr && call.open == std::vector<int>{GAN_OK}) {
            EXPECT_EQ(call.headed(one, {.more = 64}), GAN_OK) << call.name;
        }
    EXPECT_EQ(gan_parameter_info(one, 0, &parameter), GAN_OK);
    EXPECT_EQ(parameter.size, sizeof(parameter)) << "the host's own";
}

TEST_F(AbiHostile, HandlesThatAreNoneAreErrors) {
    HostPatch closed(from_text(calls_patch()));
    EXPECT_EQ(gan_close(closed), GAN_OK);
    const gan_patch next = gan_patch{closed} + 1'000'000'000;
    for (const AbiCall& call : abi_calls()) {
        if (!call.takes_patch) continue;
        for (gan_patch none : {gan_patch{closed}, gan_patch{0}, ~gan_patch{0}, next, next << 32})
            EXPECT_EQ(call.rightly(none), GAN_ERROR_HANDLE) << call.name << " of " << none;
        for (const auto& wrong : call.wrongly) EXPECT_LT(wrong(closed), 0) << call.name;
    }
}

TEST_F(AbiHostile, WhatComesTooEarlyIsAnErrorAndTheOpeningGoesOn) {
    for (const AbiCall& call : abi_calls()) {
        int result = 0, after = GAN_OK;
        // Once it is open, it was no such call: a busy machine may come to it late.
        for (int tries = 0; after == GAN_OK && tries < 50; ++tries) {
            const HostPatch one(from_text(calls_patch()), false);
            result = call.rightly(one);
            after = gan_wait(one, 0);
            if (after == GAN_PENDING) {
                EXPECT_EQ(gan_wait(one, -1),
                          std::string(call.name) == "gan_cancel" ? GAN_ERROR_CANCELLED : GAN_OK)
                    << call.name;
            }
        }
        EXPECT_THAT(result, AnyOfArray(call.opening)) << call.name;
    }
}

TEST_F(AbiHostile, TicksAndSecondsWithoutEndAreTaken) {
    const HostPatch one(from_text(calls_patch()));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    constexpr int64_t last = std::numeric_limits<int64_t>::max();
    HostPicture picture;
    for (int64_t tick : {int64_t{1} << 53, last})
        EXPECT_THAT(gan_render(one, tick, &picture.frame), AnyOf(GAN_OK, GAN_ERROR_ARGUMENT)) << tick;
    EXPECT_THAT(gan_seek(one, last), AnyOf(GAN_OK, GAN_ERROR_ARGUMENT));
    EXPECT_EQ(gan_play(one, 1), GAN_OK);
    EXPECT_EQ(gan_play(one, 7), GAN_OK) << "any number but 0 means on";
    EXPECT_EQ(gan_play(one, 0), GAN_OK);
    EXPECT_EQ(gan_play(one, 0), GAN_OK);
    for (double seconds : {0.0, -1.0, 1e300, HUGE_VAL, -HUGE_VAL})
        EXPECT_EQ(gan_wait(one, seconds), GAN_OK) << seconds;
    EXPECT_THAT(gan_wait(one, std::nan("")), AnyOf(GAN_OK, GAN_ERROR_ARGUMENT));
    EXPECT_EQ(gan_set_number(one, std::string(100'000, '2').c_str(), 1), GAN_ERROR_NAME);
    EXPECT_EQ(gan_set_number(one, "\xff\xfe\x80", 1), GAN_ERROR_NAME);
    EXPECT_EQ(error_of(one).find('\n'), std::string::npos);
    const int said = gan_set_text(one, "4.class", "\xff\xfe\x80");  // no UTF-8, and no class
    EXPECT_THAT(said, AnyOf(GAN_OK, GAN_ERROR_ARGUMENT, GAN_ERROR_VALUE));
    EXPECT_EQ(gan_render(one, 0, &picture.frame), said == GAN_OK ? GAN_ERROR_RENDER : GAN_OK);
}

// Each gets what is right before it is closed, or an error; the sanitizers watch what they touch.
TEST_F(AbiHostile, ClosingWhileOthersCallIsSafe) {
    for (int round = 0; round < 5; ++round) {
        const HostPatch one(from_text(calls_patch()));
        ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
        std::vector<std::thread> others;
        for (const AbiCall& call : abi_calls()) {
            if (!call.takes_patch || std::string(call.name) == "gan_close") continue;
            others.emplace_back([&one, &call] {
                int result = GAN_OK;
                const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
                while (result != GAN_ERROR_HANDLE && std::chrono::steady_clock::now() < end)
                    result = call.rightly(one);
                EXPECT_EQ(result, GAN_ERROR_HANDLE) << call.name;
            });
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20 * round));
        EXPECT_EQ(gan_close(one), GAN_OK);
        for (std::thread& other : others) other.join();
    }
}

}  // namespace
}  // namespace gan
