#include "runtime/abi/gan.h"
#include "runtime/model/checkpoint.h"
#include "tests/abi.h"
#include "tests/abi_calls.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace gan {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class AbiLibrary : public Abi {
protected:
    /// What tests/abi_loader.cpp printed.
    std::map<std::string, double> loaded(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {GAN_ABI_LOADER, GAN_LIBRARY});
        const Outcome outcome = run_other(arguments);
        EXPECT_EQ(outcome.code, 0) << outcome.err;
        said_ = outcome.err;
        return figures(outcome.out);
    }
    std::string said_;  // on stderr
};

TEST_F(AbiLibrary, ExportsWhatTheHeaderDeclaresAndNothingElse) {
    const Outcome outcome = run_other({"nm", "-D", "--defined-only", "--format=posix", GAN_LIBRARY});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    std::vector<std::string> names;
    std::istringstream lines(outcome.out);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string name, type;
        words >> name >> type;
        if (type == "A") continue;  // the name of a version, which is no symbol of its own
        names.push_back(name.substr(0, name.find('@')));
    }
    EXPECT_THAT(names, testing::UnorderedElementsAreArray(declared_functions()));
}

TEST_F(AbiLibrary, LoadingItStartsNothing) {
    std::vector<double> times;
    for (int i = 0; i < 5; ++i) {
        const auto figures = loaded({"load"});
        times.push_back(figures.at("milliseconds"));
        EXPECT_EQ(figures.at("threads_before"), 1);
        EXPECT_EQ(figures.at("threads_after"), 1);
        EXPECT_EQ(said_, "");
        for (const auto& [name, one] : figures)
            for (const char* late :
                 {"openvino_intel_cpu_plugin", "openvino_auto", "libvulkan", "libtorch", "libc10",
                  "libavcodec", "libavformat", "gan_media", "gan_glsl", "gan_cuda", "libcuda"})
                EXPECT_THAT(name, testing::Not(testing::HasSubstr(late)));
    }
    std::sort(times.begin(), times.end());
    fmt::print("loading the library takes {:.1f} ms\n", times[2]);
}

TEST_F(AbiLibrary, StaysWhenItIsUnloaded) {
    const auto figures = loaded({"unload", patch("first")});
    EXPECT_EQ(figures.at("loaded"), 1);
    EXPECT_GT(figures.at("before"), 0);
    EXPECT_EQ(figures.at("after"), figures.at("before"));
    EXPECT_EQ(figures.at("closed"), GAN_OK);
}

TEST_F(AbiLibrary, AHostMayEndWhileAPatchPlays) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(loaded({"leave", patch("first")}).at("played"), GAN_OK);
}

TEST_F(AbiLibrary, LeavesTheProcessAsItWas) {
    auto figures = loaded({"quiet", patch("first")});
    EXPECT_GT(figures.at("picture"), 0);
    figures.erase("picture");
    EXPECT_EQ(figures.size(), 7u) << "and says nothing itself";
    for (const auto& [name, change] : figures) EXPECT_EQ(change, 0) << name;
    EXPECT_EQ(said_, "");
}

// The pictures are right, or a sentence says why there are none.
TEST_F(AbiLibrary, AnotherTbbMayBeThereFirst) {
    const auto figures = loaded({"tbb", patch("first")});
    ASSERT_NE(figures.at("tbb"), 0) << "Debian's libtbb.so.12 is not installed; `./ganymede setup` does that";
    if (figures.at("opened") == 1) {
        EXPECT_EQ(figures.at("picture"), loaded({"leave", patch("first")}).at("picture"));
    } else {
        EXPECT_NE(said_, "");
    }
}

TEST_F(AbiLibrary, IsCalledFromC) {
    const std::string path = patch("first");
    const auto rgba = of_program({path, "--frames", "9"});
    std::string expected = "P6\n64 64\n255\n";
    for (size_t i = 0; i < rgba.size(); ++i)
        if (i % 4 != 3) expected.push_back(static_cast<char>(rgba[i]));
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{GAN_ABI_HOST}, {GAN_ABI_HOST, path}}) {
        const Outcome outcome = run_other(command);
        EXPECT_EQ(outcome.code, 0);
        EXPECT_EQ(outcome.err, "");
        EXPECT_TRUE(outcome.out == expected);
    }
    const Outcome outcome = run_other({GAN_ABI_HOST, at("none.ganymede")});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(outcome.err, testing::HasSubstr("none.ganymede"));
}

// 100 times, or GAN_CYCLES. What every opening takes anew is the network, 0.96 MB of weights and as much
// again compiled: a bound of a tenth of the weights a cycle is passed by one that is kept in twenty. Smaller
// leaks are the sanitizer's to find.
TEST_F(AbiLibrary, OpeningAndClosingAgainAndAgainKeepsNothing) {
    const char* asked = std::getenv("GAN_CYCLES");
#ifdef GAN_SANITIZES_ADDRESSES
    const std::string count = "12";
#else
    const std::string count = asked == nullptr ? "100" : asked;
#endif
    json small = exposing_patch();
    small["nodes"][0]["params"] = {{"path", random_model}};
    small["nodes"][3]["params"]["class"] = "3";
    const auto figures = loaded({"cycles", saved(small), count});
    EXPECT_EQ(figures.at("descriptors_late"), figures.at("descriptors_early"));
    EXPECT_EQ(figures.at("threads_late"), figures.at("threads_early"));
    const double cycles = 0.75 * std::stod(count);
    const double kept = (figures.at("resident_late") - figures.at("resident_early")) / cycles;
    fmt::print("{:.4f} MB kept in each of {} cycles\n", kept, cycles);
#ifndef GAN_SANITIZES_ADDRESSES  // it keeps what was freed, to see it used
    EXPECT_LT(kept, 0.1 * static_cast<double>(fs::file_size(random_model)) / (1 << 20));
#endif
}

// The weights are large, so that a tenth of them is far above what else a patch has: a plan, a picture of 64
// pixels and the stack of a thread are a few hundred kilobytes.
TEST_F(AbiLibrary, PatchesOfOneModelShareItsWeights) {
#ifdef GAN_SANITIZES_ADDRESSES
    GTEST_SKIP() << "the sanitizer keeps what was freed";
#endif
    const std::string model = at("large.safetensors");
    save_checkpoint(model, random_checkpoint(small_config(Family::BigGan, 64, 48), 1));
    const double weights = static_cast<double>(fs::file_size(model)) / (1 << 20);
    ASSERT_GT(weights, 50);
    json large = exposing_patch();
    large["nodes"][0]["params"] = {{"path", model}};
    large["nodes"][3]["params"]["class"] = "3";
    const auto figures = loaded({"share", saved(large)});
    const double one = figures.at("one") - figures.at("none"), other = figures.at("two") - figures.at("one");
    fmt::print("{:.0f} MB of weights; the first patch takes {:.1f} MB, the second {:.1f}\n", weights, one,
               other);
    EXPECT_GT(one, weights);
    EXPECT_LT(other, 0.1 * weights);
}

}  // namespace
}  // namespace gan
