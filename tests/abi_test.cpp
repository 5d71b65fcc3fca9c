#include "tests/abi.h"
#include "runtime/abi/gan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <thread>

namespace gan {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

std::string textures() {
    return GAN_ASSETS "/models/textures-64.safetensors";
}

TEST_F(Abi, SaysWhatItIsAndWhatItsResultsMean) {
    EXPECT_THAT(gan_version(), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
    std::set<std::string> texts;
    for (int result = GAN_ERROR_INTERNAL; result <= GAN_PENDING; ++result)
        texts.insert(gan_result_text(result));
    EXPECT_EQ(texts.size(), static_cast<size_t>(GAN_PENDING - GAN_ERROR_INTERNAL + 1));
    for (int result : {-1000, 1000, std::numeric_limits<int>::min()})
        EXPECT_STRNE(gan_result_text(result), "") << result;
}

TEST_F(Abi, OpensTheFirstPatchAFileAndAText) {
    const std::string path = patch("first"), text = read_text(path);
    const std::string folder_of_it = fs::path(path).parent_path().string();
    gan_open_options as_text = from_text(text);
    as_text.folder = folder_of_it.c_str();
    const HostPatch none(structure<gan_open_options>()), file(from_path(path)), in_memory(as_text);
    for (const HostPatch* one : {&none, &file, &in_memory}) ASSERT_EQ(one->opened, GAN_OK) << error_of(*one);
    const auto expected = of_program({path, "--frames", "9"});
    for (const HostPatch* one : {&none, &file, &in_memory}) EXPECT_EQ(rendered(*one, 9), expected);
    EXPECT_NE(gan_patch{none}, gan_patch{file}) << "no number is given twice";
}

TEST_F(Abi, OpensAPictureThatTheProgramWrote) {
    const auto expected = of_program({patch("first"), "--seed", "12"});
    const std::string path = at("program.png");
    const HostPatch picture(from_path(path));
    ASSERT_EQ(picture.opened, GAN_OK) << error_of(picture);
    EXPECT_EQ(rendered(picture, 0), expected);
}

// The model has no hash here, by which it would be found from anywhere.
TEST_F(Abi, RelativePathsStartFromTheFolderThatWasCurrentThen) {
    json relative = exposing_patch();
    relative["nodes"][0]["params"] = {{"path", "../models/textures-64.safetensors"}};
    const std::string text = relative.dump();
    const fs::path before = fs::current_path();
    fs::current_path(GAN_ASSETS "/patches");
    const HostPatch one(from_text(text), false), other(from_path("first.ganymede"), false);
    fs::current_path(before);
    for (const HostPatch* each : {&one, &other}) {
        ASSERT_EQ(gan_wait(*each, -1), GAN_OK) << error_of(*each);
        EXPECT_EQ(error_of(*each), "");
        EXPECT_EQ(rendered(*each, 5), rendered(*each, 5)) << "nor is anything looked for elsewhere later";
        EXPECT_EQ(error_of(*each), "");
    }
}

TEST_F(Abi, AModelAndThreadsAreTakenInsteadOfThePatchs) {
    json other = exposing_patch();
    other["nodes"][3]["params"]["class"] = "3";
    const std::string path = saved(other);
    gan_open_options options = from_path(path);
    options.model = random_model.c_str();
    options.threads = 1;
    const HostPatch one(options);
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    EXPECT_EQ(rendered(one, 0),
              of_program({path, "--model", random_model, "--set", "Generator.threads=1", "--frames", "0"}));
}

TEST_F(Abi, TellsWhatAPatchIs) {
    json other = exposing_patch();
    other["settings"] = {{"tempo", 90.5}, {"tick_rate", {30000, 1001}}, {"length", 77}};
    other["nodes"][4]["params"]["grid x"] = 2;
    const std::string text = other.dump();
    const HostPatch one(from_text(text));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    auto info = structure<gan_patch_info>();
    ASSERT_EQ(gan_info(one, &info), GAN_OK);
    EXPECT_EQ(info.rate_num, 30000);
    EXPECT_EQ(info.rate_den, 1001);
    EXPECT_EQ(info.tempo, 90.5);
    EXPECT_EQ(info.length, 77);
    EXPECT_EQ(info.width, 128u);
    EXPECT_EQ(info.height, 64u);
    EXPECT_EQ(info.parameters, 5u);
    EXPECT_EQ(info.inputs, 1u);
}

TEST_F(Abi, WhatCannotBeOpenedIsNamed) {
    std::ofstream(at("empty.ganymede")).flush();
    std::ofstream(at("empty.safetensors")).flush();
    std::ofstream(at("broken.ganymede")) << R"({"ganymede": 1, "nodes": [)";
    std::ofstream(at("other.ganymede")) << "[1, 2, 3]";
    std::ofstream(at("cut.safetensors"), std::ios::binary) << read_text(textures()).substr(0, 100'000);
    run({"generate", textures(), "--class", "lava", "--out", at("plain.png")});
    const auto refused = [&](const gan_open_options& options, const std::string& word) {
        const HostPatch one(options);
        EXPECT_EQ(one.opened, GAN_ERROR_OPEN) << word;
        EXPECT_THAT(error_of(one), HasSubstr(word));
        EXPECT_THAT(error_of(one), testing::Not(HasSubstr("\n"))) << "a sentence";
        HostPicture picture;
        EXPECT_LT(gan_render(one, 0, &picture.frame), 0) << word;
        EXPECT_EQ(gan_wait(one, 0), GAN_ERROR_OPEN) << "and again";
    };
    for (const char* name :
         {"none.ganymede", "empty.ganymede", "broken.ganymede", "other.ganymede", "plain.png"})
        refused(from_path(at(name)), name);
    refused(from_path(folder.path().string()), folder.path().string());
    refused(from_path(""), "");  // it is not null: no other patch is meant
    refused(from_path(at(std::string(5000, 'x'))), "xxx");
    for (const char* text : {"", "{", "null", "{\"ganymede\": 99}"}) {
        const HostPatch one(from_text(text));
        EXPECT_EQ(one.opened, GAN_ERROR_OPEN) << text;
        EXPECT_NE(error_of(one), "") << text;
    }
    const std::string good = patch("first");
    for (const char* name : {"gone.safetensors", "empty.safetensors", "cut.safetensors"}) {
        const std::string model = at(name);
        gan_open_options given = from_path(good);
        given.model = model.c_str();
        refused(given, name);
        json own = exposing_patch();
        own["nodes"][0]["params"] = {{"path", model}};
        const std::string text = own.dump();
        refused(from_text(text), name);
    }
}

TEST_F(Abi, APatchWithoutAnOutputHasNoPicture) {
    json without = exposing_patch();
    without["nodes"].erase(5);
    without["links"].erase("6.image");
    const std::string text = without.dump();
    const HostPatch one(from_text(text));
    HostPicture picture;
    EXPECT_LT(gan_render(one, 0, &picture.frame), 0);
    EXPECT_THAT(error_of(one), HasSubstr("Output"));
}

TEST_F(Abi, ProgressRisesUntilItIsOpen) {
    const HostPatch one(structure<gan_open_options>(), false);
    double last = 0;
    int state = GAN_PENDING;
    while (state == GAN_PENDING) {
        double done = -1;
        EXPECT_EQ(gan_progress(one, &done), GAN_OK);
        EXPECT_GE(done, last);
        EXPECT_LE(done, 1);
        last = done;
        state = gan_wait(one, 0.002);
    }
    EXPECT_EQ(state, GAN_OK) << error_of(one);
    EXPECT_EQ(gan_progress(one, &last), GAN_OK);
    EXPECT_EQ(last, 1);
}

TEST_F(Abi, OpeningCanBeGivenUp) {
    int said = GAN_OK;
    // On a busy machine it may be open before this thread runs again.
    for (int tries = 0; said == GAN_OK && tries < 20; ++tries) {
        const HostPatch one(structure<gan_open_options>(), false);
        EXPECT_EQ(gan_cancel(one), GAN_OK);
        said = gan_wait(one, -1);
        HostPicture picture;
        if (said == GAN_OK) continue;
        EXPECT_LT(gan_render(one, 0, &picture.frame), 0) << "it never became open";
        EXPECT_EQ(gan_wait(one, -1), GAN_ERROR_CANCELLED);
    }
    EXPECT_EQ(said, GAN_ERROR_CANCELLED);
}

TEST_F(Abi, ClosingEndsAnOpeningAndThoseWhoWait) {
    HostPatch one(structure<gan_open_options>(), false);
    int said = GAN_PENDING;
    std::thread waiting([&] { said = gan_wait(one, -1); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(gan_close(one), GAN_OK);
    waiting.join();
    EXPECT_THAT(said, testing::AnyOf(GAN_OK, GAN_ERROR_CANCELLED, GAN_ERROR_HANDLE));
    EXPECT_EQ(gan_wait(one, 0), GAN_ERROR_HANDLE);
}

}  // namespace
}  // namespace gan
