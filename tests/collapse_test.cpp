// Collapse: what is seen as one, and what a run does then.

#include "runtime/base/file.h"
#include "runtime/model/safetensors.h"
#include "tests/support.h"
#include "trainer/data/textures.h"
#include "trainer/libtorch.h"
#include "trainer/run/training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gan {
namespace {

using testing::HasSubstr;

CollapseWatch healthy() {
    CollapseWatch watch;
    for (int i = 0; i < 100; ++i) watch.add_loss(1.5);
    for (int i = 0; i < 20; ++i) {
        watch.add_spectra("G", {{"linear", {3 + 0.1 * i, 2, 1}}, {"blocks.0.0.conv1", {1, 1, 1}}});
        watch.add_diversity(0.4);
        watch.add_distance(50 - i);
    }
    return watch;
}

TEST(CollapseWatch, SlowGrowthIsNone) {
    EXPECT_TRUE(healthy().signs().empty());
    EXPECT_TRUE(CollapseWatch().signs().empty());
}

TEST(CollapseWatch, OneSignIsNoCollapseAndTwoAre) {
    CollapseWatch watch = healthy();
    for (int i = 0; i < 50; ++i) watch.add_loss(0.001);
    EXPECT_THAT(watch.signs(), testing::ElementsAre("D's loss is 0.001 on average"));
    EXPECT_FALSE(watch.collapsed()) << "D wins on small data without harm";
    watch.add_spectra("G", {{"linear", {12, 2, 1}}});
    EXPECT_THAT(watch.signs(),
                testing::Contains(HasSubstr("the first singular value of G.linear is 2.7 times")));
    EXPECT_TRUE(watch.collapsed());

    watch = healthy();
    watch.add_diversity(0.1);
    EXPECT_FALSE(watch.collapsed());
    watch.add_distance(70);
    EXPECT_THAT(watch.signs(),
                testing::ElementsAre(HasSubstr("differ 25 %"), HasSubstr("is 70, and was 31")));
    EXPECT_TRUE(watch.collapsed());
    watch.add_distance(40);
    EXPECT_FALSE(watch.collapsed()) << "it got over it";
}

TEST(CollapseWatch, RemembersItAllInACheckpoint) {
    CollapseWatch watch = healthy(), restored;
    restored.restore(nlohmann::json::parse(watch.state().dump()));
    for (CollapseWatch* one : {&watch, &restored}) {
        one->add_diversity(0.01);
        one->add_distance(1000);
        one->add_spectra("G", {{"linear", {40, 2, 1}}});
    }
    EXPECT_EQ(restored.signs(), watch.signs());
    EXPECT_EQ(watch.signs().size(), 3u);
}

/// A run on a few textures, healthy for twelve steps, and then with rates that no network survives.
class Collapse : public testing::Test {
protected:
    Collapse()
        : data(Dataset::generate(
              64, 2, {"bricks", "cobblestone"},
              [](int64_t index) {
                  return texture(static_cast<int>(index % 2), static_cast<uint64_t>(index), 32);
              },
              {.resolution = 32, .cache = folder / "cache"}, "two textures")) {
        config.resolution = 32;
        config.g_channels = config.d_channels = 8;
        config.dim_z = 16;
        config.shared_dim = 8;
        config.batch = 8;
        config.steps = 12;
        config.ema_start = 2;
        config.save_every = 6;
        config.spectra_every = 2;
        config.seed = 3;
    }
    Training training(RunFolder& run) {
        return Training(config, data, run, [this](const std::string& sentence) { said += sentence + "\n"; });
    }
    void make_absurd() {
        config.steps = 200;
        config.g_adam.lr = config.d_adam.lr = 3;
    }

    TemporaryFolder folder;
    Dataset data;
    TrainConfig config;
    std::string said;
};

TEST_F(Collapse, OfAnAbsurdRateEndsTheRunAndKeepsTheBest) {
    RunFolder run(folder / "run");
    ASSERT_EQ(training(run).run(), Training::Ended::Finished);
    const std::string good = data_hash(read_safetensors(run.checkpoint(12)).tensors);
    make_absurd();
    Training ended = training(run);
    ASSERT_EQ(ended.run(), Training::Ended::Collapsed) << said;
    EXPECT_EQ(ended.step(), 12) << said;
    EXPECT_THAT(said, HasSubstr("the networks have collapsed: "));
    EXPECT_EQ(data_hash(read_safetensors(run.checkpoint(12)).tensors), good);
    EXPECT_TRUE(std::filesystem::exists(run.model()));
}

TEST_F(Collapse, RollsBackAtHalfTheRatesAndEndsAfterFive) {
    config.on_collapse = CollapseAction::RollBack;
    RunFolder run(folder / "run");
    ASSERT_EQ(training(run).run(), Training::Ended::Finished);
    make_absurd();
    config.steps = 2000;
    ASSERT_EQ(training(run).run(), Training::Ended::Collapsed) << said;
    EXPECT_THAT(said, HasSubstr("learning rates are 0.5 of what they were"));
    EXPECT_THAT(said, HasSubstr("learning rates are 0.03125 of what they were"));
    EXPECT_THAT(said, Not(HasSubstr("0.015625")));
    // What a run would go on with that was killed before its next checkpoint.
    const auto state = nlohmann::json::parse(
        read_safetensors(run.checkpoint(run.checkpoints().back())).metadata.at("ganymede.training_state"));
    EXPECT_EQ(state.at("rate"), 0.03125);
    EXPECT_EQ(state.at("rolled_back"), 5);
}

}  // namespace
}  // namespace gan
