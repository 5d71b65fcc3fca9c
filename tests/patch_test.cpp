#include "runtime/graph/patch.h"
#include "runtime/base/error.h"
#include "tests/graph_nodes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace gan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const char* const example = R"({
  "ganymede": 1,
  "settings": {
    "house": "kept",
    "tempo": 120
  },
  "nodes": [
    {
      "id": 1,
      "type": "test.constant",
      "version": 1,
      "name": "Seed",
      "x": 10.5,
      "params": {
        "value": 0.1
      }
    },
    {
      "id": 2,
      "type": "somebody.elses",
      "version": 3,
      "colour": "red",
      "params": {
        "what": [
          1,
          2
        ]
      }
    },
    {
      "id": 10,
      "type": "test.sink",
      "version": 1,
      "params": {}
    }
  ],
  "links": {
    "2.a.b": "1.out",
    "10.in": "1.out"
  },
  "window": {
    "zoom": 2
  }
}
)";

TEST(Patch, SavingAnUnchangedOneGivesTheSameBytes) {
    const Patch patch = parse_patch(example, test_nodes());
    EXPECT_EQ(patch_text(patch.graph), example);
}

TEST(Patch, KeepsWhatItDoesNotKnowAndSaysSo) {
    const Patch patch = parse_patch(example, test_nodes());
    EXPECT_THAT(
        patch.problems,
        ElementsAre("node 2 is a 'somebody.elses', which is not installed; it is kept, and does nothing",
                    HasSubstr("the link 1.out to 2.a.b is not used: ")));
}

TEST(Patch, AMovedKnobIsAOneLineDifference) {
    Patch patch = parse_patch(example, test_nodes());
    apply(patch.graph, test_nodes(), set(1, "value", 0.25));
    std::string expected = example;
    expected.replace(expected.find("0.1"), 3, "0.25");
    EXPECT_EQ(patch_text(patch.graph), expected);
}

TEST(Patch, ReportsValuesThatDoNotFit) {
    Graph graph = chain(3);
    graph.nodes[1].params = {{"value", 2000}, {"colour", 1}};
    graph.nodes[2].params = {{"amount", "much"}};
    EXPECT_THAT(parse_patch(patch_text(graph), test_nodes()).problems,
                ElementsAre("Constant 1: parameter 'colour' is not known and ignored",
                            "Constant 1: parameter 'value': 2000 is above its most, 1000",
                            "Add 2: parameter 'amount' needs a number, not \"much\"; it keeps its value"));
}

TEST(Patch, ReportsCyclesAndPlaysTheRest) {
    Graph graph = chain(4);
    graph.links[{2, "amount"}] = {3, "out"};
    EXPECT_THAT(parse_patch(patch_text(graph), test_nodes()).problems,
                ElementsAre(HasSubstr("closes a cycle; put a Delay into it")));
}

std::string patch_refusal(const std::string& text) {
    try {
        parse_patch(text, test_nodes());
    } catch (const Error& error) {
        return error.what();
    }
    return "(no error)";
}

