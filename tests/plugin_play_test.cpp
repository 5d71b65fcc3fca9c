#include "nodes/builtin.h"
#include "runtime/graph/player.h"
#include "tests/picture_nodes.h"
#include "tests/plugin_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <thread>

namespace gan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What comes with tests/plugins that play, opened once for all tests.
const Plugins& playing_plugins() {
    static const PluginFolder folder({"every_port", "gpu", "throws"});
    static const Plugins plugins(builtin_nodes(), folder.places);
    return plugins;
}

const NodeType& playing_type(const char* id) {
    return *playing_plugins().types().find(id);
}

/// A value of every type.
class Everything final : public Node {
public:
    Output<double> number{*this, "number", "A number"};
    Output<bool> truth{*this, "bool", "Yes or no"};
    Output<std::string> text{*this, "text", "A text"};
    Output<Trigger> trigger{*this, "trigger", "Pulses"};
    Output<Latent> latent{*this, "latent", "A latent"};
    Output<ClassMix> classes{*this, "classes", "Classes"};
    Output<ImageRef> image{*this, "image", "A picture"};
    void process(const Tick&) override {}
};

TEST(PluginNode, TakesAndGivesEveryKindOfValue) {
    take_plugin_words();
    Everything given;
    given.number = 21.5;
    given.truth = true;
    given.text = std::string("Grüße");
    given.trigger = Trigger{41};
    given.latent = Latent{{1, -2, 3}, 0.5};
    given.classes = ClassMix{{{"cat", 0.25}, {"281", 1}}, {1, 2}};
    given.image = painted({.width = 3, .height = 2, .channels = 4, .wrap_x = true},
                          [](int x, int y, int c) { return (x + 3 * y + c) / 16.0; });
    Alone node(playing_type("test.every"), {{"amount", 2.5}, {"colour", "blue"}, {"words", "two words"}});
    for (const OutputBase* output : given.outputs()) node.link(std::string(output->name).c_str(), *output);
    ASSERT_EQ(node.failure({.index = 7, .rate = 30, .tempo = 90, .live = true, .folder = "/some"}), "");
    EXPECT_EQ(node.get<double>("number"), 43);
    EXPECT_EQ(node.get<bool>("bool"), false);
    EXPECT_EQ(node.get<std::string>("text"), "Grüße");
    EXPECT_EQ(node.get<Trigger>("trigger").count, 42u);
    EXPECT_THAT(node.get<Latent>("latent").z, ElementsAre(2, -4, 6));
    EXPECT_EQ(node.get<Latent>("latent").std, 1);
    const auto classes = node.get<ClassMix>("classes");
    ASSERT_EQ(classes.classes.size(), 2u);
    EXPECT_EQ(classes.classes[0].name, "cat");
    EXPECT_EQ(classes.classes[0].weight, 0.5);
    EXPECT_EQ(classes.classes[1].weight, 2);
    EXPECT_THAT(classes.offset, ElementsAre(1, 2));
    const ImageRef negative = node.get<ImageRef>("image");
    EXPECT_EQ(negative->encoding, Encoding::Srgb32f);
    EXPECT_TRUE(negative->wrap_x);
    EXPECT_FALSE(negative->wrap_y);
    for (size_t i = 0; i < 24; ++i) EXPECT_EQ(negative->pixels()[i], 1 - given.image.value()->pixels()[i]);
    EXPECT_EQ(node.get<ImageRef>("same"), given.image.value()) << "passed on without a copy";
    EXPECT_EQ(node.get<std::string>("params"),
              "2.5 3 1 2 two words 2, tick 7 at 30 and 90, live, in '/some'");
    EXPECT_TRUE(node.node->take_request()) << "it asked to run again";
    EXPECT_THAT(take_plugin_words(), ElementsAre("Every: all is well"));

    ASSERT_EQ(node.failure(), "");
    EXPECT_FALSE(node.node->take_request());
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(node.failure(), "");
    EXPECT_THAT(take_plugin_words(), testing::SizeIs(100)) << "of a thousand sentences the first are kept";
}

TEST(PluginNode, WhereNothingIsLinkedThereIsNothing) {
    Alone node(playing_type("test.every"));
    ASSERT_EQ(node.failure(), "");
    EXPECT_EQ(node.get<double>("number"), 0);
    EXPECT_EQ(node.get<bool>("bool"), true);
    EXPECT_EQ(node.get<std::string>("text"), "none");
    EXPECT_EQ(node.get<Trigger>("trigger").count, 1u);
    EXPECT_THAT(node.get<Latent>("latent").z, IsEmpty());
    EXPECT_THAT(node.get<ClassMix>("classes").classes, IsEmpty());
    EXPECT_THAT(node.get<ImageRef>("image")->pixels(), ElementsAre(1));
    EXPECT_EQ(node.get<ImageRef>("image")->encoding, Encoding::Data32f);
}

