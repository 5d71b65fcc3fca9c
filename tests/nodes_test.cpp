#include "nodes/builtin.h"
#include "nodes/clock.h"
#include "runtime/base/error.h"
#include "runtime/model/latent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <set>

namespace gan {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// Values that tests link to the node they run.
class Source final : public Node {
public:
    Output<double> scalar{*this, "scalar", "A number"};
    Output<Latent> a{*this, "a", "A latent"};
    Output<Latent> b{*this, "b", "Another"};
    Output<ClassMix> class_a{*this, "class a", "A class"};
    Output<ClassMix> class_b{*this, "class b", "Another"};
    void process(const Tick&) override {}
};

/// One node alone, by its saved id and names: a test breaks when a saved name does.
struct Alone {
    explicit Alone(const std::string& id, const json& params = json::object())
        : node(builtin_nodes().find(id)->create()) {
        for (const auto& [name, value] : params.items()) EXPECT_EQ(node->param(name)->set(value), "");
    }
    Alone& link(const char* input, const OutputBase& output) {
        node->input(input)->link(&output);
        return *this;
    }
    Alone& at(int64_t index, double tempo = 120) {
        node->process({.index = index, .rate = 60, .tempo = tempo});
        return *this;
    }
    template <class T>
    T get(const char* output) const {
        const OutputBase* found = node->output(output);
        EXPECT_EQ(found->error(), "");
        return static_cast<const Output<T>*>(found)->value();
    }
    double number(const char* output = "value") const { return get<double>(output); }
    std::vector<float> z() const { return get<Latent>("latent").z; }

    std::unique_ptr<Node> node;
};

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
        std::set<std::string> inputs, outputs;
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
            EXPECT_EQ(type.create()->param(param->name)->set(param->default_value()), "")
                << type.id << " " << param->name << ": its default does not fit";
        }
    }
}

TEST(Clock, APhaseComesAgainBitForBit) {
    for (double length : {1.0, 4.0, 0.3, 7.7, 1.0 / 3}) {
        const Tick first{.index = 17, .rate = 60, .tempo = 120};
        const double period = length * 60;  // ticks
        const auto ticks = static_cast<int64_t>(std::llround(period * 10));
        Tick later = first;
        later.index += ticks * 1000;
        EXPECT_EQ(cycle_at(first, length, Clock::Seconds).phase,
                  cycle_at(later, length, Clock::Seconds).phase)
            << length;
        EXPECT_EQ(
            cycle_at(later, length, Clock::Seconds).count - cycle_at(first, length, Clock::Seconds).count,
            10'000)
            << length;
    }
}

TEST(Clock, BeatsFollowTheTempo) {
    const Tick tick{.index = 60, .rate = 60, .tempo = 90};
    EXPECT_EQ(cycle_at(tick, 1, Clock::Beats).count, 1);
    EXPECT_DOUBLE_EQ(cycle_at(tick, 1, Clock::Beats).phase, 0.5);
    EXPECT_DOUBLE_EQ(cycle_at(tick, 1, Clock::Bars).phase, 0.375);
}

TEST(Lfo, SwingsFromLowToHighAndBack) {
    Alone lfo("control.lfo", {{"period", 2}, {"unit", "seconds"}, {"low", -1}, {"high", 3}});
    EXPECT_DOUBLE_EQ(lfo.at(0).number(), -1);
    EXPECT_DOUBLE_EQ(lfo.at(60).number(), 3);
    EXPECT_DOUBLE_EQ(lfo.at(30).number(), 1);
    EXPECT_DOUBLE_EQ(lfo.at(120).number(), -1);
    for (const char* shape : {"triangle", "saw", "square", "random"}) {
        lfo.node->param("shape")->set(shape);
        for (int64_t tick = 0; tick < 240; ++tick) {
            EXPECT_GE(lfo.at(tick).number(), -1) << shape;
            EXPECT_LE(lfo.at(tick).number(), 3) << shape;
        }
    }
}

TEST(MapRange, KeepsToItsRange) {
    Source source;
    Alone map("control.map_range", {{"from low", 10}, {"from high", 20}, {"to low", 1}, {"to high", -1}});
    map.link("value", source.scalar);
    source.scalar = 12.5;
    EXPECT_DOUBLE_EQ(map.at(0).number(), 0.5);
    source.scalar = 99;
    EXPECT_DOUBLE_EQ(map.at(0).number(), -1);
    map.node->param("clamp")->set(false);
    EXPECT_DOUBLE_EQ(map.at(0).number(), 1 - 2 * 8.9);
}

// Critical damping: after `time` seconds 1 - 3 exp(-2) of the way, the same at any tick rate, never beyond.
TEST(Smooth, ComesThereWithoutOvershoot) {
    for (double rate : {30.0, 60.0, 240.0}) {
        Source source;
        Alone smooth("control.smooth", {{"time", 1}});
        smooth.link("value", source.scalar);
        source.scalar = 0;
        smooth.node->process({.index = 0, .rate = rate});
        source.scalar = 1;
        double last = 0;
        for (int64_t tick = 1; tick <= static_cast<int64_t>(10 * rate); ++tick) {
            smooth.node->process({.index = tick, .rate = rate});
            EXPECT_GE(smooth.number(), last - 1e-12);
            EXPECT_LE(smooth.number(), 1 + 1e-12);
            last = smooth.number();
            if (tick == static_cast<int64_t>(rate)) {
                EXPECT_NEAR(last, 1 - 3 * std::exp(-2), 1e-9);
            }
        }
        EXPECT_NEAR(last, 1, 1e-6);
    }
}

TEST(Random, ChangesOnTheBeatAndIsTheSameWhenSoughtAgain) {
    Alone random("control.random", {{"seed", 5}});
    const double first = random.at(0).number();
    EXPECT_EQ(random.at(29).number(), first);
    const double second = random.at(30).number();
    EXPECT_NE(second, first);
    EXPECT_EQ(random.at(0).number(), first);
    EXPECT_EQ(Alone("control.random", {{"seed", 5}}).at(30).number(), second);
}

TEST(Switch, PassesTheChosenOne) {
    Source source;
    Alone node("control.switch", {{"which", 2}});
    source.scalar = 8;
    node.link("2", source.scalar);
    EXPECT_EQ(node.at(0).number(), 8);
    node.node->param("which")->set(1);
    EXPECT_EQ(node.at(0).number(), 0);
}

TEST(Sampler, GivesTheLatentOfItsSeedAndAPrefixToSmallerNetworks) {
    const auto z = Alone("latent.sampler", {{"seed", 9}, {"size", 120}}).at(0).z();
    EXPECT_EQ(z, normal_latent(9, 120).z);
    const auto longer = Alone("latent.sampler", {{"seed", 9}}).at(0).z();
    ASSERT_EQ(longer.size(), 256u);
    EXPECT_TRUE(std::equal(z.begin(), z.end(), longer.begin()));
}

TEST(Truncation, LeavesNoLatentBeyondTheThreshold) {
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

}  // namespace
}  // namespace gan
