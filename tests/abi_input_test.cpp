#include "runtime/abi/gan.h"
#include "tests/abi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

using nlohmann::json;

class AbiInput : public Abi {
protected:
    /// What comes in goes out.
    static std::string through(const std::vector<const char*>& names) {
        json patch{{"ganymede", 1}, {"nodes", json::array()}, {"links", {{"9.image", "1.image"}}}};
        for (size_t i = 0; i < names.size(); ++i)
            patch["nodes"].push_back(
                {{"id", i + 1}, {"type", "image.input"}, {"params", {{"name", names[i]}}}});
        patch["nodes"].push_back({{"id", 9}, {"type", "image.output"}});
        return patch.dump();
    }
    static HostPicture colours(int shift) {
        HostPicture picture(5, 3, GAN_RGBA8, GAN_SRGB, 16);
        for (size_t i = 0; i < picture.bytes.size(); ++i)
            picture.bytes[i] = i % 4 == 3 ? 255 : static_cast<uint8_t>(i * 7 + static_cast<size_t>(shift));
        return picture;
    }
    static std::vector<uint8_t> without_padding(const HostPicture& picture) {
        std::vector<uint8_t> result;
        for (size_t i = 0; i < picture.bytes.size(); ++i)
            if (i % (5 * 4 + 16) < 5 * 4) result.push_back(picture.bytes[i]);
        return result;
    }
    static int gives(gan_patch patch, const char* name, int shift) {
        const HostPicture picture = colours(shift);
        return gan_set_input(patch, name, &picture.frame);
    }
};

TEST_F(AbiInput, APatchOpensBeforeItsHostHasGivenAPicture) {
    const std::string text = through({"camera"});
    const HostPatch one(from_text(text));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    EXPECT_EQ(rendered(one, 0), rendered(one, 1));
}

TEST_F(AbiInput, WhatAHostGivesIsInTheNextPicture) {
    const std::string text = through({"camera"});
    const HostPatch one(from_text(text));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    for (const char* name : {static_cast<const char*>(nullptr), "camera"})
        for (int shift : {0, 100}) {
            HostPicture given = colours(shift);
            EXPECT_EQ(gan_set_input(one, name, &given.frame), GAN_OK) << error_of(one);
            const auto expected = without_padding(given);
            std::fill(given.bytes.begin(), given.bytes.end(), uint8_t{0});  // it was copied
            EXPECT_EQ(rendered(one, shift, 5, 3), expected);
        }
    const HostPicture given = colours(50);
    EXPECT_EQ(gan_set_input(one, "webcam", &given.frame), GAN_ERROR_NAME);
    EXPECT_THAT(error_of(one), testing::HasSubstr("webcam"));
    EXPECT_EQ(rendered(one, 0, 5, 3), without_padding(colours(100)));
}

TEST_F(AbiInput, EachInputHasItsNameAndItsOwnPicture) {
    const std::string text = through({"left", "right"});
    const HostPatch one(from_text(text));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    char name[6] = "#";
    for (uint32_t index : {2u, ~0u})
        EXPECT_EQ(gan_input_name(one, index, name, sizeof(name)), GAN_ERROR_ARGUMENT);
    EXPECT_STREQ(name, "#");
    EXPECT_EQ(gan_input_name(one, 0, name, sizeof(name)), GAN_OK);
    EXPECT_STREQ(name, "left");
    EXPECT_EQ(gan_input_name(one, 1, name, 5), GAN_OK);
    EXPECT_STREQ(name, "righ");
    EXPECT_EQ(gives(one, "left", 1), GAN_OK);
    EXPECT_EQ(gives(one, "right", 2), GAN_OK);
    EXPECT_EQ(rendered(one, 0, 5, 3), without_padding(colours(1)));
    EXPECT_EQ(gives(one, nullptr, 3), GAN_OK) << "the first";
    EXPECT_EQ(rendered(one, 0, 5, 3), without_padding(colours(3)));
    const HostPatch first(structure<gan_open_options>());
    ASSERT_EQ(first.opened, GAN_OK);
    for (const char* name : {static_cast<const char*>(nullptr), "left"})
        EXPECT_EQ(gives(first, name, 1), GAN_ERROR_NAME) << "it has none";
}

// Light may be kept in halves, which have eleven bits.
TEST_F(AbiInput, LightComesAndGoesAsLight) {
    const std::string text = through({"camera"});
    const HostPatch one(from_text(text));
    ASSERT_EQ(one.opened, GAN_OK) << error_of(one);
    HostPicture given(5, 3, GAN_RGBA32F, GAN_LINEAR), got(5, 3, GAN_RGBA32F, GAN_LINEAR);
    std::vector<float> light;
    for (int i = 0; i < 5 * 3 * 4; ++i) light.push_back(i % 4 == 3 ? 1.0f : static_cast<float>(i) / 60);
    std::copy(light.begin(), light.end(), reinterpret_cast<float*>(given.bytes.data()));
    EXPECT_EQ(gan_set_input(one, "camera", &given.frame), GAN_OK);
    EXPECT_EQ(gan_render(one, 0, &got.frame), GAN_OK) << error_of(one);
    EXPECT_LE(max_difference(got.numbers<float>(), light), std::ldexp(1, -11));
}

}  // namespace
}  // namespace gan