TEST(PluginNode, EveryMistakeFailsTheNodeInWords) {
    const std::map<std::string, const char*> mistakes{
        {"none", ""},
        {"says so", "the moon is full; wait a day"},
        {"says nothing", "process() of every_port.gannode.so failed (-77), and did not say why"},
        {"input index", "it asks for input 99, and has 2"},
        {"input type", "it takes input 'number' for a bool"},
        {"output index", "it sets output 64, and has 5"},
        {"output type", "it takes output 'number' for a bool"},
        {"param index", "it asks for parameter 2, and has 2"},
        {"param text", "it takes the text 'text' for a number"},
        {"text param", "it takes parameter 'mistake' for a text"},
        {"unset", "'number' was not set"},
        {"no text", "it gives null for a text"},
        {"no utf-8", "not UTF-8"},
        {"null image", "it gives no gan_node_image"},
        {"small image", "set its abi and size"},
        {"huge picture", "a picture of 1073741824x4 pixels cannot be"},
        {"two channels", "1, 3 or 4 channels, not 2"},
        {"pass index", "it passes input 0 on to output 5"},
        {"pass unlinked", "nothing is linked there"},
        {"pass type", "of another type"},
        {"latent size", "it gives 1099511627776 numbers"},
        {"null classes", "it gives 3 classes"},
        {"class index", "it asks for class 7 of 1"},
        {"keep", "keep() is for save()"},
        {"no release", "it asks for gpu(), and has no release_gpu()"},
        {"null host", "there is no host"},
    };
    Everything given;
    given.classes = ClassMix{{{"cat", 1}}, {}};
    for (const auto& [mistake, sentence] : mistakes) {
        SCOPED_TRACE(mistake);
        Alone node(playing_type("test.wrong"), {{"mistake", mistake}});
        node.link("classes", given.classes);
        EXPECT_THAT(node.failure(), HasSubstr(sentence));
        EXPECT_EQ(node.failure().empty(), *sentence == '\0');
        node.set("mistake", "none");
        EXPECT_EQ(node.failure(), "") << "and it recovers";
    }
    Alone node(playing_type("test.wrong"), {{"mistake", "not finite"}});
    EXPECT_EQ(node.failure(), "");
    EXPECT_THAT(node.node->output("number")->error(), HasSubstr("is not a finite number"));
    EXPECT_EQ(node.node->output("text")->error(), "");
}

TEST(PluginNode, WhatIsThrownFailsItInWords) {
    Alone node(playing_type("test.throws"));
    for (int64_t tick : {0, 1})
        EXPECT_THAT(
            node.failure({.index = tick}),
            HasSubstr("throws.gannode.so: process() threw an exception, which no function of a library may"));
    EXPECT_EQ(node.failure({.index = 2}), "");
}

/// Wave to Scale to Sum, at 30 ticks a second.
struct PlayedPlugins {
    PlayedPlugins() {
        graph.nodes[1] = {.type = "test.wave"};
        graph.nodes[2] = {.type = "test.scale", .params = {{"factor", 2.5}, {"offset", -0.25}}};
        graph.nodes[3] = {.type = "test.sum"};
        graph.links[{2, "value"}] = {1, "value"};
        graph.links[{3, "value"}] = {2, "value"};
        player.post(plan(nullptr));
    }
    std::shared_ptr<const Plan> plan(const Plan* previous) const {
        return build_plan(graph, playing_plugins().types(), previous, {2, 3});
    }
    void show(int64_t tick) { player.show({.index = tick, .rate = 30}); }
    double value(NodeId node, const char* output) const {
        const OutputBase* found = player.plan()->find(node)->instance->node->output(output);
        EXPECT_EQ(found->error(), "");
        return static_cast<const Output<double>*>(found)->value();
    }
    static double scaled(int64_t tick) {
        const double seconds = static_cast<double>(tick) / 30;
        return seconds * seconds * 2.5 - 0.25;
    }
    static double sum(int64_t tick) {
        double sum = 0;
        for (int64_t i = 0; i <= tick; ++i) sum += scaled(i);
        return sum;
    }

    Graph graph;
    Player player;
};

// The library may be compiled with other roundings in between: a few units in the last place a tick.
TEST(PluginPatch, PlaysAsItsFormulaSays) {
    PlayedPlugins played;
    for (int64_t tick = 0; tick < 100; ++tick) {
        played.show(tick);
        EXPECT_DOUBLE_EQ(played.value(2, "value"), PlayedPlugins::scaled(tick)) << tick;
        // A hundred roundings of a sum below 100.
        EXPECT_NEAR(played.value(3, "sum"), PlayedPlugins::sum(tick), 1e-12 * 100);
    }
}

TEST(PluginPatch, WhatANodeRemembersIsSteppedResetAndCarriedOver) {
    PlayedPlugins played;
    const auto expect_sum = [&](int64_t tick) {
        played.show(tick);
        EXPECT_NEAR(played.value(3, "sum"), PlayedPlugins::sum(tick), 1e-11) << tick;
    };
    expect_sum(0);
    expect_sum(20);  // those that were skipped count
    expect_sum(20);  // shown again it is no step
    expect_sum(5);   // from its reset
    // A plan that goes on from the last has the same nodes; one from nothing has new ones, which follow them.
    played.player.post(played.plan(played.player.plan()));
    expect_sum(10);
    played.player.post(played.plan(nullptr));
    expect_sum(11);
    expect_sum(30);
    // The old ones are destroyed on another thread.
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    int64_t tick = 31;
    do played.show(tick++);
    while (played.value(3, "alive") > 1 && std::chrono::steady_clock::now() < patience);
    EXPECT_EQ(played.value(3, "alive"), 1);
}

