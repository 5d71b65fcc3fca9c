// The program as a person uses it: started as a process, judged by what it writes and says.

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/model/classes.h"
#include "runtime/model/safetensors.h"
#include "runtime/picture/png.h"
#include "tests/program.h"
#include "tests/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

namespace gan {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;
namespace fs = std::filesystem;

class Cli : public ProgramTest {
protected:
    std::string golden(const std::string& name) const { return (data_folder() / "golden" / name).string(); }
    std::string model() const { return golden("biggan-64-generator.safetensors"); }
};

struct FixturePair {
    std::string checkpoint;
    std::string fixture;
    std::string image;
    std::string truncation;
};

TEST_F(Cli, CheckpointsOfUsersGiveThePicturesOfTheirFixtures) {
    for (const auto& [checkpoint, fixture, image, truncation] :
         std::vector<FixturePair>{{"checkpoints/biggan-32-plain-generator.legacy.pth",
                                   "biggan-32-plain-generator.safetensors", "output.image", ""},
                                  {"checkpoints/biggan-64-generator.zip.pth",
                                   "biggan-64-generator.safetensors", "output.image", ""},
                                  {"checkpoints/hf-biggan-deep-128", "hf-biggan-deep-128.safetensors",
                                   "output.image.truncation_0.40", "0.4"},
                                  {"checkpoints/hf-biggan-deep-128", "hf-biggan-deep-128.safetensors",
                                   "output.image.truncation_1.00", "1"}}) {
        std::vector<std::string> arguments{"generate", golden(checkpoint), "--tensors", golden(fixture),
                                           "--out",    at("o.safetensors")};
        if (!truncation.empty()) arguments.insert(arguments.end(), {"--truncation", truncation});
        const Outcome outcome = call(arguments);
        ASSERT_EQ(outcome.code, 0) << outcome.err;
        const auto got = read_safetensors(at("o.safetensors")).tensors.at("output.image");
        const auto wanted = read_safetensors(golden(fixture)).tensors.at(image);
        EXPECT_EQ(got.shape, wanted.shape);
        EXPECT_LT(max_difference(got.to<float>(), wanted.to<float>()),
                  checkpoint.find("deep") != std::string::npos ? 2e-4 : 2e-5);
    }
}

TEST_F(Cli, ImportedModelGivesTheSamePictureAndSaysWhatItIs) {
    const Outcome imported = call({"import", golden("checkpoints/hf-biggan-deep-128"), "--out",
                                   at("m.safetensors"), "--licence", "CC0"});
    ASSERT_EQ(imported.code, 0) << imported.err;
    ASSERT_EQ(call({"generate", golden("checkpoints/hf-biggan-deep-128"), "--seed", "4", "-t", "0.5", "--out",
                    at("a.png")})
                  .code,
              0);
    ASSERT_EQ(call({"generate", at("m.safetensors"), "--seed", "4", "-t", "0.5", "--out", at("b.png")}).code,
              0);
    const Outcome inspected = call({"inspect", at("m.safetensors"), "--json", "--verify"});
    ASSERT_EQ(inspected.code, 0) << inspected.err;
    const json report = json::parse(inspected.out);
    EXPECT_EQ(report["source"], "native");
    EXPECT_EQ(report["licence"], "CC0");
    EXPECT_EQ(report["verified"], true);
    EXPECT_EQ(report["config"]["resolution"], 128);
    EXPECT_EQ(report["config"]["stats_psi"].size(), 51u);
    EXPECT_EQ(
        json::parse(call({"inspect", golden("checkpoints/hf-biggan-deep-128"), "--json"}).out)["sha256"],
        report["sha256"]);
    EXPECT_EQ(call({"inspect", at("m.safetensors")}).code, 0);
}

TEST_F(Cli, APictureIsMadeAgainFromItself) {
    const std::vector<std::string> arguments{"generate",
                                             model(),
                                             "-c",
                                             "3,1:0.25+2:0.75",
                                             "--seed",
                                             "7",
                                             "-n",
                                             "6",
                                             "-t",
                                             "0.5",
                                             "--truncation-mode",
                                             "resample",
                                             "--tile",
                                             "xy",
                                             "--grid",
                                             "2x1",
                                             "--size",
                                             "48",
                                             "--captions",
                                             "--out",
                                             at("sheet.png")};
    ASSERT_EQ(call(arguments).code, 0);
    const auto first = pixels(at("sheet.png"));
    ASSERT_FALSE(first.empty());
    const Outcome again = call({"generate", "--from", at("sheet.png"), "--out", at("again.png")});
    ASSERT_EQ(again.code, 0) << again.err;
    EXPECT_EQ(read_text(at("again.png")), read_text(at("sheet.png")));
    EXPECT_EQ(call({"generate", golden("biggan-128-generator.safetensors"), "--from", at("sheet.png"),
                    "--out", at("x.png")})
                  .code,
              1);
}

TEST_F(Cli, APictureFindsItsModelAfterBothMoved) {
    fs::create_directories(at("here/sheets"));
    fs::copy(GAN_ASSETS "/models/random-64.safetensors", at("here/mine.safetensors"));
    ASSERT_EQ(call({"generate", at("here/mine.safetensors"), "--out", at("here/sheets/a.png")}).code, 0);
    const auto made = pixels(at("here/sheets/a.png"));
    ASSERT_FALSE(made.empty());
    EXPECT_THAT(read_png_texts(at("here/sheets/a.png")).at("ganymede.recipe"),
                testing::AllOf(HasSubstr("\"../mine.safetensors\""), Not(HasSubstr(at("here")))))
        << "whoever sees it need not know its maker's folders";
    fs::rename(at("here"), at("there"));
    const auto again = [&] {
        return call({"generate", "--from", at("there/sheets/a.png"), "--out", at("b.png")});
    };
    ASSERT_EQ(again().code, 0);
    EXPECT_EQ(pixels(at("b.png")), made);
    fs::rename(at("there/mine.safetensors"), at("there/sheets/renamed.safetensors"));
    ASSERT_EQ(again().code, 0) << "by its hash";
    EXPECT_EQ(pixels(at("b.png")), made);
}

TEST_F(Cli, EachPictureOfAFolderIsItsPlaceInTheSheet) {
    ASSERT_EQ(call({"generate", model(), "-c", "1,4", "--seed", "20", "-n", "5", "--out", at("many/")}).code,
              0);
    ASSERT_EQ(call({"generate", model(), "-c", "4", "--seed", "23", "--out", at("one.png")}).code, 0);
    EXPECT_EQ(pixels(at("many/00003.png")), pixels(at("one.png")));
    ASSERT_EQ(call({"generate", "--from", at("many/00003.png"), "--out", at("again.png")}).code, 0);
    EXPECT_EQ(pixels(at("again.png")), pixels(at("one.png")));
}

TEST_F(Cli, TruncationNarrowsWhatIsMade) {
    ASSERT_EQ(
        call({"generate", model(), "-c", "1", "--seed", "1", "-n", "2", "-t", "0.02", "--out", at("narrow/")})
            .code,
        0);
    ASSERT_EQ(call({"generate", model(), "-c", "1", "--seed", "1", "-n", "2", "--out", at("wide/")}).code, 0);
    const auto difference = [&](const std::string& from) {
        return mean_difference(pixels(at(from + "/00000.png")), pixels(at(from + "/00001.png")));
    };
    EXPECT_LT(difference("narrow") * 5, difference("wide"));
}

TEST_F(Cli, BenchReportsEveryFigure) {
    const Outcome outcome = call({"bench", model(), "--batch", "1,2", "--seconds", "0.1", "--json"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const json report = json::parse(outcome.out);
    for (const char* key :
         {"model", "engine", "threads", "lowered_megabytes", "lower_seconds", "peak_megabytes"})
        EXPECT_TRUE(report.contains(key)) << key;
    ASSERT_EQ(report["results"].size(), 2u);
    for (const json& result : report["results"])
        for (const char* key : {"batch", "precision", "median_ms", "min_ms", "pictures_per_second",
                                "open_seconds", "gmac", "peak_share", "resident_megabytes"})
            EXPECT_TRUE(result.contains(key)) << key;
}

// -- bad input ------------------------------------------------------------------------------------------

TEST_F(Cli, SaysWhatIsWrongInOneSentence) {
    expect_refused({"generate", at("nothing.safetensors"), "--out", at("x.png")}, "there is no such file");
    expect_refused({"generate", golden("checkpoints/hostile.pth"), "--out", at("x.png")},
                   "refuses 'posix.system'");
    expect_refused({"import", golden("checkpoints/hostile.zip.pth"), "--out", at("x.safetensors")},
                   "system'");
    expect_refused({"generate", model(), "-c", "7", "--out", at("x.png")}, "classes 0 to 6");
    expect_refused({"generate", model(), "-c", "tabby", "--out", at("x.png")}, "stores no class names");
    expect_refused({"generate", model(), "-c", "1:x", "--out", at("x.png")}, "is no weight");
    expect_refused({"generate", model(), "-t", "1.5", "--out", at("x.png")}, "out of range");
    expect_refused({"generate", model(), "-t", "-1", "--out", at("x.png")}, "out of range");
    expect_refused({"generate", model(), "--grid", "2", "--out", at("x.png")}, "base grid");
    expect_refused({"generate", model(), "--out", "/nonexistent/x.png"}, "/nonexistent/x.png");
    expect_refused({"generate", model(), "--out", "/proc/x.png"}, "/proc/x.png");
    expect_refused({"generate", "--from", model(), "--out", at("x.png")}, "is not a PNG");
    expect_refused({"generate", "--out", at("x.png")}, "name a model");
    EXPECT_FALSE(fs::exists(at("x.png")));
    EXPECT_FALSE(fs::exists(at("x.safetensors")));
    std::ofstream(at("text.safetensors")) << "this is no model at all, but it is long enough to look at";
    expect_refused({"inspect", at("text.safetensors")}, "it is damaged or no safetensors file");
    std::ofstream(at("empty.pth"));
    expect_refused({"inspect", at("empty.pth")}, "too short");
    fs::copy_file(model(), at("cut.safetensors"));
    fs::resize_file(at("cut.safetensors"), 500'000);
    expect_refused({"inspect", at("cut.safetensors")}, "cut off");
}

TEST_F(Cli, RefusesLatentsOfTheWrongWidth) {
    SafeTensors tensors;
    tensors.tensors["input.z"] = make_tensor(std::vector<float>(10), {1, 10});
    tensors.tensors["input.y"] = make_tensor(std::vector<int64_t>{0}, {1});
    write_safetensors(at("in.safetensors"), tensors);
    expect_refused({"generate", model(), "--tensors", at("in.safetensors"), "--out", at("o.safetensors")},
                   "(N, 120)");
    tensors.tensors["input.z"] = make_tensor(std::vector<float>(120, NAN), {1, 120});
    write_safetensors(at("in.safetensors"), tensors);
    expect_refused({"generate", model(), "--tensors", at("in.safetensors"), "--out", at("o.safetensors")},
                   "not finite");
    EXPECT_FALSE(fs::exists(at("o.safetensors")));
}

TEST_F(Cli, SuggestsTheNearestNames) {
    std::ofstream names(at("names.txt"));
    names << "tabby, tabby cat\ntiger cat\nEgyptian cat\ncafé\nhen\ncrane, machine\ncrane, bird\n";
    names.close();
    expect_refused(
        {"generate", model(), "--class-names", at("names.txt"), "-c", "tabbi", "--out", at("x.png")},
        "'tabby, tabby cat' (0)");
    expect_refused(
        {"generate", model(), "--class-names", at("names.txt"), "-c", "crane", "--out", at("x.png")},
        "several classes (5, 6)");
    EXPECT_EQ(call({"generate", model(), "--class-names", at("names.txt"), "-c",
                    "Tabby_Cat,café,tiger cat:0.3+hen:0.7", "-n", "3", "--captions", "--out", at("x.png")})
                  .code,
              0);
    std::ofstream(at("short.txt")) << "one\n";
    expect_refused({"inspect", model(), "--class-names", at("short.txt")}, "7 classes, but 1 class names");
}

// A file-size limit stands for a full disk: write() fails half-way.
TEST_F(Cli, AFullDiskLeavesNoPartialFile) {
    std::ofstream(at("m.safetensors")) << "old";
    const Outcome outcome =
        start({"import", golden("checkpoints/hf-biggan-deep-128"), "--out", at("m.safetensors")}, 1 << 20)
            .wait();
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("could not be written (File too large)"));
    EXPECT_EQ(read_text(at("m.safetensors")), "old");
    for (const auto& entry : fs::directory_iterator(folder.path()))
        EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr(".m.safetensors")));
}

TEST_F(Cli, CtrlCLeavesNothingUnfinished) {
    for (int milliseconds : {50, 300, 700}) {
        const Started work =
            start({"generate", model(), "-n", "100000", "--out", at("s.png"), "--size", "16"});
        std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
        ::kill(work.pid, SIGINT);
        const Outcome outcome = work.wait();
        EXPECT_EQ(outcome.code, 130) << outcome.err;
        EXPECT_FALSE(fs::exists(at("s.png")));
    }
    for (const auto& entry : fs::directory_iterator(folder.path()))
        EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr(".s.png")));
}

// -- class text ------------------------------------------------------------------------------------------

TEST(Classes, AreReadAndWrittenBack) {
    BigGanConfig config;
    config.classes = 10;
    const auto classes = parse_classes("3,1:0.25+2:0.75", config);
    ASSERT_EQ(classes.size(), 2u);
    EXPECT_EQ(class_text(classes[0]), "3");
    EXPECT_EQ(class_text(classes[1]), "1:0.25+2:0.75");
    EXPECT_EQ(class_caption(classes[1], config), "class 1 25 % + class 2 75 %");
    for (const char* bad : {"", ",", "3+", "3:", "x", "10", "-1", "99999999999999999999", "1:nan"})
        EXPECT_THROW(parse_classes(bad, config), Error) << bad;
}

}  // namespace
}  // namespace gan
