#include "nodes/builtin.h"
#include "runtime/base/file.h"
#include "runtime/graph/patch.h"
#include "runtime/model/checkpoint.h"
#include "tests/program.h"

#include <gmock/gmock.h>

#include <fstream>

namespace gan {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A patch in a folder of its own, with two models of the same name beside it.
class Collect : public ProgramTest {
protected:
    Collect() {
        fs::create_directories(folder / "home/sets/a");
        fs::create_directories(folder / "home/sets/b");
        hash_ = write_model("home/sets/a/net.safetensors", 1);
        write_model("home/sets/b/net.safetensors", 2);
        Graph graph = load_patch(std::string(GAN_ASSETS) + "/patches/first.ganymede", builtin_nodes()).graph;
        graph.nodes.at(1).params = {{"path", "sets/a/net.safetensors"}};
        graph.nodes[20] = graph.nodes[21] = graph.nodes.at(1);
        graph.nodes[20].params["path"] = at("home/sets/b/net.safetensors");
        graph.nodes[22] = {.type = "somebody.elses", .params = {{"file", "kept.dat"}}};
        save_patch(at("home/p.ganymede"), graph);
    }
    std::string write_model(const std::string& name, uint64_t seed) const {
        return save_checkpoint(at(name), random_checkpoint(small_config(Family::BigGan, 32), seed));
    }
    Outcome collect(std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"collect", at("home/p.ganymede"), "--out", at("away")});
        return call(more);
    }
    std::vector<uint8_t> render(const std::string& patch) {
        const Outcome outcome = call({"render", at(patch), "--out", at("x.png"), "--set", "Class.class=1"});
        EXPECT_EQ(outcome.code, 0) << outcome.err;
        return pixels(at("x.png"));
    }
    std::string hash_;  // of the first model
};

TEST_F(Collect, WhatItCollectedPlaysTheSameAfterTheOriginalsAreGone) {
    const auto before = render("home/p.ganymede");
    const Outcome outcome = collect();
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("the patch and 2 files"));
    fs::remove_all(folder / "home");
    EXPECT_EQ(render("away/p.ganymede"), before);
    const Graph graph = load_patch(at("away/p.ganymede"), builtin_nodes()).graph;
    EXPECT_EQ(graph.nodes.at(1).params,
              nlohmann::json({{"path", "models/net.safetensors"}, {"hash", hash_}}));
    EXPECT_EQ(graph.nodes.at(20).params["path"], "models/net-2.safetensors");
    EXPECT_EQ(graph.nodes.at(21).params["path"], "models/net.safetensors") << "one file, copied once";
    EXPECT_EQ(graph.nodes.at(22).params["file"], "kept.dat");
    fs::rename(folder / "away/models/net.safetensors", folder / "away/renamed.safetensors");
    EXPECT_EQ(render("away/p.ganymede"), before) << "found by its hash";
}

TEST_F(Collect, ReplacesNothingThatDiffersUnlessForced) {
    ASSERT_EQ(collect().code, 0);
    EXPECT_EQ(collect().code, 0) << "the same again is no difference";
    std::ofstream(at("away/models/net-2.safetensors")) << "mine";
    fs::remove(folder / "away/models/net.safetensors");
    expect_refused({"collect", at("home/p.ganymede"), "--out", at("away")},
                   "models/net-2.safetensors is there already and differs; replace it with --force");
    EXPECT_FALSE(fs::exists(folder / "away/models/net.safetensors"))
        << "nothing is written before all is looked at";
    EXPECT_EQ(read_text(at("away/models/net-2.safetensors")), "mine");
    EXPECT_EQ(collect({"--force"}).code, 0);
    EXPECT_TRUE(read_text(at("away/models/net-2.safetensors")) ==
                read_text(at("home/sets/b/net.safetensors")));
    EXPECT_TRUE(fs::exists(folder / "away/models/net.safetensors"));
}

TEST_F(Collect, SaysWhatIsWrongInOneSentence) {
    const auto refused = [&](const std::string& out, const std::string& sentence) {
        expect_refused({"collect", at("home/p.ganymede"), "--out", out}, sentence);
    };
    refused("/proc/nothing", "/proc/nothing");
    std::ofstream(at("file")) << "a file";
    refused(at("file"), "could not be made there");
    fs::remove(folder / "home/sets/a/net.safetensors");
    refused(at("away"), "Model: " + at("home/sets/a/net.safetensors") + " is not there");
    EXPECT_FALSE(fs::exists(folder / "away"));
    expect_refused({"collect", at("no.ganymede"), "--out", at("away")}, "no.ganymede");
}

TEST_F(Collect, AFolderComesWhole) {
    fs::create_directories(folder / "home/hub");
    fs::copy(data_folder() / "golden/checkpoints/hf-biggan-deep-128", folder / "home/hub");
    Patch patch = load_patch(at("home/p.ganymede"), builtin_nodes());
    for (NodeId id : {1, 20, 21}) patch.graph.nodes.at(id).params["path"] = "hub/";
    save_patch(at("home/p.ganymede"), patch.graph);
    const Outcome outcome = collect();
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    for (const auto& entry : fs::directory_iterator(folder / "home/hub"))
        EXPECT_TRUE(read_text(folder / "away/models/hub" / entry.path().filename()) ==
                    read_text(entry.path()));
}

}  // namespace
}  // namespace gan
