#include "runtime/base/file.h"
#include "tests/program.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace gan {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Play : public ProgramTest {
protected:
    static std::string patch(const std::string& name) {
        return std::string(GAN_ASSETS) + "/patches/" + name + ".ganymede";
    }
    void expect_same(const std::string& one, const std::string& other, int first, int last) const {
        for (int i = first; i < last; ++i)
            EXPECT_EQ(pixels(at(fmt::format(fmt::runtime(one), i))),
                      pixels(at(fmt::format(fmt::runtime(other), i))))
                << "tick " << i;
    }
};

TEST_F(Play, InLockEveryTickHasThePixelsOfARendering) {
    const Outcome live = call({"play", patch("coarse_fine"), "--seconds", "0.2", "--lock", "--capture",
                               at("live_%02d.png"), "--json"});
    ASSERT_EQ(live.code, 0) << live.err;
    const json figures = json::parse(live.out);
    EXPECT_EQ(figures.at("shown"), 12);
    EXPECT_EQ(figures.at("dropped"), 0);
    ASSERT_EQ(call({"render", patch("coarse_fine"), "--frames", "0..12", "--out", at("file_%02d.png")}).code,
              0);
    expect_same("live_{:02}.png", "file_{:02}.png", 0, 12);
    for (const char* name : {"live_11.png", "file_11.png"}) EXPECT_FALSE(pixels(at(name)).empty());
    EXPECT_EQ(read_text(at("live_03.png")), read_text(at("file_03.png"))) << "and the same bytes";
}

TEST_F(Play, ATakeRenderedAgainIsWhatWasPlayed) {
    const std::string actions = R"({"transport":"pause"}
{"edit":"param","id":1,"param":"nothing","value":1}
{"edit":"setting","setting":"tempo","value":77}
{"transport":"seek","value":100}
{"transport":"play"}
{"transport":"loop","value":[98,106]}
)";
    input = at("actions");
    std::ofstream(input) << actions;
    const Outcome live = call({"play", patch("latent_loop"), "--seconds", "0.5", "--lock", "--control",
                               "--record", at("a.take"), "--capture", at("live_%02d.png")});
    ASSERT_EQ(live.code, 0) << live.err;
    EXPECT_THAT(read_text(at("a.take")), HasSubstr("\"tempo\",\"value\":77"));
    ASSERT_EQ(
        call({"render", patch("latent_loop"), "--take", at("a.take"), "--out", at("again_%02d.png")}).code,
        0);
    expect_same("live_{:02}.png", "again_{:02}.png", 0, 30);
    // At another size, and a frame alone.
    ASSERT_EQ(call({"render", patch("latent_loop"), "--take", at("a.take"), "--frames", "21", "--out",
                    at("alone.png")})
                  .code,
              0);
    EXPECT_EQ(pixels(at("alone.png")), pixels(at("live_21.png")));
    EXPECT_NE(pixels(at("alone.png")), pixels(at("live_00.png")));
}

TEST_F(Play, SaysWhatItCannotDoAndPlaysOn) {
    input = at("actions");
    const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
    std::ofstream(input) << R"({"edit":"explode"})"
                         << "\nnot json\n"
                         << R"({"edit":"param","id":1,"param":"a","value":)" << deep << "}\n"
                         << std::string(2 << 20, 'x') << "\n"
                         << R"({"edit":"setting","setting":"tempo","value":5000})"
                         << "\n"
                         << R"({"transport":"fly"})";  // a last line without its end counts, too
    const Outcome live = call({"play", patch("first"), "--seconds", "0.3", "--control"});
    EXPECT_EQ(live.code, 0);
    EXPECT_THAT(live.err, HasSubstr("stdin: there is no edit 'explode'"));
    EXPECT_THAT(live.err, HasSubstr("stdin: it is not JSON"));
    EXPECT_THAT(live.err, HasSubstr("stdin: it nests more than 32 levels deep"));
    EXPECT_THAT(live.err, HasSubstr("stdin: a line is longer than 1048576 bytes and is left out"));
    EXPECT_THAT(live.err, HasSubstr("stdin: the patch's setting 'tempo' must be a number from 1 to 1000"));
    EXPECT_THAT(live.err, HasSubstr("there is no transport command 'fly'"));
    EXPECT_THAT(live.out, HasSubstr("ticks shown"));
    expect_refused({"play", patch("first"), "--capture", at("x.mp4")}, "--capture needs --lock");
    expect_refused({"play", patch("first"), "--seconds", "1", "--record", at("no/such/folder.take")},
                   "could not be written");
    expect_refused({"play", patch("first"), "--lock", "--capture", at("x.png")}, "is one picture");
    std::ofstream(at("old.take")) << "yesterday";
    expect_refused({"play", patch("first"), "--seconds", "1", "--record", at("old.take")}, "exists already");
    expect_refused({"play", at("none.ganymede"), "--seconds", "1"}, "none.ganymede");
    expect_refused({"render", patch("first"), "--take", patch("first")}, "it is no take");
}

