#include "nodes/builtin.h"
#include "runtime/graph/document.h"
#include "runtime/graph/patch.h"
#include "runtime/graph/wires.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gan {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

const NodeType& reroute_node() {
    return *builtin_nodes().find(reroute_type);
}

const Node& reroute_of(const json& params) {
    return builtin_nodes().sample(reroute_node(), params);
}

Edit linked(NodeId from, const char* output, NodeId to, const char* input) {
    return {AddLink{{from, output}, {to, input}}};
}

TEST(Reroute, HasOneInputAndOneOutputOfItsType) {
    for (int i = 0; i < 8; ++i) {
        const auto type = static_cast<PortType>(i);
        const Node& node = reroute_of({{"type", std::string(name_of(type))}});
        ASSERT_EQ(node.inputs().size(), 1u) << name_of(type);
        ASSERT_EQ(node.outputs().size(), 1u) << name_of(type);
        EXPECT_EQ(node.input("in")->type, type);
        EXPECT_EQ(node.output("out")->type, type);
    }
}

TEST(Reroute, WithoutATypeItCarriesNumbers) {
    for (const json& params :
         {json::object(), json{{"type", ""}}, json{{"type", "smell"}}, json{{"type", 3}}}) {
        const Node& node = reroute_of(params);
        ASSERT_EQ(node.inputs().size(), 1u) << params;
        EXPECT_EQ(node.input("in")->type, PortType::Scalar) << params;
    }
}

TEST(Reroute, ItsTypeIsSaidToBeWrongWhereItIs) {
    Graph graph;
    graph.nodes[1] = {.type = reroute_type, .params = {{"type", "smell"}}};
    EXPECT_THAT(parse_patch(patch_text(graph), builtin_nodes()).problems,
                testing::ElementsAre(HasSubstr("Reroute 1: parameter 'type' needs one of scalar, bool")));
    graph.nodes[1].params = {{"type", "image"}};
    EXPECT_THAT(parse_patch(patch_text(graph), builtin_nodes()).problems, IsEmpty());
}

TEST(Reroute, LinksOnlyWhatItCarries) {
    Graph graph;
    graph.nodes[1] = {.type = "latent.sampler"};
    graph.nodes[2] = {.type = reroute_type, .params = {{"type", "image"}}};
    EXPECT_THAT(*link_fault(graph, builtin_nodes(), {1, "latent"}, {2, "in"}), HasSubstr("takes a image"));
    graph.nodes[2].params = {{"type", "latent"}};
    EXPECT_FALSE(link_fault(graph, builtin_nodes(), {1, "latent"}, {2, "in"}));
}

/// A Constant, a Math "x1", and between them reroutes; what the Math gives.
struct ReroutedPlay {
    ReroutedPlay() {
        for (const Edit& edit :
             std::vector<Edit>{{AddNode{1, {.type = "control.constant", .params = {{"value", 7}}}}},
                               {AddNode{2, {.type = reroute_type}}},
                               {AddNode{3, {.type = reroute_type, .params = {{"type", "scalar"}}}}},
                               linked(1, "value", 2, "in"),
                               linked(2, "out", 3, "in")})
            apply(graph, builtin_nodes(), edit);
        play(0);
    }
    const OutputBase& play(int64_t tick) {
        player.post(build_plan(graph, builtin_nodes(), player.plan(), {3}));
        player.show({.index = tick});
        return *player.plan()->find(3)->instance->node->output("out");
    }
    static double number(const OutputBase& output) {
        return static_cast<const Output<double>&>(output).value();
    }

    Graph graph;
    Player player;
};

TEST(Reroute, PassesValuesInTheSameTick) {
    ReroutedPlay rerouted;
    const OutputBase& output = rerouted.play(0);
    EXPECT_EQ(output.error(), "");
    EXPECT_EQ(ReroutedPlay::number(output), 7);
    const uint64_t version = output.version();
    EXPECT_EQ(rerouted.play(1).version(), version) << "nothing changed";
    rerouted.player.post(nullptr, {{1, "value", 8}});
    rerouted.player.show({.index = 2});
    EXPECT_EQ(ReroutedPlay::number(output), 8);
}

TEST(Reroute, SaysWhatIsMissing) {
    ReroutedPlay rerouted;
    apply(rerouted.graph, builtin_nodes(), {RemoveLink{{2, "in"}}});
    EXPECT_EQ(rerouted.play(1).error(), "Reroute 3 waits for Reroute 2");
    EXPECT_EQ(rerouted.player.plan()->find(2)->instance->node->output("out")->error(),
              "Reroute 2 needs a link to 'in'");
}

TEST(Reroute, AnErrorIsPassedOnAsItIs) {
    const auto before = make_node(reroute_node(), {{"type", "text"}});
    const auto after = make_node(reroute_node(), {{"type", "text"}});
    after->input("in")->link(before->output("out"));
    before->output("out")->fail("the file is gone");
    after->process({});
    EXPECT_EQ(after->output("out")->error(), "the file is gone");
}

TEST(Reroute, AnotherTypeIsAnotherPlan) {
    ReroutedPlay rerouted;
    const auto effect =
        Document(rerouted.graph, builtin_nodes()).edit({SetParam{3, "type", "image"}}, "Set the type");
    EXPECT_TRUE(effect.structural);
    apply(rerouted.graph, builtin_nodes(), {SetParam{3, "type", "image"}});
    EXPECT_EQ(rerouted.play(1).type, PortType::Image) << "a new instance plays";
}

TEST(Reroute, ClosesNoLoop) {
    ReroutedPlay rerouted;
    EXPECT_FALSE(cycle_through(rerouted.graph, builtin_nodes(), 3, 2).empty());
}

}  // namespace
}  // namespace gan
