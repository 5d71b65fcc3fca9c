#include "nodes/keep.h"
#include "runtime/base/error.h"
#include "runtime/graph/patch.h"
#include "runtime/model/latent.h"
#include "tests/alone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

namespace gan {

NodeType quantize();  // of CONTRIBUTING.md

namespace {

using nlohmann::json;
using testing::HasSubstr;

double mean_square(const std::vector<float>& z) {
    double sum = 0;
    for (float x : z) sum += static_cast<double>(x) * x;
    return sum / static_cast<double>(z.size());
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i) sum += std::pow(a[i] - b[i], 2);
    return std::sqrt(sum);
}

TEST(Nodes, EveryPortAndParameterSaysWhatItIs) {
    for (const NodeType& type : builtin_nodes().all()) {
        EXPECT_THAT(type.id, testing::MatchesRegex("[a-z]+\\.[a-z_]+"));
        EXPECT_FALSE(type.description.empty()) << type.id;
        const Node& node = builtin_nodes().sample(type);
        EXPECT_FALSE(node.outputs().empty() && !type.traits.sink) << type.id;
        std::set<std::string_view> inputs, outputs;
        for (const InputBase* input : node.inputs()) {
            EXPECT_TRUE(inputs.insert(input->name).second) << type.id << " has two inputs " << input->name;
            EXPECT_FALSE(input->description.empty()) << type.id << " " << input->name;
        }
        for (const OutputBase* output : node.outputs()) {
            EXPECT_TRUE(outputs.insert(output->name).second) << type.id;
            EXPECT_FALSE(output->description.empty()) << type.id << " " << output->name;
        }
        for (const ParamBase* param : node.params()) {
            EXPECT_FALSE(param->description.empty()) << type.id << " " << param->name;
            EXPECT_EQ(make_node(type, {})->param(param->name)->set(param->default_value()), "")
                << type.id << " " << param->name << ": its default does not fit";
        }
    }
}

TEST(Sampler, GivesTheLatentOfItsSeedAndAPrefixToSmallerNetworks) {
    const auto z = Alone("latent.sampler", {{"seed", 9}, {"size", 120}}).at(0).z();
    EXPECT_EQ(z, normal_latent(9, 120).z);
    const auto longer = Alone("latent.sampler", {{"seed", 9}}).at(0).z();
    ASSERT_EQ(longer.size(), 256u);
    EXPECT_TRUE(std::equal(z.begin(), z.end(), longer.begin()));
}

TEST(TruncationNode, LeavesNoNumberBeyondTheThreshold) {
    Source source;
    source.a = normal_latent(1, 4096);
    for (const char* mode : {"scale", "quantile", "resample"})
        for (double psi : {0.02, 0.25, 1.0}) {
            Alone node("latent.truncation", {{"truncation", psi}, {"mode", mode}});
            for (float x : node.link("latent", source.a).at(0).z()) EXPECT_LE(std::abs(x), 2 * psi) << mode;
            EXPECT_LT(node.get<Latent>("latent").std, 1);
        }
}

// 4096 numbers: the mean square of a unit normal is 1 within 5 standard errors, 5 sqrt(2 / 4096) = 0.11.
TEST(Walk, IsSmoothAndUnitNormalEverywhere) {
    Alone walk("latent.walk", {{"size", 4096}, {"period", 1}, {"unit", "seconds"}});
    std::vector<float> last = walk.at(0).z();
    double longest = 0;
    double turn = 0;
    std::vector<float> before;
    for (int64_t tick = 1; tick <= 180; ++tick) {
        const auto z = walk.at(tick).z();
        EXPECT_NEAR(mean_square(z), 1, 0.11) << tick;
        longest = std::max(longest, distance(z, last));
        if (!before.empty()) {
            std::vector<float> ahead(z.size());
            for (size_t i = 0; i < z.size(); ++i) ahead[i] = 2 * last[i] - before[i];
            turn = std::max(turn, distance(z, ahead));
        }
        before = std::exchange(last, z);
    }
    // Of a vector of length 64: a straight jump between two seeds would be 90.
    EXPECT_LT(longest, 2.0);
    EXPECT_LT(turn, 0.1) << "its direction jumps";
}

TEST(Walk, LoopsExactlyAndPhaseMovesAlongIt) {
    Alone walk("latent.walk", {{"period", 1}, {"unit", "seconds"}, {"loop", 5}});
    EXPECT_EQ(walk.at(37).z(), walk.at(37 + 5 * 60).z());
    EXPECT_NE(walk.at(37).z(), walk.at(37 + 60).z());
    const auto later = walk.at(60).z();
    walk.node->param("phase")->set(1);
    EXPECT_EQ(walk.at(0).z(), later);
    for (int loop : {1, 2, 3}) {
        Alone tight("latent.walk", {{"loop", loop}, {"size", 4096}});
        EXPECT_NEAR(mean_square(tight.at(13).z()), 1, 0.11) << "a loop of " << loop;
    }
}

TEST(Circle, ClosesAndStaysUnitNormal) {
    Alone circle("latent.circle", {{"period", 8}, {"unit", "bars"}, {"size", 4096}});
    const auto first = circle.at(100).z();
    EXPECT_EQ(circle.at(100 + 8 * 120).z(), first) << "8 bars at 120 bpm are 960 ticks";
    for (int64_t tick : {0, 240, 333}) EXPECT_NEAR(mean_square(circle.at(tick).z()), 1, 0.11);
    EXPECT_NEAR(distance(circle.at(100 + 480).z(), first), 2 * std::sqrt(4096 * mean_square(first)), 1e-2)
        << "half around is the opposite";
}

TEST(Mix, StartsAtOneEndsAtTheOtherAndKeepsTheNorm) {
    Source source;
    source.a = normal_latent(1, 512);
    source.b = normal_latent(2, 512);
    Alone mix("latent.mix");
    mix.link("a", source.a).link("b", source.b);
    const auto at = [&](double amount) {
        mix.node->param("amount")->set(amount);
        return mix.at(0).z();
    };
    EXPECT_LT(distance(at(0), normal_latent(1, 512).z), 1e-5);
    EXPECT_LT(distance(at(1), normal_latent(2, 512).z), 1e-5);
    const double a = std::sqrt(mean_square(at(0)));
    const double b = std::sqrt(mean_square(at(1)));
    EXPECT_NEAR(std::sqrt(mean_square(at(0.25))), 0.75 * a + 0.25 * b, 1e-5);
    EXPECT_NEAR(distance(at(0.5), at(0.25)), distance(at(0.25), at(0)), 0.05 * distance(at(0.25), at(0)));
    mix.node->param("way")->set("lerp");
    EXPECT_LT(std::sqrt(mean_square(at(0.5))), 0.85) << "a straight line passes closer to zero";
    source.b = source.a.value();
    mix.node->param("way")->set("slerp");
    EXPECT_LT(distance(at(0.3), source.a.value().z), 1e-5) << "between a latent and itself";
}

// biggan-64: 120 numbers in five chunks of 24.
TEST(ChunkMix, TakesTheFirstChunksFromOneAndTheRestFromTheOther) {
    Alone model("model.load", {{"path", std::string(GAN_ASSETS) + "/models/random-64.safetensors"}});
    model.at(0);
    Source source;
    source.a = normal_latent(1, 256);
    source.b = normal_latent(2, 120);
    Alone mix("latent.chunk_mix", {{"split", 2}});
    mix.link("model", *model.node->output("model")).link("coarse", source.a).link("fine", source.b);
    const auto z = mix.at(0).z();
    ASSERT_EQ(z.size(), 120u);
    EXPECT_TRUE(std::equal(z.begin(), z.begin() + 48, source.a.value().z.begin()));
    EXPECT_TRUE(std::equal(z.begin() + 48, z.end(), source.b.value().z.begin() + 48));
    mix.node->param("split")->set(2.5);
    const auto between = mix.at(0).z();
    EXPECT_FLOAT_EQ(between[50], std::sqrt(0.5f) * (source.a.value().z[50] + source.b.value().z[50]));
    EXPECT_NEAR(mix.get<Latent>("latent").std, 1, 1e-9);
    source.b = normal_latent(2, 100);
    EXPECT_THROW(mix.at(0), Error);
}

TEST(Keep, PassesOnWhatComesInUntilSomethingIsKept) {
    Source source;
    source.a = truncate(normal_latent(3, 256), 0.4, TruncationMode::Quantile, 0);
    Alone keep("latent.keep");
    keep.link("latent", source.a);
    EXPECT_EQ(keep.at(0).z(), source.a.value().z);
    EXPECT_EQ(keep.node->param("kept")->set(kept_latent(source.a.value())), "");
    const Latent found = source.a.value();
    source.a = normal_latent(4, 256);
    EXPECT_TRUE(same(keep.at(1).get<Latent>("latent"), found));
    keep.node->input("latent")->link(nullptr);
    EXPECT_TRUE(same(keep.at(2).get<Latent>("latent"), found)) << "nothing need be linked any more";
    EXPECT_EQ(keep.node->param("kept")->set(nullptr), "");
    EXPECT_THROW(keep.at(3), Error);
}

// Through the text of a patch file, as an editor saves it.
TEST(Keep, StoresEveryFloatBitForBit) {
    using limits = std::numeric_limits<float>;
    Latent latent = normal_latent(11, 4096);
    latent.std = 0.1 + 0.2;
    for (float x : {0.0f, -0.0f, limits::denorm_min(), limits::min(), limits::max(), -limits::max(), 1 / 3.0f,
                    std::nextafter(1.0f, 2.0f), 16777217.0f})
        latent.z.push_back(x);
    Graph graph;
    graph.nodes[1] = {.type = "latent.keep"};
    apply(graph, builtin_nodes(), {SetParam{1, "kept", kept_latent(latent)}});
    const Patch patch = parse_patch(patch_text(graph), builtin_nodes());
    EXPECT_THAT(patch.problems, testing::IsEmpty());
    EXPECT_TRUE(
        same(Alone("latent.keep", patch.graph.nodes.at(1).params).at(0).get<Latent>("latent"), latent));
}

TEST(Keep, RefusesWhatIsNoLatent) {
    const auto keep = builtin_nodes().find("latent.keep")->create();
    ParamBase& kept = *keep->param("kept");
    for (const char* bad : {"3", "{}", R"({"z": [], "std": 1})", R"({"z": [1]})", R"({"z": ["x"], "std": 1})",
                            R"({"z": [1e300], "std": 1})", R"({"z": [1], "std": "a"})"})
        EXPECT_THAT(kept.set(json::parse(bad)), HasSubstr("parameter 'kept': ")) << bad;
}

TEST(ClassMix, SharesAreOfTheWhole) {
    Source source;
    source.class_a = ClassMix{.classes = {{"tabby", 1}}, .offset = {}};
    source.class_b = ClassMix{.classes = {{"3", 1}}, .offset = {}};
    Alone mix("class.mix", {{"weight a", 0.3}, {"weight b", 0.9}});
    mix.link("a", source.class_a).link("b", source.class_b);
    const auto classes = mix.at(0).get<ClassMix>("class").classes;
    ASSERT_EQ(classes.size(), 2u);
    EXPECT_EQ(classes[0].name, "tabby");
    EXPECT_DOUBLE_EQ(classes[0].weight, 0.25);
    EXPECT_DOUBLE_EQ(classes[1].weight, 0.75);
    mix.node->param("weight a")->set(0);
    mix.node->param("weight b")->set(0);
    EXPECT_THROW(mix.at(0), Error);
}

TEST(ClassWalk, VisitsEveryClassAndComesBack) {
    Alone walk("class.walk", {{"classes", "tabby, 3 ,Pug"}, {"period", 1}, {"unit", "seconds"}});
    const auto at = [&](int64_t tick) { return walk.at(tick).get<ClassMix>("class").classes; };
    EXPECT_EQ(at(0).size(), 1u);
    EXPECT_EQ(at(0)[0].name, "tabby");
    EXPECT_EQ(at(60)[0].name, "3");
    EXPECT_EQ(at(180)[0].name, "tabby");
    ASSERT_EQ(at(150).size(), 2u);
    EXPECT_EQ(at(150)[0].name, "Pug");
    EXPECT_EQ(at(150)[1].name, "tabby");
    EXPECT_DOUBLE_EQ(at(150)[0].weight + at(150)[1].weight, 1);
    walk.node->param("classes")->set(" , ");
    EXPECT_THROW(walk.at(0), Error);
}

TEST(Contributing, ItsExampleIsANodeThatPlays) {
    Source source;
    source.scalar = 7.4;
    Alone node(quantize(), {{"step", 2}});
    EXPECT_EQ(node.link("value", source.scalar).at(0).number(), 8);
    const NodeTypes types({quantize()});
    EXPECT_NE(types.find("control.quantize"), nullptr);
}

}  // namespace
}  // namespace gan