TEST(Patch, SaysWhatIsWrongWithAFile) {
    EXPECT_THAT(patch_refusal("{"), HasSubstr("it is not JSON"));
    EXPECT_THAT(patch_refusal("[1]"), HasSubstr("it is no patch"));
    EXPECT_THAT(patch_refusal(R"({"ganymede": 2})"), HasSubstr("update Ganymede"));
    EXPECT_THAT(patch_refusal(R"({"ganymede": 18446744073709551615})"), HasSubstr("update Ganymede"));
    EXPECT_THAT(patch_refusal(R"({"ganymede": 1, "nodes": [{"id": 0}]})"), HasSubstr("has the id 0"));
    EXPECT_THAT(patch_refusal(R"({"ganymede": 1, "nodes": [{"id": 9223372036854775807, "type": "a"}]})"),
                HasSubstr("has the id 9223372036854775807"));
    EXPECT_THAT(
        patch_refusal(R"({"ganymede": 1, "nodes": [{"id": 1, "type": "a"}, {"id": 1, "type": "a"}]})"),
        HasSubstr("two nodes have the id 1"));
    EXPECT_THAT(patch_refusal(R"({"ganymede": 1, "links": {"a": "1.out"}})"), HasSubstr("'a' is no port"));
    EXPECT_THAT(patch_refusal(R"({"ganymede": 1, "deep": )" + std::string(100'000, '[') +
                              std::string(100'000, ']') + "}"),
                HasSubstr("levels deep"));
}

// A sentence or a graph; the sanitizers see to the rest.
TEST(Patch, SurvivesEveryTruncationAndAnyMutation) {
    const std::string text = example;
    for (size_t length = 0; length + 2 < text.size(); ++length)
        EXPECT_NE(patch_refusal(text.substr(0, length)), "(no error)") << length;
    std::mt19937 random(3);
    int loaded = 0;
    for (int i = 0; i < 10'000; ++i) {
        std::string mutated = text;
        for (unsigned n = 1 + random() % 4; n > 0; --n) {
            const size_t at = random() % mutated.size();
            switch (random() % 3) {
                case 0:
                    mutated[at] = static_cast<char>(random());
                    break;
                case 1:
                    mutated.erase(at, 1 + random() % 8);
                    break;
                default:
                    mutated.insert(at, mutated.substr(random() % mutated.size(), random() % 20));
            }
            if (mutated.empty()) mutated = "{";
        }
        try {
            const Patch patch = parse_patch(mutated, test_nodes());
            const std::string saved = patch_text(patch.graph);
            EXPECT_EQ(patch_text(parse_patch(saved, test_nodes()).graph), saved);
            ++loaded;
        } catch (const Error&) {
        }
    }
    EXPECT_GT(loaded, 100);
}

TEST(Patch, BringsNodesOfAnOlderVersionUpToDate) {
    const char* const old = R"({"ganymede": 1, "nodes": [
        {"id": 1, "type": "test.scale", "version": 1, "params": {"gain": 20, "more": "kept"}}]})";
    const Patch patch = parse_patch(old, test_nodes());
    const NodeRecord& node = patch.graph.nodes.at(1);
    EXPECT_EQ(node.version, 2);
    EXPECT_EQ(node.params, nlohmann::json({{"factor", 10.0}, {"more", "kept"}}));
    EXPECT_THAT(patch.problems, ElementsAre("Scale 1: parameter 'more' is not known and ignored"));
    EXPECT_EQ(parse_patch(patch_text(patch.graph), test_nodes()).graph, patch.graph) << "once, not twice";
}

TEST(Patch, KeepsNodesOfANewerVersionAsTheyAre) {
    const char* const newer = R"({"ganymede": 1, "nodes": [
        {"id": 1, "type": "test.scale", "version": 3, "params": {"factor": 2, "gain": 6}}]})";
    const Patch patch = parse_patch(newer, test_nodes());
    const NodeRecord& node = patch.graph.nodes.at(1);
    EXPECT_EQ(node.version, 3);
    EXPECT_EQ(node.params, nlohmann::json({{"factor", 2}, {"gain", 6}}));
    EXPECT_THAT(patch.problems,
                ElementsAre("node 1 (Scale) was saved by a newer Ganymede; what this one does not know "
                            "is kept and ignored",
                            "Scale 1: parameter 'gain' is not known and ignored"));
    EXPECT_THAT(patch_text(patch.graph), HasSubstr("\"version\": 3"));
}

TEST(Patch, LoadsAndSavesFiles) {
    const std::string path = testing::TempDir() + "example.ganymede";
    save_patch(path, parse_patch(example, test_nodes()).graph);
    EXPECT_EQ(patch_text(load_patch(path, test_nodes()).graph), example);
    EXPECT_THROW(load_patch(path + ".not", test_nodes()), Error);
}

}  // namespace
}  // namespace gan
