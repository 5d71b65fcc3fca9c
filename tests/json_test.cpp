#include "runtime/base/json.h"
#include "runtime/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <string>

namespace gan {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string json_refusal(const std::string& text, int depth = 8) {
    try {
        parse_json(text, depth);
    } catch (const Error& error) {
        return error.what();
    }
    return "(no error)";
}

// Kind and value: nlohmann's whole numbers and 1.0 compare equal, and are written differently.
TEST(Json, MeansWhatNlohmannsParserMakesOfIt) {
    for (const char* text : {"null",
                             "true",
                             "7",
                             "-7",
                             "1.0",
                             "0",
                             "-0.0",
                             "1e3",
                             "0.1",
                             "1.7976931348623157e308",
                             "5e-324",
                             "0e-111",
                             "-0e-111",
                             "1e-999",
                             "-1e-999",
                             "-9223372036854775809",
                             "0.30000000000000004",
                             "9007199254740993",
                             "9223372036854775807",
                             "-9223372036854775808",
                             "18446744073709551615",
                             "18446744073709551616",
                             "\"\"",
                             R"("a\"\\\/\b\f\n\r\t")",
                             R"("\u00e9 \ud83d\ude00")",
                             "\"\xc3\xa9\"",
                             "[]",
                             "{}",
                             " [1, [2, {\"a\": [3]}]]\n",
                             R"({"b": 1, "a": {"x": [true, null, "t"]}, "": 2})",
                             R"({"a": 1, "a": 2})"}) {
        const json read = parse_json(text, 8);
        const json wanted = json::parse(text);
        EXPECT_EQ(read.dump(), wanted.dump()) << text;
        EXPECT_EQ(read.type(), wanted.type()) << text;
    }
    EXPECT_EQ(parse_json("\xEF\xBB\xBF[1]", 8), json::parse("[1]"));  // with a byte order mark
}

TEST(Json, ReadsEveryNumberThatIsWritten) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 20'000; ++i) {
        const uint64_t bits = random();
        double value = 0;
        std::memcpy(&value, &bits, sizeof value);
        if (!std::isfinite(value)) continue;
        EXPECT_EQ(parse_json(json(value).dump(), 1).get<double>(), value);
        EXPECT_EQ(parse_json(json(bits).dump(), 1).get<uint64_t>(), bits);
    }
}

TEST(Json, SaysWhereATextIsNone) {
    EXPECT_THAT(json_refusal("{\n  \"a\": 1,\n  \"b\" 2\n}"), HasSubstr("it is not JSON: line 3, column 7"));
    EXPECT_THAT(json_refusal(""), HasSubstr("it is not JSON: line 1, column 1"));
    for (const std::string& text :
         {std::string("[1] 2"), std::string("[1]\0", 4), std::string("[1\0]", 4), std::string("\"\xff\""),
          std::string("\"\xed\xa0\x80\""), std::string("NaN"), std::string("[1e999]"),
          std::string("[1.8e308]"), std::string("[01]"), std::string("[1,]"), std::string("\"\n\""),
          std::string("\"\\ud800\"")})
        EXPECT_THAT(json_refusal(text), HasSubstr("it is not JSON")) << text;
}

TEST(Json, RefusesWhatNestsTooDeep) {
    EXPECT_EQ(json_refusal("[[[[[[[[]]]]]]]]"), "(no error)");
    EXPECT_THAT(json_refusal("[[[[[[[[{}]]]]]]]]"), HasSubstr("nests more than 8 levels deep"));
    EXPECT_THAT(json_refusal(std::string(1'000'000, '[')), HasSubstr("nests more than 8 levels deep"));
    EXPECT_EQ(json_refusal(R"(["[[[[[[[[[[[["])"), "(no error)");
}

}  // namespace
}  // namespace gan
