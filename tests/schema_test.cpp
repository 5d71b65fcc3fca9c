#include "runtime/cli/schema.h"

#include "nodes/builtin.h"
#include "runtime/base/file.h"
#include "runtime/base/pixel.h"
#include "tests/graph_nodes.h"
#include "tests/program.h"

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include <filesystem>

namespace gan {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// Judged by a validator that knows nothing of Ganymede.
class Schema : public ProgramTest {
protected:
    Schema() {
        const json text = json::parse(call({"nodes", "--schema"}).out);
        EXPECT_EQ(text, patch_schema(builtin_nodes()));
        valijson::SchemaParser(valijson::SchemaParser::kDraft7)
            .populateSchema(valijson::adapters::NlohmannJsonAdapter(text), schema_);
    }
    bool valid(const json& patch) {
        return valijson::Validator().validate(schema_, valijson::adapters::NlohmannJsonAdapter(patch),
                                              nullptr);
    }
    static json first() {
        return json::parse(read_text(std::string(GAN_ASSETS) + "/patches/first.ganymede"));
    }

private:
    valijson::Schema schema_;
};

TEST_F(Schema, EveryPatchThatComesAlongFits) {
    for (const auto& entry : fs::directory_iterator(std::string(GAN_ASSETS) + "/patches"))
        EXPECT_TRUE(valid(json::parse(read_text(entry.path())))) << entry.path();
}

TEST_F(Schema, EveryDefaultFits) {
    for (const NodeType& type : builtin_nodes().all()) {
        json params = json::object();
        for (const ParamBase* param : builtin_nodes().sample(type).params())
            params[param->name] = param->default_value();
        EXPECT_TRUE(valid(
            {{"ganymede", 1}, {"nodes", json::array({{{"id", 1}, {"type", type.id}, {"params", params}}})}}))
            << type.id;
    }
}

TEST_F(Schema, GroupsAndSettingsFit) {
    json patch = first();
    patch["settings"].update({{"loop", {0, 960}}, {"width", 1024}, {"height", max_side}, {"length", 960}});
    patch["nodes"].push_back({{"id", 50},
                              {"type", "group"},
                              {"comment", "what the latents do"},
                              {"inputs", {{"seed", json::array({"2.seed", "4.class"})}}},
                              {"outputs", {{"latent", "3.latent"}}}});
    patch["nodes"][1]["group"] = 50;
    patch["nodes"][1]["exposed"] = {{"seed", {{"name", "Seed"}, {"min", 0}, {"max", 99}}}};
    EXPECT_TRUE(valid(patch));
}

TEST_F(Schema, WhatIsNotKnownFits) {
    json patch = first();
    patch["window"] = {{"zoom", 2}};
    patch["nodes"][0]["colour"] = "red";
    patch["nodes"][0]["params"]["more"] = json::array({1, 2});
    patch["nodes"].push_back({{"id", 99}, {"type", "somebody.elses"}, {"params", {{"what", nullptr}}}});
    EXPECT_TRUE(valid(patch));
}

TEST_F(Schema, WhatIsWrongDoesNotFit) {
    const auto refused = [&](const char* pointer, const json& value) {
        json patch = first();
        patch[json::json_pointer(pointer)] = value;
        EXPECT_FALSE(valid(patch)) << pointer << " = " << value;
    };
    EXPECT_TRUE(valid(first()));
    EXPECT_FALSE(valid(json::array()));
    EXPECT_FALSE(valid(json::object()));
    refused("/ganymede", 2);
    refused("/ganymede", "1");
    refused("/settings/tempo", 0);
    refused("/settings/tick_rate", json::array({60}));
    refused("/nodes", json::object());
    refused("/nodes/0/id", 0);
    refused("/nodes/0/type", 7);
    refused("/nodes/0/mute", "yes");
    refused("/nodes/0/params", json::array());
    refused("/settings/loop", json::array({1}));
    refused("/settings/width", max_side + 1);
    refused("/settings/height", 0);
    refused("/settings/length", 1.5);
    refused("/nodes/0/group", "all");
    refused("/nodes/0/comment", 7);
    refused("/nodes/0/inputs", json{{"seed", "seed"}});
    refused("/nodes/0/exposed", json::array());
    refused("/links/2.latent", 1);
    refused("/links/2.latent", "latent");
    refused("/links/latent", "1.latent");
    const auto node = [&](const char* type, const char* param, const json& value) {
        return valid({{"ganymede", 1},
                      {"nodes", json::array({{{"id", 1}, {"type", type}, {"params", {{param, value}}}}})}});
    };
    EXPECT_TRUE(node("latent.truncation", "truncation", 0.5));
    EXPECT_FALSE(node("latent.truncation", "truncation", 3)) << "above its most";
    EXPECT_FALSE(node("latent.truncation", "truncation", "much"));
    EXPECT_FALSE(node("latent.truncation", "mode", "other"));
    EXPECT_FALSE(node("latent.sampler", "seed", 1.5)) << "whole numbers only";
    EXPECT_FALSE(node("biggan.generator", "wrap x", 1));
    EXPECT_FALSE(node("model.load", "path", nullptr));
}

}  // namespace
}  // namespace gan
