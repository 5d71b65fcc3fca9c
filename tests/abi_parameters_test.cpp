#include "runtime/abi/gan.h"
#include "tests/abi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>

namespace gan {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class AbiParameters : public Abi {};

gan_parameter parameter_of(gan_patch patch, uint32_t index) {
    auto parameter = structure<gan_parameter>();
    EXPECT_EQ(gan_parameter_info(patch, index, &parameter), GAN_OK) << error_of(patch);
    return parameter;
}

double number_of(gan_patch patch, const char* id) {
    double value = -1;
    EXPECT_EQ(gan_get_number(patch, id, &value), GAN_OK) << error_of(patch);
    return value;
}

std::string text_of(gan_patch patch, const char* id) {
    char text[100] = "";
    EXPECT_EQ(gan_get_text(patch, id, text, sizeof(text), nullptr), GAN_OK) << error_of(patch);
    return text;
}

TEST_F(AbiParameters, ListsAParameterOfEveryKind) {
    const std::string text = exposing_patch().dump();
    const HostPatch one(from_text(text));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    struct Expected {
        uint32_t kind;
        const char *id, *name;
        double value, min, max;
    };
    const Expected all[] = {{GAN_NUMBER, "3.truncation", "Calm", 0.65, 0.1, 0.9},
                            {GAN_WHOLE, "2.seed", "Seed", 7, 0, 4294967295},
                            {GAN_TOGGLE, "5.wrap x", "Tiles", 0, 0, 1},
                            {GAN_CHOICE, "3.mode", "Way", 1, 0, 2},
                            {GAN_TEXT, "4.class", "What", 0, 0, 0}};
    for (uint32_t i = 0; i < std::size(all); ++i) {
        const gan_parameter parameter = parameter_of(one, i);
        EXPECT_EQ(parameter.kind, all[i].kind) << i;
        EXPECT_STREQ(parameter.id, all[i].id);
        EXPECT_STREQ(parameter.name, all[i].name);
        EXPECT_STRNE(parameter.description, "") << i;
        if (parameter.kind == GAN_TEXT) continue;
        EXPECT_EQ(parameter.value, all[i].value) << i;
        EXPECT_EQ(parameter.min, all[i].min) << i;
        EXPECT_EQ(parameter.max, all[i].max) << i;
    }
    for (uint32_t index : {5u, ~0u}) {
        auto parameter = structure<gan_parameter>();
        EXPECT_EQ(gan_parameter_info(one, index, &parameter), GAN_ERROR_ARGUMENT);
    }
}

TEST_F(AbiParameters, SetsAndGivesBackEveryKind) {
    const std::string text = exposing_patch().dump();
    const HostPatch one(from_text(text));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    const std::pair<const char*, double> numbers[] = {
        {"3.truncation", 0.3}, {"2.seed", 4294967295}, {"5.wrap x", 1}, {"3.mode", 0}};
    for (const auto& [id, value] : numbers) {
        EXPECT_EQ(gan_set_number(one, id, value), GAN_OK) << error_of(one);
        EXPECT_EQ(number_of(one, id), value) << id;
    }
    EXPECT_EQ(text_of(one, "3.mode"), "scale");
    EXPECT_EQ(gan_set_text(one, "3.mode", "resample"), GAN_OK);
    EXPECT_EQ(number_of(one, "3.mode"), 2);
    EXPECT_EQ(text_of(one, "4.class"), "16");
    EXPECT_EQ(gan_set_text(one, "4.class", "roof shingles"), GAN_OK);
    EXPECT_EQ(text_of(one, "4.class"), "roof shingles");

    std::array<char, 8> cut;
    cut.fill('#');
    uint64_t needed = 0;
    EXPECT_EQ(gan_get_text(one, "4.class", cut.data(), 5, &needed), GAN_OK);
    EXPECT_STREQ(cut.data(), "roof");
    EXPECT_EQ(cut[5], '#');
    EXPECT_EQ(needed, std::strlen("roof shingles") + 1);
    EXPECT_EQ(parameter_of(one, 0).value, 0.65) << "that it had when it was opened";

    EXPECT_EQ(gan_set_text(one, "4.class", "T\xc3\xbcrme"), GAN_OK);
    EXPECT_EQ(gan_get_text(one, "4.class", cut.data(), 3, nullptr), GAN_OK);
    EXPECT_STREQ(cut.data(), "T") << "no half of a letter";
}

TEST_F(AbiParameters, ListsAreTextInJson) {
    json patch = exposing_patch();
    patch["nodes"].push_back(
        {{"id", 21}, {"type", "image.gradient_map"}, {"exposed", {{"stops", {{"name", "Colours"}}}}}});
    const std::string text = patch.dump();
    const HostPatch one(from_text(text));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    EXPECT_EQ(parameter_of(one, 1).kind, static_cast<uint32_t>(GAN_TEXT));
    EXPECT_STREQ(parameter_of(one, 1).id, "21.stops");
    EXPECT_EQ(json::parse(text_of(one, "21.stops")).size(), 4u);
    const std::string wanted = R"([[0,"#000000"],[1,"#ff0000"]])";
    EXPECT_EQ(gan_set_text(one, "21.stops", wanted.c_str()), GAN_OK) << error_of(one);
    const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
    for (const std::string& wrong :
         {std::string("red"), std::string(), std::string("[]"), std::string("{"), deep}) {
        EXPECT_EQ(gan_set_text(one, "21.stops", wrong.c_str()), GAN_ERROR_VALUE) << wrong.substr(0, 20);
        EXPECT_THAT(error_of(one), HasSubstr("Colours"));
    }
    EXPECT_EQ(json::parse(text_of(one, "21.stops")), json::parse(wanted));
    EXPECT_EQ(gan_set_number(one, "21.stops", 1), GAN_ERROR_VALUE);
}

TEST_F(AbiParameters, BringsNumbersIntoTheirRange) {
    const std::string text = exposing_patch().dump();
    const HostPatch one(from_text(text));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    struct Case {
        const char* id;
        double set, got;
    };
    for (const Case& each :
         {Case{"3.truncation", 5, 0.9}, Case{"3.truncation", -5, 0.1}, Case{"2.seed", -1, 0},
          Case{"2.seed", 1e300, 4294967295}, Case{"5.wrap x", 7, 1}, Case{"3.mode", 9, 2}}) {
        EXPECT_EQ(gan_set_number(one, each.id, each.set), GAN_OK) << each.id << error_of(one);
        EXPECT_EQ(number_of(one, each.id), each.got) << each.id;
    }
    EXPECT_EQ(gan_set_number(one, "2.seed", 8.4), GAN_OK);
    EXPECT_EQ(number_of(one, "2.seed"), 8) << "whole numbers only";
}

TEST_F(AbiParameters, SaysWhyItTakesNoSuchValue) {
    const std::string text = exposing_patch().dump();
    const HostPatch one(from_text(text));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    const auto before = rendered(one, 0);
    const auto refused = [&](int result, int expected, const char* words) {
        EXPECT_EQ(result, expected);
        EXPECT_THAT(error_of(one), HasSubstr(words));
    };
    double value = 42;
    char buffer[8] = "as is";
    for (const char* id : {"3.seed", "99.seed", "", "3", "Calm", "3.truncation "}) {
        refused(gan_set_number(one, id, 0.5), GAN_ERROR_NAME, id);
        refused(gan_get_number(one, id, &value), GAN_ERROR_NAME, id);
        refused(gan_get_text(one, id, buffer, sizeof(buffer), nullptr), GAN_ERROR_NAME, id);
    }
    for (double none : {std::nan(""), HUGE_VAL, -HUGE_VAL})
        refused(gan_set_number(one, "3.truncation", none), GAN_ERROR_VALUE, "Calm");
    refused(gan_set_number(one, "4.class", 3), GAN_ERROR_VALUE, "What");
    refused(gan_get_number(one, "4.class", &value), GAN_ERROR_VALUE, "What");
    refused(gan_set_text(one, "2.seed", "three"), GAN_ERROR_VALUE, "Seed");
    refused(gan_get_text(one, "2.seed", buffer, sizeof(buffer), nullptr), GAN_ERROR_VALUE, "Seed");
    refused(gan_set_text(one, "3.mode", "slowly"), GAN_ERROR_VALUE, "quantile");
    EXPECT_EQ(value, 42);
    EXPECT_STREQ(buffer, "as is");
    EXPECT_EQ(rendered(one, 0), before);
}

TEST_F(AbiParameters, WhatIsSetIsInTheNextPicture) {
    const std::string path = saved(exposing_patch());
    const HostPatch one(from_path(path));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    const auto before = rendered(one, 0);
    EXPECT_EQ(gan_set_number(one, "2.seed", 8), GAN_OK);
    EXPECT_EQ(gan_set_text(one, "4.class", "moss"), GAN_OK);
    const auto after = rendered(one, 0);
    EXPECT_NE(after, before);
    EXPECT_EQ(after,
              of_program({path, "--set", "Sampler.seed=8", "--set", "Class.class=moss", "--frames", "0"}));
}

TEST_F(AbiParameters, ANodeThatFailsSaysWhyAndCanBeMended) {
    const std::string text = exposing_patch().dump();
    const HostPatch one(from_text(text));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    const auto before = rendered(one, 0);
    EXPECT_EQ(gan_set_text(one, "4.class", "tabby"), GAN_OK) << "the network alone knows its classes";
    HostPicture picture;
    EXPECT_EQ(gan_render(one, 0, &picture.frame), GAN_ERROR_RENDER);
    EXPECT_THAT(error_of(one), HasSubstr("there is no class 'tabby'"));
    EXPECT_THAT(picture.bytes, testing::Each(HostPicture::untouched));
    char cut[10];
    EXPECT_EQ(gan_error(one, cut, sizeof(cut)), GAN_OK);
    EXPECT_EQ(cut, error_of(one).substr(0, 9));
    EXPECT_EQ(gan_set_text(one, "4.class", "16"), GAN_OK);
    EXPECT_EQ(rendered(one, 0), before);
}

}  // namespace
}  // namespace gan