TEST(PluginPatch, SeveralPlayersPlayOneLibraryAtOnce) {
    std::vector<std::thread> threads;
    std::vector<double> sums(4);
    for (double& sum : sums)
        threads.emplace_back([&sum] {
            PlayedPlugins played;
            for (int64_t tick = 0; tick < 2000; ++tick) played.show(tick);
            sum = played.value(3, "sum");
        });
    for (std::thread& thread : threads) thread.join();
    for (const double sum : sums) EXPECT_EQ(sum, sums[0]);
    EXPECT_NEAR(sums[0], PlayedPlugins::sum(1999), 1e-9 * sums[0]);
}

TEST(PluginPatch, ALibraryThatIsReplacedOrRemovedMeanwhileFailsItsNodesInWords) {
    const PluginFolder folder({"every_port"});
    const Plugins plugins(builtin_nodes(), folder.places);
    std::filesystem::last_write_time(folder.file("every_port"),
                                     std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
    Alone changed(*plugins.types().find("test.wave"));
    EXPECT_THAT(changed.failure(), HasSubstr("has changed since it was looked at; start Ganymede again"));
    std::filesystem::remove(folder.file("every_port"));
    Alone removed(*plugins.types().find("test.scale"));
    EXPECT_THAT(removed.failure(), HasSubstr(folder.file("every_port").string()));
}

class PluginPicture : public PictureTest {
protected:
    static std::string failure(Alone& node) { return node.failure(tick()); }
};

TEST_F(PluginPicture, IsMadeOnTheGpuBetweenGanymedesOwnPasses) {
    for (const auto& [width, height] : {std::pair{2, 1}, {7, 5}, {64, 32}}) {
        const ImageRef image = noisy({.width = width, .height = height, .channels = 3, .tiles = true});
        // Passes before, whose pictures are on the GPU alone, and one after.
        const auto graded = [&](const ImageRef& from) {
            return run_once("image.grade", {{"exposure", 0.5}}, {{"image", from}});
        };
        const ImageRef before = graded(image);
        Source source;
        source.image = before;
        Alone halves(playing_type("test.gpu"));
        halves.link("image", source.image);
        for (int i = 0; i < 10; ++i) {
            ASSERT_EQ(failure(halves), "");
            const ImageRef changed = halves.get<ImageRef>("image");
            EXPECT_NE(changed->device(), nullptr);
            const ImageRef after = graded(changed);
            const int half = width / 2, rest = width - half;
            const Plane from(*graded(before));
            expect_pixels(*after, 0,
                          [&](int x, int y) { return from.near(x < rest ? x + half : x - rest, y); });
        }
    }
}

TEST_F(PluginPicture, WithoutAnInputItIsMadeFromNothing) {
    Alone filled(playing_type("test.gpu"));
    ASSERT_EQ(failure(filled), "");
    expect_pixels(*filled.get<ImageRef>("image"), 0, [](int, int) { return Pixel{0.25, 0.5, 0.75, 1}; });
}

TEST_F(PluginPicture, MistakesFailTheNodeInWords) {
    const std::map<std::string, const char*> mistakes{
        {"no submit", "'image' was to be made on the GPU, and nothing was submitted"},
        {"no gpu", "before it has asked for gpu()"},
        {"no commands", "it submits commands to no GPU, or none"}};
    for (const auto& [mistake, sentence] : mistakes) {
        Alone node(playing_type("test.gpu"), {{"mistake", mistake}});
        EXPECT_THAT(failure(node), HasSubstr(sentence));
        node.set("mistake", "none");
        EXPECT_EQ(failure(node), "");
    }
    Alone without(playing_type("test.gpu"));
    EXPECT_THAT(without.failure({}), HasSubstr("test.gpu needs a GPU, and there is none"));
}

TEST_F(PluginPicture, AGpuThatIsLostIsGivenUpAndTheNextOneTaken) {
    Gpu own("software", true);
    Alone node(playing_type("test.gpu"));
    const Tick there{.gpu = &own};
    ASSERT_EQ(node.failure(there), "");
    own.device()->inject({.submission = 1});
    EXPECT_NE(node.failure(there), "");
    EXPECT_TRUE(own.take_loss());
    EXPECT_EQ(node.failure(there), "");
    EXPECT_THAT(node.get<ImageRef>("image")->pixels(), testing::SizeIs(8 * 8 * 4));
    // With another GPU, it leaves that one, too.
    EXPECT_EQ(failure(node), "");
    EXPECT_EQ(node.failure(there), "");
    node.node.reset();
    EXPECT_THAT(own.device()->instance()->take_messages(), IsEmpty());
}

}  // namespace
}  // namespace gan
