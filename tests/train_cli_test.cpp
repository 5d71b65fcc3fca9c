// The trainer as a person uses it: started as a process, judged by what it writes and says.

#include "runtime/base/file.h"
#include "runtime/model/checkpoint.h"
#include "runtime/picture/png.h"
#include "tests/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <string_view>
#include <thread>

namespace gan {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class Trainer : public ProgramTest {
protected:
    /// Textures of two kinds as a folder of pictures.
    std::string pictures() {
        const Outcome outcome = call({"data", "textures", "--out", at("pictures"), "--class", "bricks,ice",
                                      "--count", "12", "--resolution", "40"});
        EXPECT_EQ(outcome.code, 0) << outcome.err;
        return at("pictures");
    }
    std::vector<std::string> train(const std::string& data, std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{
            "train",     "--data",          data,  "--out",        at("run"), "--cache",
            at("cache"), "--resolution",    "32",  "--g-channels", "4",       "--d-channels",
            "4",         "--dim-z",         "16",  "--shared-dim", "8",       "--batch",
            "4",         "--log-every",     "1",   "--save-every", "2",       "--score-every",
            "4",         "--score-samples", "256", "--ema-start",  "1"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
    std::vector<int64_t> logged() {
        std::ifstream lines(at("run/metrics.jsonl"));
        std::vector<int64_t> steps;
        for (std::string line; std::getline(lines, line);)
            if (const auto object = nlohmann::json::parse(line); object.contains("g_loss"))
                steps.push_back(object["step"]);
        return steps;
    }
};

TEST_F(Trainer, TexturesAreWrittenOnceAndChecked) {
    const std::string folder = pictures();
    EXPECT_EQ(pixels(folder + "/ice/000011.png").size(), 40u * 40 * 3);
    const auto before = fs::last_write_time(folder + "/ice/000011.png");
    pictures();
    EXPECT_EQ(fs::last_write_time(folder + "/ice/000011.png"), before) << "what is there stays";
    fs::copy_file(folder + "/ice/000003.png", folder + "/bricks/again.png");
    std::ofstream(folder + "/bricks/broken.png") << "no picture";
    const Outcome outcome = call({"data", "check", folder, "--json"});
    const auto report = nlohmann::json::parse(outcome.out);
    EXPECT_EQ(outcome.code, 1) << "there are problems";
    EXPECT_EQ(report["pictures"], 25);
    EXPECT_EQ(report["broken"][0]["name"].get<std::string>().find("broken.png") != std::string::npos, true);
    EXPECT_EQ(report["duplicates"].size(), 1u);
}

TEST_F(Trainer, GoesOnAfterKillAndPlaysAndIsScored) {
    const std::string folder = pictures();
    // Killed once a checkpoint is there: nothing before it is lost.
    const Started work = start(train(folder, {"--steps", "100000"}));
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    while (logged().size() < 5 && std::chrono::steady_clock::now() < limit)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ::kill(work.pid, SIGKILL);
    work.wait();
    const auto before = logged();
    ASSERT_GE(before.size(), 5u);
    // It may end otherwise than was planned.
    const Outcome outcome = call(train(folder, {"--steps", std::to_string(before.size() + 4), "--decay-from",
                                                std::to_string(before.size()), "--ema", "0.99"}));
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("going on from step "));
    const auto after = logged();
    for (size_t i = 0; i < after.size(); ++i)
        EXPECT_EQ(after[i], static_cast<int64_t>(i) + 1) << "each step once";
    EXPECT_EQ(after.size(), before.size() + 4);
    EXPECT_TRUE(fs::exists(at("run/checkpoints/best.safetensors")));
    EXPECT_EQ(open_checkpoint(at("run/model.safetensors")).config.stats_psi.size(), 12u);

    // Measured again, by the options that the run's folder holds, however their numbers were typed.
    std::string options = read_text(at("run/config.toml"));
    const size_t line = options.find("\nsn-eps=") + 1;
    ASSERT_NE(line, 0u);
    options.replace(line, options.find('\n', line) - line, "sn-eps=0.0000010");
    std::ofstream(at("run/config.toml")) << options;
    fs::remove(at("run/model.safetensors"));
    const Outcome exported = call({"train", "--export", at("run"), "--licence", "CC0-1.0"});
    ASSERT_EQ(exported.code, 0) << exported.err;
    const Checkpoint model = open_checkpoint(at("run/model.safetensors"));
    EXPECT_EQ(model.config.stats_psi.size(), 12u);
    EXPECT_EQ(model.licence, "CC0-1.0");

    const Outcome scored =
        call({"evaluate", at("run/model.safetensors"), "--data", folder, "--cache", at("cache"), "--samples",
              "256", "--psi", "0.5", "--plot", at("curve.png"), "--json", at("scores.json")});
    ASSERT_EQ(scored.code, 0) << scored.err;
    EXPECT_THAT(scored.out, HasSubstr("texture distance (64 px, "));
    EXPECT_EQ(read_png(at("curve.png")).picture.width, 960);
    const auto report = nlohmann::json::parse(read_text(at("scores.json")));
    ASSERT_EQ(report["scores"].size(), 2u);
    EXPECT_EQ(report["scores"][0]["psi"], 0.5);
    EXPECT_EQ(report["scores"][0]["fake_count"], 256);
    EXPECT_NE(report["scores"][0]["distance"], report["scores"][1]["distance"]);
}

TEST_F(Trainer, TakesOptionsFromPresetThenFileThenCommandLine) {
    std::ofstream(at("options.toml")) << "preset = \"textures-64\"\nbatch = 7\nseed = 5\nflip = true\n";
    const Outcome shown = call(
        {"train", "--config", at("options.toml"), "--seed", "6", "--d-attention", "16,32", "--show-config"});
    ASSERT_EQ(shown.code, 0) << shown.err;
    for (const char* line : {"\ng-channels=24\n", "\nbf16=true\n", "\nbatch=7\n", "\nflip=true\n",
                             "\nseed=6\n", "\nd-attention=\"16,32\"\n"})
        EXPECT_THAT(shown.out, HasSubstr(line));
    // What is shown is such a file.
    std::ofstream(at("again.toml")) << shown.out;
    EXPECT_EQ(call({"train", "--config", at("again.toml"), "--show-config"}).out, shown.out);
    std::ofstream(at("options.toml")) << "bath = 7\n";
    expect_refused({"train", "--config", at("options.toml"), "--out", at("run")}, "bath");
    expect_refused({"train", "--config", at("nothing.toml"), "--out", at("run")}, "nothing.toml");
}

TEST_F(Trainer, PlansWithinAFifthOfWhatIsMeasured) {
    const Outcome outcome = call(train(pictures(), {"--plan", "--steps", "3600"}));
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    double predicted = 0, measured = 0;
    const size_t memory = outcome.out.find("memory"), after = outcome.out.find('\n', memory);
    std::sscanf(outcome.out.c_str() + memory, "memory %lf GB", &predicted);
    std::sscanf(outcome.out.c_str() + after, " %lf GB measured", &measured);
    EXPECT_GT(measured, 0.1) << outcome.out;
    EXPECT_NEAR(predicted, measured, 0.2 * measured) << outcome.out;
    EXPECT_THAT(outcome.out, HasSubstr("h for 3600 steps"));
    EXPECT_FALSE(fs::exists(at("run")));
}

TEST_F(Trainer, SaysWhatIsWrongInOneSentence) {
    const std::string folder = pictures();
    expect_refused(train(folder, {"--bath", "8"}), "--bath is not known to train; the nearest is --batch");
    expect_refused({"trian"}, "trian is not known to ganymede; the nearest is train");
    expect_refused({"train", "--data", folder}, "--out");
    expect_refused({"data", "textures", "--out", at("x"), "--class", "brick"},
                   "there is no texture brick; there are bricks");
    fs::create_directories(at("empty"));
    expect_refused(train(at("empty")), "empty");
    expect_refused(train(at("nowhere")), "nowhere");
    ASSERT_EQ(call(train(folder, {"--steps", "1"})).code, 0);
    expect_refused(train(folder, {"--steps", "2", "--g-lr", "0.5"}), "--g-lr was ");
    // An option that the run does not name is of a later Ganymede, and had its default.
    std::string options = read_text(at("run/config.toml"));
    for (const std::string_view line : {"r1=0\n", "activation=\"relu\"\n", "output-bn-eps=1e-05\n"}) {
        ASSERT_NE(options.find(line), std::string::npos) << options;
        options.erase(options.find(line), line.size());
    }
    std::ofstream(at("run/config.toml")) << options;
    expect_refused(train(folder, {"--steps", "2", "--r1", "5"}), "--r1 was 0, is 5");
    EXPECT_EQ(call(train(folder, {"--steps", "2"})).code, 0);
    expect_refused({"evaluate", at("run/model.safetensors"), "--psi", "3"}, "--psi 3 is out of range");
}

}  // namespace
}  // namespace gan
