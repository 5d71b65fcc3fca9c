// model.load and biggan.generator as they play: live, where nothing may wait, and offline, where all is.

#include "nodes/keep.h"
#include "nodes/model.h"
#include "runtime/model/latent.h"
#include "tests/alone.h"
#include "tests/support.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <thread>

namespace gan {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const Tick live{.live = true};

/// Ticks until it is so; at most half a minute.
bool eventually(const std::function<bool()>& tick) {
    for (int i = 0; i < 3000; ++i) {
        if (tick()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

/// A small network of its own for each seed, as a native file.
std::string write_model(const fs::path& path, uint64_t seed) {
    return save_checkpoint(path, random_checkpoint(small_config(Family::BigGan, 32), seed));
}

class Model : public testing::Test {
protected:
    std::string at(const std::string& name) const { return (folder / name).string(); }
    TemporaryFolder folder;
};

TEST_F(Model, LoadsWithoutHoldingThePlayer) {
    write_model(at("a.safetensors"), 1);
    Alone model("model.load", {{"path", at("a.safetensors")}});
    EXPECT_THAT(model.failure(live), HasSubstr("a.safetensors is being loaded"));
    EXPECT_TRUE(model.node->take_request());
    EXPECT_TRUE(eventually([&] { return model.failure(live).empty(); }));
    EXPECT_EQ(model.get<std::string>("status"), "a.safetensors: 32 pixels, 5 classes, dim_z 16");
    EXPECT_TRUE(model.node->take_request()) << "it keeps an eye on the file";
}

TEST_F(Model, ABrokenFileLeavesTheOldNetworkAndAGoodOneReplacesIt) {
    write_model(at("a.safetensors"), 1);
    Alone model("model.load", {{"path", at("a.safetensors")}});
    ASSERT_EQ(model.failure(), "");
    const auto first = model.get<ModelRef>("model");
    std::ofstream(at("a.safetensors")) << "this is no model at all, but it is long enough to look at";
    EXPECT_TRUE(eventually([&] {
        EXPECT_EQ(model.failure(live), "");
        return model.get<std::string>("status").find("damaged") != std::string::npos;
    }));
    EXPECT_EQ(model.get<ModelRef>("model"), first);
    write_model(at("a.safetensors"), 2);
    EXPECT_TRUE(eventually([&] {
        EXPECT_EQ(model.failure(live), "");
        return model.get<ModelRef>("model") != first;
    }));
    EXPECT_THAT(model.get<std::string>("status"), HasSubstr("32 pixels"));
}

TEST_F(Model, IsFoundAgainByItsHashAfterItWasMoved) {
    fs::create_directories(folder / "patch/models");
    fs::create_directories(folder / "elsewhere");
    write_model(at("patch/models/other.safetensors"), 1);
    std::ofstream(at("patch/models/broken.safetensors")) << "not a model";
    const std::string hash = write_model(at("elsewhere/renamed.safetensors"), 2);
    const std::string home = at("patch");
    const Tick tick{.folder = home};
    Alone model("model.load", {{"path", "gone.safetensors"}});
    EXPECT_THAT(model.failure(tick), HasSubstr("there is no such file"));
    model.set("hash", hash);
    EXPECT_THAT(model.failure(tick),
                testing::AllOf(HasSubstr("gone.safetensors is not there"), HasSubstr(at("patch/models")),
                               HasSubstr("assets/models"), HasSubstr("set 'path'")));
    ::setenv("GANYMEDE_MODELS", ("/nowhere:" + at("elsewhere")).c_str(), 1);
    model.set("path", "gone-too.safetensors");
    EXPECT_EQ(model.failure(tick), "");
    ::unsetenv("GANYMEDE_MODELS");
    EXPECT_THAT(model.get<std::string>("status"),
                HasSubstr("found at " + at("elsewhere/renamed.safetensors")));
    fs::rename(at("elsewhere/renamed.safetensors"), at("patch/models/again.safetensors"));
    Alone moved("model.load", {{"hash", hash}});
    EXPECT_EQ(moved.failure(tick), "");
    EXPECT_EQ(loaded(moved.get<ModelRef>("model"))->hash(), hash);
}

TEST_F(Model, AnotherFileUnderTheSameNameIsTakenAndSaid) {
    write_model(at("a.safetensors"), 1);
    Alone model("model.load", {{"path", at("a.safetensors")}, {"hash", std::string(64, '0')}});
    EXPECT_EQ(model.failure(), "");
    EXPECT_THAT(model.get<std::string>("status"),
                HasSubstr("its weights are others than the patch was made with"));
}

/// A generator with a small network and latents of its own.
class Generated : public Model {
protected:
    Generated() {
        write_model(at("a.safetensors"), 3);
        model.set("path", at("a.safetensors"));
        EXPECT_EQ(model.failure(), "");
        source.a = normal_latent(1, 64);
    }
    Alone generator(const nlohmann::json& params = nlohmann::json::object()) {
        Alone node("biggan.generator", params);
        node.link("model", *model.node->output("model")).link("latent", source.a);
        return node;
    }
    std::vector<float> offline(const nlohmann::json& params = nlohmann::json::object()) {
        return picture(generator(params).at(0));
    }
    static std::vector<float> picture(const Alone& node) { return node.get<ImageRef>("image")->pixels(); }

    Source source;
    Alone model{"model.load"};
};

TEST_F(Generated, IsPreparedWithoutHoldingThePlayer) {
    Alone node = generator();
    EXPECT_EQ(node.failure(live), "the network is being prepared");
    EXPECT_TRUE(node.node->take_request());
    EXPECT_TRUE(eventually([&] { return node.failure(live).empty(); }));
    EXPECT_EQ(picture(node), offline()) << "live equals offline";
}

TEST_F(Generated, TheOldShapePlaysOnUntilTheNewOneIsReady) {
    Alone node = generator();
    EXPECT_EQ(node.failure(), "");
    const auto before = picture(node);
    node.set("wrap x", true);
    EXPECT_EQ(node.failure(live), "");
    EXPECT_FALSE(node.get<ImageRef>("image")->wrap_x) << "compiled within one tick";
    EXPECT_EQ(picture(node), before);
    EXPECT_TRUE(eventually([&] {
        EXPECT_EQ(node.failure(live), "");
        return node.get<ImageRef>("image")->wrap_x;
    }));
    EXPECT_EQ(picture(node), offline({{"wrap x", true}}));
    EXPECT_NE(picture(node), before);
}

// 32 pixels: three stages and the output layer, which is gain 8.
TEST_F(Generated, EachGainOfAStageThatTheNetworkHasChangesThePicture) {
    const auto plain = offline();
    nlohmann::json ones;
    for (int gain = 1; gain <= 8; ++gain) {
        const std::string name = "gain " + std::to_string(gain);
        ones[name] = 1;
        const bool there = gain <= 3 || gain == 8;
        EXPECT_EQ(offline({{name, 1.5}}) != plain, there) << name;
    }
    EXPECT_EQ(offline(ones), plain);
}

// The engine with a scale of 1 everywhere, and without any: the same bits, so that a knob has no step at 1.
TEST_F(Generated, AGainOfOneIsNone) {
    const auto engine = loaded(model.get<ModelRef>("model"))->engine(Precision::F32, 0);
    engine->prepare({}).get();
    const Conditioning classes{.classes = {{0, 1.0f}}, .offset = {}};
    const double psi = statistics_psi(1.0);
    std::vector<float> rgb(engine->picture_size({}));
    const auto run = [&](std::span<const float> scale) {
        engine->run({.variant = {},
                     .z = std::span(source.a.value().z).first(16),
                     .base_z = {},
                     .psi = {&psi, 1},
                     .conditioning = {&classes, 1},
                     .bend_scale = scale,
                     .bend_offset = {}},
                    rgb);
        return rgb;
    };
    EXPECT_EQ(run(std::vector<float>(static_cast<size_t>(engine->program().modulation.channels), 1.0f)),
              run({}));
}

TEST_F(Generated, AKeptLatentGivesTheSamePicture) {
    source.a = truncate(normal_latent(9, 64), 0.4, TruncationMode::Quantile, 0);
    const auto found = offline();
    const std::string stored = kept_latent(source.a.value()).dump();
    Alone keep("latent.keep", {{"kept", nlohmann::json::parse(stored)}});
    keep.at(0);
    Alone node = generator();
    node.link("latent", *keep.node->output("latent")).at(0);
    EXPECT_EQ(picture(node), found);
}

TEST_F(Generated, LatestNeverHoldsThePlayerAndTheNewestWins) {
    Alone node = generator({{"mode", "latest"}});
    EXPECT_EQ(node.failure(), "");
    EXPECT_EQ(picture(node), offline()) << "offline it is the same as lock";
    const auto first = picture(node);
    for (uint64_t seed = 2; seed <= 20; ++seed) {
        source.a = normal_latent(seed, 64);
        EXPECT_EQ(node.failure({.index = static_cast<int64_t>(seed), .live = true}), "");
        if (seed > 2) continue;
        if (picture(node) == first)
            EXPECT_EQ(node.number("lag"), 2) << "the old picture stays until the new one is there";
        else
            EXPECT_EQ(node.number("lag"), 0) << "which it may be at once";
    }
    EXPECT_TRUE(eventually([&] {
        EXPECT_EQ(node.failure({.index = 21, .live = true}), "");
        return !node.node->take_request();
    }));
    EXPECT_EQ(picture(node), offline());
    EXPECT_EQ(node.number("lag"), 0);
}

TEST_F(Generated, LatestMayEndWhileItWorks) {
    for (int i = 0; i < 5; ++i) {
        Alone node = generator({{"mode", "latest"}, {"grid x", 4}, {"grid y", 4}});
        EXPECT_TRUE(eventually([&] { return node.failure(live) != "the network is being prepared"; }));
        for (uint64_t seed = 1; seed < 4; ++seed) {
            source.a = normal_latent(seed, 64);
            node.failure(live);
        }
    }
}

TEST_F(Generated, LatestSaysWhatIsWrongWithARequest) {
    Alone node = generator({{"mode", "latest"}});
    source.class_a = ClassMix{.classes = {{"17", 1}}, .offset = {}};
    EXPECT_EQ(node.failure(), "");
    node.link("class", source.class_a);
    EXPECT_THAT(node.failure(live), HasSubstr("17"));
    source.class_a = ClassMix{.classes = {{"1", 1}}, .offset = {1, 2, 3}};
    EXPECT_TRUE(eventually([&] { return !node.failure(live).empty(); }))
        << "three numbers of an offset of 16";
    source.class_a = ClassMix{.classes = {{"1", 1}}, .offset = {}};
    EXPECT_TRUE(eventually([&] { return node.failure(live).empty() && node.number("lag") == 0; }));
}

}  // namespace
}  // namespace gan
