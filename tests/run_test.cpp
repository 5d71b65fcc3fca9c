// Training runs: what is kept, what comes back, what is refused.

#include "runtime/base/error.h"
#include "runtime/model/safetensors.h"
#include "tests/support.h"
#include "trainer/run/training.h"
#include "trainer/state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <fstream>

namespace gan {
namespace {

using testing::HasSubstr;

class Run : public testing::Test {
protected:
    Run()
        : data(Dataset::generate(
              40, 3, {"a", "b", "c"},
              [](int64_t index) {
                  Picture8 picture{.width = 32, .height = 32, .channels = 3, .pixels = {}};
                  for (int i = 0; i < 32 * 32 * 3; ++i)
                      picture.pixels.push_back(static_cast<uint8_t>(i * (index + 3) % 251));
                  return picture;
              },
              {.resolution = 32, .cache = folder / "cache"}, "ramps")) {
        config.resolution = 32;
        config.g_channels = config.d_channels = 4;
        config.dim_z = 16;
        config.shared_dim = 8;
        config.batch = 4;
        config.accumulate = 2;
        config.steps = 8;
        config.ema_start = 2;
        config.log_every = 1;
        config.save_every = config.sheet_every = 100;
        config.tileable = config.flip = true;
        config.augment = {true, true, true};
        config.d_dropout = 0.2;
        config.seed = 11;
    }
    Training training(RunFolder& run) {
        return Training(config, data, run, [this](const std::string& sentence) { said += sentence + "\n"; });
    }
    std::string final_hash(const RunFolder& run) {
        return data_hash(read_safetensors(run.checkpoint(run.checkpoints().back())).tensors);
    }

    TemporaryFolder folder;
    Dataset data;
    TrainConfig config;
    std::string said;
};

TEST_F(Run, StoppedAndGoneOnWithItGivesTheSameBits) {
    RunFolder whole(folder / "whole"), parts(folder / "parts");
    EXPECT_TRUE(training(whole).run());
    const int64_t steps = config.steps;
    config.steps = 3;
    EXPECT_TRUE(training(parts).run());
    config.steps = steps;
    Training second = training(parts);
    EXPECT_EQ(second.step(), 3);
    EXPECT_TRUE(second.run());
    EXPECT_EQ(final_hash(whole), final_hash(parts));
    EXPECT_THAT(said, HasSubstr("going on from step 3"));
}

TEST_F(Run, GoesOnFromTheCheckpointBeforeADamagedOne) {
    RunFolder run(folder / "run");
    config.save_every = 2;
    config.steps = 4;
    EXPECT_TRUE(training(run).run());
    EXPECT_THAT(run.checkpoints(), testing::ElementsAre(2, 4));
    std::filesystem::resize_file(run.checkpoint(4), 1000);
    EXPECT_EQ(training(run).step(), 2);
    EXPECT_THAT(said, HasSubstr("the one before is taken"));
}

TEST_F(Run, StopsAtLossesThatAreNotNumbersAndSaysWhere) {
    RunFolder run(folder / "run");
    Training t = training(run);
    t.advance();
    {
        at::NoGradGuard no_grad;
        t.networks().generator->parameters()[3].fill_(NAN);
    }
    EXPECT_THAT([&] { t.advance(); },
                testing::ThrowsMessage<Error>(
                    testing::AllOf(HasSubstr("step 2: the loss is not finite"), HasSubstr("the first"))));
}

TEST_F(Run, OtherPicturesAreRefused) {
    RunFolder run(folder / "run");
    config.steps = 2;
    training(run).run();
    data = Dataset::generate(
        20, 3, {"a", "b", "c"},
        [](int64_t index) {
            return Picture8{.width = 32,
                            .height = 32,
                            .channels = 3,
                            .pixels = std::vector<uint8_t>(32 * 32 * 3, static_cast<uint8_t>(index))};
        },
        {.resolution = 32, .cache = folder / "cache"}, "flat");
    EXPECT_THAT([&] { training(run); },
                testing::ThrowsMessage<Error>(HasSubstr("trained on other pictures")));
}

TEST_F(Run, OneProgramAtATimeTrainsInAFolder) {
    RunFolder run(folder / "run");
    EXPECT_THROW(RunFolder other(folder / "run"), Error);
}

TEST_F(Run, AFullDiskStopsNothing) {
    RunFolder run(folder / "run");
    config.save_every = 1;
    config.steps = 3;
    Training t = training(run);
    std::filesystem::remove_all(run.path() / "checkpoints");
    std::ofstream(run.path() / "checkpoints") << "no folder";
    EXPECT_THROW(t.run(), Error) << "the last save is the one that may not fail";
    EXPECT_EQ(t.step(), 3);
    EXPECT_THAT(said, HasSubstr("the checkpoint could not be written, training goes on"));
}

}  // namespace
}  // namespace gan
