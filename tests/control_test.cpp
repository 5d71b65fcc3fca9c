#include "nodes/clock.h"
#include "runtime/base/error.h"
#include "tests/alone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <locale>
#include <numbers>
#include <random>

namespace gan {
namespace {

using nlohmann::json;
using testing::HasSubstr;

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

std::string math_refusal(const std::string& expression) {
    return Alone("control.math", {{"expression", expression}}).failure();
}

TEST(Math, CalculatesWithItsInputsAndTheTime) {
    Source source;
    source.scalar = 5;
    Alone math("control.math", {{"expression", "a * b + max(c, 1)"}, {"a", 2}, {"c", -3}});
    EXPECT_EQ(math.link("b", source.scalar).at(0).number(), 11);
    EXPECT_EQ(math.set("expression", "t").at(90).number(), 1.5);
    EXPECT_EQ(math.set("expression", "beat").at(90).number(), 3);
    EXPECT_EQ(math.set("expression", "tick").at(90).number(), 90);
    EXPECT_EQ(math.set("expression", "a > 1 ? -a^2 : 7").at(0).number(), -4);
    EXPECT_NEAR(math.set("expression", "sin(tau * t) + cos(pi)").at(15).number(), 0, 1e-15);
    EXPECT_EQ(math.set("expression", "floor(-1.5) + ceil(0.2) + fract(2.25) + mod(-1, 4)").at(0).number(),
              2.25);
    EXPECT_EQ(math.set("expression", "clamp(9, 0, 2) + mix(10, 20, 0.25)").at(0).number(), 14.5);
}

TEST(Math, SaysWhereAnExpressionIsWrong) {
    EXPECT_EQ(math_refusal("a + foo"), "the expression is wrong at character 5: 'foo' is not known");
    EXPECT_EQ(math_refusal("a + * b"), "the expression is wrong at character 5: '*' does not belong there");
    EXPECT_EQ(math_refusal("1 +"), "the expression is wrong at character 3: it ends too early");
    EXPECT_EQ(math_refusal("sin(1, 2)"), "the expression is wrong at character 9: 'sin' takes fewer numbers");
    EXPECT_THAT(math_refusal("(1"), HasSubstr("a parenthesis is not closed"));
    EXPECT_THAT(math_refusal("1)"), HasSubstr("character 2: there is a parenthesis too many"));
    EXPECT_THAT(math_refusal("1 ? 2"), HasSubstr("'?' needs a ':'"));
    EXPECT_THAT(math_refusal("a, b"), HasSubstr("gives 2 numbers; it must give one"));
    EXPECT_THAT(math_refusal("\"abc\""), HasSubstr("is wrong at character"));
    EXPECT_THAT(math_refusal("a \xc3\x97 b"), HasSubstr("character 3: it is no plain letter, digit or sign"));
    EXPECT_EQ(math_refusal("  "), "the expression is empty");
    Alone math("control.math", {{"expression", "foo"}});
    EXPECT_NE(math.failure(), "");
    EXPECT_EQ(math.set("expression", "2").at(0).number(), 2) << "it recovers";
}

TEST(Math, StopsWhatIsNotFiniteAtThePort) {
    for (const char* expression : {"1 / a", "ln(-1)", "10 ^ 1000", "exp(1e6)"}) {
        Alone math("control.math", {{"expression", expression}});
        math.at(0);
        EXPECT_EQ(math.node->output("value")->error(), "output 'value' is not a finite number") << expression;
    }
}

TEST(Math, LimitsLengthAndNesting) {
    EXPECT_THAT(math_refusal(std::string(100'000, '1')),
                HasSubstr("has 100000 characters; 1000 are the most"));
    EXPECT_THAT(math_refusal(std::string(400, '(') + "1" + std::string(400, ')')),
                HasSubstr("more than 64 deep"));
    EXPECT_EQ(math_refusal(std::string(64, '(') + "1" + std::string(64, ')')), "");
    EXPECT_EQ(math_refusal("1" + std::string(999, '0')),
              "the expression is wrong at character 1: '1" + std::string(999, '0') + "' is not known");
    std::string chain = "a";
    while (chain.size() < 990) chain += "^-a";
    EXPECT_EQ(math_refusal(chain), "");
    std::string choices;
    while (choices.size() < 990) choices += "a?b:";
    EXPECT_EQ(math_refusal(choices + "1"), "");
}

// A number or a sentence; the sanitizers see to the rest.
TEST(Math, SurvivesAnyExpression) {
    const char* const words[] = {"a", "b", "t",   "sin", "max", "(",   ")", ",",  "+",     "-",  "*",
                                 "/", "^", "?",   ":",   "=",   "==",  "<", ">=", "&&",    "||", "!",
                                 "1", ".", "1e9", "0x",  "\"",  "_pi", " ", "'x", "clamp", "{",  "#"};
    std::mt19937 random(4);
    Alone math("control.math");
    int good = 0;
    for (int i = 0; i < 3000; ++i) {
        std::string expression;
        for (unsigned n = random() % 12; n > 0; --n) expression += words[random() % std::size(words)];
        math.node->param("expression")->set(expression);
        good += math.failure().empty();
    }
    EXPECT_GT(good, 20);
}

TEST(Math, ReadsAPointWhateverTheLocale) {
    struct Comma : std::numpunct<char> {
        char do_decimal_point() const override { return ','; }
    };
    const std::locale before = std::locale::global(std::locale(std::locale(), new Comma));
    Alone math("control.math", {{"expression", "max(1.5, 1)"}});
    const double value = math.at(0).number();
    std::locale::global(before);
    EXPECT_EQ(value, 1.5);
}

/// The curve's value at a position.
struct Drawn {
    explicit Drawn(const std::string& keys, const std::string& after = "hold")
        : node("control.curve", {{"keys", json::parse(keys)}, {"after", after}}) {
        node.link("position", source.scalar);
    }
    double operator()(double position) {
        source.scalar = position;
        return node.at(0).number();
    }
    Source source;
    Alone node;
};

TEST(Curve, IsExactAtItsKeysAndStraightWithoutHandles) {
    Drawn curve(R"([{"at": 2.7, "value": 0.3}, {"at": 0.1, "value": -1.1}, {"at": 9.3, "value": 5}])");
    EXPECT_EQ(curve(0.1), -1.1);
    EXPECT_EQ(curve(2.7), 0.3);
    EXPECT_EQ(curve(9.3), 5);
    EXPECT_EQ(curve(-50), -1.1) << "before the first key";
    EXPECT_EQ(curve(50), 5) << "after the last";
    for (double share : {0.01, 0.25, 0.5, 0.99})
        EXPECT_NEAR(curve(2.7 + share * 6.6), 0.3 + share * 4.7, 1e-12) << share;
}

// `ease` of CSS, cubic-bezier(0.25, 0.1, 0.25, 1): 0.8024 at one half, as browsers have it.
TEST(Curve, HandlesShapeItAsTheyDoElsewhere) {
    Drawn ease(R"([{"at": 0, "value": 0, "out": [0.25, 0.1]}, {"at": 1, "value": 1, "in": [-0.75, 0]}])");
    EXPECT_NEAR(ease(0.5), 0.80240, 5e-6);
    Drawn linear(R"([{"at": 0, "value": 0, "out": [1, 1]}, {"at": 3, "value": 3, "in": [-1, -1]}])");
    for (double x : {0.2, 1.0, 1.7, 2.9}) EXPECT_NEAR(linear(x), x, 1e-12);
}

// Handles that point backwards or beyond the neighbour would bend time back; they are cut.
TEST(Curve, TimeNeverRunsBackwardsAlongIt) {
    for (const char* handles : {R"("out": [90, 0]}, {"at": 1, "value": 1, "in": [-90, 0])",
                                R"("out": [-90, 0]}, {"at": 1, "value": 1, "in": [90, 0])",
                                R"("out": [1, 0]}, {"at": 1, "value": 1, "in": [-1, 0])",
                                R"("out": [1e-300, 0]}, {"at": 1, "value": 1, "in": [-1e9, 0])"}) {
        Drawn curve(std::string(R"([{"at": 0, "value": 0, )") + handles + "}]");
        double last = curve(0);
        EXPECT_EQ(last, 0);
        for (int i = 1; i <= 1000; ++i) {
            const double now = curve(i / 1000.0);
            EXPECT_GE(now, last - 1e-12) << handles << " at " << i;
            last = now;
        }
        EXPECT_EQ(last, 1);
    }
}

TEST(Curve, HoldsUntilTheNextKey) {
    Drawn steps(
        R"([{"at": 0, "value": 1, "hold": true}, {"at": 1, "value": 2, "hold": true}, {"at": 3, "value": 9}])");
    EXPECT_EQ(steps(0.999), 1);
    EXPECT_EQ(steps(1), 2);
    EXPECT_EQ(steps(2.999), 2);
    EXPECT_EQ(steps(3), 9);
}

TEST(Curve, FollowsThePatchInItsUnitAndLoopsExactly) {
    const json keys = json::parse(R"([{"at": 0, "value": 0}, {"at": 4, "value": 8}])");
    Alone curve("control.curve", {{"keys", keys}, {"unit", "beats"}});
    EXPECT_EQ(curve.at(0).number(), 0);
    EXPECT_EQ(curve.at(30).number(), 2) << "a beat at 120 is half a second";
    EXPECT_EQ(curve.at(5000).number(), 8);
    curve.set("after", "loop");
    EXPECT_EQ(curve.at(30 + 120 * int64_t{1'000'000'007}).number(), curve.at(30).number());
    EXPECT_EQ(curve.at(120).number(), 0);
    EXPECT_EQ(curve.set("unit", "seconds").at(60).number(), 2);
    EXPECT_EQ(curve.set("unit", "bars").at(120).number(), 2);
    Drawn around(R"([{"at": 1, "value": 0}, {"at": 3, "value": 8}])", "loop");
    EXPECT_EQ(around(2), 4);
    EXPECT_EQ(around(6), 4);
    EXPECT_EQ(around(0), 4);
    EXPECT_EQ(around(3), 0);
    Drawn one(R"([{"at": 1, "value": 7}])", "loop");
    EXPECT_EQ(one(123), 7);
}

TEST(Curve, RefusesKeysInOneSentence) {
    const auto curve = builtin_nodes().find("control.curve")->create();
    ParamBase& keys = *curve->param("keys");
    const auto said = [&](const char* text) { return keys.set(json::parse(text)); };
    EXPECT_THAT(said("[]"), HasSubstr("must be a list of 1 to 10000"));
    EXPECT_THAT(said("[4]"), HasSubstr("key 1 must be such as"));
    EXPECT_THAT(said(R"([{"at": 0}])"), HasSubstr("key 1 needs a number \"value\""));
    EXPECT_THAT(said(R"([{"at": 0, "value": 1e99}])"), HasSubstr("of at most 1e+09"));
    EXPECT_THAT(said(R"([{"at": 0, "value": 1, "in": [0]}])"), HasSubstr("handle \"in\" of key 1"));
    EXPECT_THAT(said(R"([{"at": 2, "value": 1}, {"at": 2, "value": 3}])"), HasSubstr("two keys are at 2"));
    curve->process({.index = 1'000'000});
    EXPECT_EQ(static_cast<const Output<double>*>(curve->output("value"))->value(), 1)
        << "it keeps what it had";
}

}  // namespace
}  // namespace gan