TEST_F(Play, CtrlCEndsAPerformanceAndItsTake) {
    const Started playing = start({"play", patch("first"), "--record", at("a.take")});
    for (int i = 0; i < 2000 && !std::filesystem::exists(at("a.take")); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    ::kill(playing.pid, SIGINT);
    const Outcome outcome = playing.wait();
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("ticks shown"));
    EXPECT_THAT(read_text(at("a.take")), HasSubstr("\"end\":true"));
}

// Its worker is in the middle of a picture, more often than not.
TEST_F(Play, CtrlCWhilePicturesAreSavedLeavesWholePicturesOnly) {
    json saving = json::parse(read_text(patch("first")));
    saving["nodes"][0]["params"]["path"] = std::string(GAN_ASSETS) + "/models/random-64.safetensors";
    saving["nodes"][3]["params"]["class"] = "3";
    saving["nodes"].push_back({{"id", 90},
                               {"type", "image.save"},
                               {"params", {{"when", "every change"}, {"path", "saved_%05d.png"}}}});
    saving["nodes"].push_back({{"id", 91}, {"type", "latent.walk"}});
    saving["links"]["90.image"] = "5.image";
    saving["links"]["3.latent"] = "91.latent";
    std::ofstream(at("saving.ganymede")) << saving;
    const Started playing = start({"play", at("saving.ganymede"), "--record", at("a.take")});
    const auto saved = [&] {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
            if (entry.path().filename().string().starts_with("saved_")) names.push_back(entry.path());
        return names;
    };
    for (int i = 0; i < 2000 && saved().size() < 5; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    ::kill(playing.pid, SIGINT);
    const Outcome outcome = playing.wait();
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(read_text(at("a.take")), HasSubstr("\"end\":true"));
    EXPECT_GE(saved().size(), 5u);
    for (const std::string& name : saved()) EXPECT_EQ(pixels(name).size(), 64u * 64 * 3) << name;
}

TEST_F(Play, APipeCarriesThePixelsOfARendering) {
    ASSERT_EQ(call({"render", patch("coarse_fine"), "--frames", "0..9", "--out", at("file_%02d.png")}).code,
              0);
    const Outcome raw =
        call({"play", patch("coarse_fine"), "--seconds", "0.15", "--lock", "--stdout", "rgba"});
    ASSERT_EQ(raw.code, 0) << raw.err;
    EXPECT_THAT(raw.err, HasSubstr("9 ticks shown"));
    std::string expected;
    for (int i = 0; i < 9; ++i) {
        const std::vector<uint8_t> rgb = pixels(at(fmt::format("file_{:02}.png", i)));
        for (size_t p = 0; p < rgb.size(); p += 3) {
            expected.append(&rgb[p], &rgb[p] + 3);
            expected.push_back('\xff');
        }
    }
    EXPECT_EQ(raw.out.size(), expected.size());
    EXPECT_TRUE(raw.out == expected);

    const Outcome y4m =
        call({"play", patch("coarse_fine"), "--seconds", "0.15", "--lock", "--stdout", "y4m"});
    ASSERT_EQ(y4m.code, 0) << y4m.err;
    EXPECT_THAT(y4m.out, testing::StartsWith("YUV4MPEG2 W64 H64 F60:1 Ip A1:1 C444\nFRAME\n"));
    EXPECT_EQ(y4m.out.size(), std::string("YUV4MPEG2 W64 H64 F60:1 Ip A1:1 C444\n").size() +
                                  9 * (std::string("FRAME\n").size() + 3 * 64 * 64));
}

TEST_F(Play, APipeThatNobodyReadsAnyMoreEndsThePerformance) {
    // As with `| head -c 1000`.
    const std::string command =
        fmt::format("'{}' play '{}' --stdout rgba --seconds 30 2>'{}' | head -c 1000 >'{}'", GAN_PROGRAM,
                    patch("coarse_fine"), at("said"), at("read"));
    EXPECT_EQ(std::system(command.c_str()), 0);
    EXPECT_EQ(std::filesystem::file_size(at("read")), 1000);
    EXPECT_THAT(read_text(at("said")), HasSubstr("ticks shown"));
}

TEST_F(Play, RefusesAPipeOfAnotherForm) {
    expect_refused({"play", patch("coarse_fine"), "--stdout", "avi"}, "--stdout avi: it writes y4m or rgba");
}

}  // namespace
}  // namespace gan
