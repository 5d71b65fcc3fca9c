#include "runtime/base/file.h"
#include "runtime/graph/patch.h"
#include "runtime/picture/png.h"
#include "tests/alone.h"
#include "tests/program.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <regex>
#include <thread>

namespace gan {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

ImageRef grey(int side, float value) {
    return std::make_shared<Image>(ImageInfo{.width = side, .height = side},
                                   std::vector<float>(static_cast<size_t>(side) * side * 3, value));
}

class Save : public ProgramTest {
protected:
    Tick tick(int64_t index, bool live = false) const {
        return {.index = index, .live = live, .folder = folder_name};
    }
    std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder.path()))
            names.push_back(entry.path().filename());
        std::sort(names.begin(), names.end());
        return names;
    }
    const std::string folder_name = folder.path().string();
    Source source;
};

TEST_F(Save, WritesEveryPictureOnceUnderTheNumberOfItsTick) {
    Alone save("image.save", {{"when", "every change"}});
    save.link("image", source.image);
    source.image = grey(2, 0.5f);
    EXPECT_EQ(save.failure(tick(7)), "");
    EXPECT_EQ(save.failure(tick(8)), "");
    source.image = grey(2, 1);
    EXPECT_EQ(save.failure(tick(12345678)), "");
    EXPECT_THAT(files(), testing::ElementsAre("saved_00007.png", "saved_12345678.png"));
    EXPECT_EQ(pixels(at("saved_00007.png")), std::vector<uint8_t>(12, 128));
    EXPECT_EQ(save.get<std::string>("status"), "2 saved");
}

TEST_F(Save, SavesWhenTheTriggerRisesAndNeverWhenToldSo) {
    Alone save("image.save", {{"path", "one.png"}});
    save.link("image", source.image).link("trigger", source.scalar);
    source.image = grey(2, 0);
    const auto saved_with = [&](double trigger) {
        fs::remove(at("one.png"));
        source.scalar = trigger;
        EXPECT_EQ(save.failure(tick(0)), "");
        return fs::exists(at("one.png"));
    };
    EXPECT_FALSE(saved_with(0));
    EXPECT_TRUE(saved_with(1));
    EXPECT_FALSE(saved_with(1));
    EXPECT_FALSE(saved_with(0.2));
    EXPECT_TRUE(saved_with(0.9));
    save.set("when", "never");
    EXPECT_FALSE(saved_with(0));
    EXPECT_FALSE(saved_with(1));
}

TEST_F(Save, SaysWhyItCannotSaveAndWritesNowhereElse) {
    Alone save("image.save", {{"when", "every change"}});
    save.link("image", source.image);
    source.image = grey(2, 0);
    const auto said = [&](const char* path) { return save.set("path", path).failure(tick(0)); };
    EXPECT_THAT(said("/tmp/x.png"), HasSubstr("outside of the patch's folder"));
    EXPECT_THAT(said("a/../../x.png"), HasSubstr("outside of the patch's folder"));
    EXPECT_THAT(said("x.jpg"), HasSubstr("only PNG pictures"));
    EXPECT_THAT(said(""), HasSubstr("outside of the patch's folder"));
    EXPECT_THAT(said("x_%s.png"), HasSubstr("the number is written %05d"));
    EXPECT_THAT(said("x_%d.png"), HasSubstr("the number is written %05d"));
    EXPECT_THAT(said("no/x.png"), HasSubstr("no/x.png"));
    EXPECT_THAT(files(), testing::IsEmpty());
    source.image = grey(2, 1);
    EXPECT_EQ(said("x.png"), "");
    EXPECT_THAT(files(), testing::ElementsAre("x.png"));
}

// A burst that no disk keeps up with: it returns before anything can be written, and counts what is lost.
TEST_F(Save, LiveItNeverWaitsAndCountsWhatItLoses) {
    Alone save("image.save", {{"when", "every change"}, {"path", "live_%03d.png"}});
    save.link("image", source.image);
    const ImageRef pictures[] = {grey(512, 0.2f), grey(512, 0.8f)};
    for (int i = 0; i < 60; ++i) {
        source.image = pictures[i % 2];
        EXPECT_EQ(save.failure(tick(i, true)), "");
    }
    EXPECT_TRUE(save.node->take_request()) << "it has more to tell";
    while (save.failure(tick(60, true)).empty() && save.node->take_request())
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const std::string status = save.get<std::string>("status");
    std::smatch numbers;
    ASSERT_TRUE(std::regex_match(
        status, numbers, std::regex(R"((\d+) saved, (\d+) lost: they come faster than they can be written)")))
        << status;
    EXPECT_EQ(std::stoi(numbers[1]) + std::stoi(numbers[2]), 60);
    EXPECT_EQ(files().size(), static_cast<size_t>(std::stoi(numbers[1])));
}

TEST_F(Save, WhatItTookIsWrittenBeforeItGoes) {
    for (int i = 0; i < 3; ++i) {
        Alone save("image.save", {{"when", "every change"}, {"path", std::to_string(i) + "_%03d.png"}});
        save.link("image", source.image);
        source.image = grey(256, 0.5f);
        EXPECT_EQ(save.failure(tick(i, true)), "");
    }
    EXPECT_THAT(files(), testing::ElementsAre("0_000.png", "1_001.png", "2_002.png"));
}

TEST_F(Save, HasThePixelsOfRender) {
    const std::string assets = GAN_ASSETS;
    Graph graph = load_patch(assets + "/patches/first.ganymede", builtin_nodes()).graph;
    graph.nodes.at(4).params["class"] = "3";
    graph.nodes[20] = {.type = "image.save", .params = {{"when", "every change"}}};
    graph.links[{20, "image"}] = graph.links.at({6, "image"});
    save_patch(at("saving.ganymede"), graph);
    const Outcome outcome = call({"render", at("saving.ganymede"), "--out", at("shown.png"), "--model",
                                  assets + "/models/random-64.safetensors"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(pixels(at("saved_00000.png")), pixels(at("shown.png")));
    EXPECT_EQ(pixels(at("shown.png")).size(), 64u * 64 * 3);
}

}  // namespace
}  // namespace gan
