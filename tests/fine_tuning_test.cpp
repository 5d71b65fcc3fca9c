// Runs that begin with networks that were trained before.

#include "runtime/base/error.h"
#include "runtime/model/safetensors.h"
#include "tests/run_fixture.h"
#include "tests/tensors.h"
#include "tests/torch_writer.h"
#include "trainer/run/initial.h"
#include "trainer/state.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace gan {
namespace {

using testing::HasSubstr;

class FineTuning : public Run {};

TEST_F(FineTuning, KeepsTheNetworksAndTheClassesOfTheSameName) {
    config.accumulate = 1;
    config.steps = 3;
    RunFolder first(folder / "first"), second(folder / "second");
    Training(config, data, first, [](const std::string&) {}).run();
    ASSERT_FALSE(std::filesystem::exists(first.model())) << "the checkpoint must do";
    const StateDict before = read_safetensors(first.checkpoint(3)).tensors;
    const Dataset other = Dataset::generate(
        40, 4, {"c", "d", "a", "e"},
        [](int64_t index) {
            return Picture8{.width = 32,
                            .height = 32,
                            .channels = 3,
                            .pixels = std::vector<uint8_t>(32 * 32 * 3, static_cast<uint8_t>(index))};
        },
        {.resolution = 32, .cache = folder / "cache"}, "flat");
    config.init = (folder / "first").string();
    Training tuned(config, other, second, [this](const std::string& sentence) { said += sentence + "\n"; });
    EXPECT_THAT(said, HasSubstr("2 of 4 classes are those of"));
    const auto now = [&](const torch::nn::Module& network, const char* name) {
        return to_torch(state_of(network).at(name));
    };
    const at::Tensor embedding = now(*tuned.networks().generator, "shared.weight");
    const at::Tensor old = to_torch(before.at("G.shared.weight"));
    EXPECT_TRUE(embedding[0].equal(old[2])) << "c";
    EXPECT_TRUE(embedding[2].equal(old[0])) << "a";
    EXPECT_FALSE(embedding[1].equal(old[1])) << "d is new";
    const at::Tensor average = now(*tuned.networks().average, "shared.weight");
    EXPECT_TRUE(average[0].equal(to_torch(before.at("G_ema.shared.weight"))[2])) << "c";
    EXPECT_TRUE(average[1].equal(embedding[1])) << "new in both";
    EXPECT_TRUE(now(*tuned.networks().discriminator, "embed.weight")[0].equal(
        to_torch(before.at("D.embed.weight"))[2]));
    EXPECT_TRUE(
        now(*tuned.networks().discriminator, "linear.weight").equal(to_torch(before.at("D.linear.weight"))));
    tuned.advance();
}

TEST_F(FineTuning, GoesOnFromAFolderOfTheReference) {
    config.accumulate = 1;
    config.g_channels = 8;
    config.d_channels = 12;
    config.d_attention = {16};
    const auto networks = make_networks(config, generator_config(config, data.class_names()), 3, {});
    networks->average->parameters()[0].detach().mul_(2);  // so that G and its average differ
    const std::filesystem::path reference = folder / "reference";
    std::filesystem::create_directory(reference);
    const auto write = [&](const char* name, const torch::nn::Module& network) {
        const auto bytes = save_state_dict(state_of(network), true);
        std::ofstream(reference / name, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
    };
    write("G.pth", *networks->generator);
    write("G_ema.pth", *networks->average);
    write("D.pth", *networks->discriminator);

    TrainConfig tuned = config;
    tuned.g_channels = tuned.d_channels = 4;
    tuned.d_attention.clear();
    tuned.init = reference.string();
    take_networks(tuned, open_initial(reference));
    EXPECT_EQ(tuned.g_channels, 8);
    EXPECT_EQ(tuned.d_channels, 12);
    EXPECT_THAT(tuned.d_attention, testing::ElementsAre(16));
    RunFolder run(folder / "run");
    Training training(tuned, data, run, [this](const std::string& sentence) { said += sentence + "\n"; });
    EXPECT_THAT(said, testing::Not(HasSubstr("has no discriminator")));
    EXPECT_EQ(data_hash(state_of(*training.networks().discriminator)),
              data_hash(state_of(*networks->discriminator)));
    EXPECT_EQ(data_hash(state_of(*training.networks().generator)), data_hash(state_of(*networks->generator)));
    EXPECT_EQ(data_hash(state_of(*training.networks().average)), data_hash(state_of(*networks->average)));
    training.advance();
}

TEST_F(FineTuning, AllThatDescribesTheNetworksIsTakenFromWhatARunBeginsWith) {
    config.steps = 1;
    config.activation = Activation::Elu;
    config.bn_eps = 1e-3;
    config.latent = LatentDistribution::Uniform;
    RunFolder run(folder / "run");
    training(run).run();
    TrainConfig tuned;
    take_networks(tuned, open_initial(run.path()));
    EXPECT_EQ(to_json(generator_config(tuned, data.class_names())),
              to_json(generator_config(config, data.class_names())));
    EXPECT_EQ(tuned.output_bn_eps, 1e-5) << "the reference has it so whatever --bn-eps is";
    EXPECT_EQ(discriminator_config(tuned, 3).activation, Activation::Elu);
}

TEST_F(FineTuning, AGeneratorAloneIsFrozenUntilItsDiscriminatorHasLearnt) {
    config.accumulate = 1;
    config.steps = 2;
    RunFolder first(folder / "first"), second(folder / "second");
    Training begun(config, data, first, [](const std::string&) {});
    begun.run();
    begun.export_model(16);
    config.init = first.model().string();
    config.d_warmup = 2;
    config.steps = 8;
    Training tuned = training(second);
    EXPECT_THAT(said, HasSubstr("has no discriminator: the generator stays as it is for 2 steps"));
    const std::string d_before = data_hash(state_of(*tuned.networks().discriminator));
    // Batch statistics and power iteration move in every forward; weights do not.
    const at::Tensor weight = tuned.networks().generator->parameters()[1].clone();
    tuned.advance();
    tuned.advance();
    EXPECT_TRUE(tuned.networks().generator->parameters()[1].equal(weight));
    EXPECT_NE(data_hash(state_of(*tuned.networks().discriminator)), d_before);
    tuned.advance();
    EXPECT_FALSE(tuned.networks().generator->parameters()[1].equal(weight));
    config.g_channels = 8;
    RunFolder third(folder / "third");
    EXPECT_THAT([&] { training(third); }, testing::ThrowsMessage<Error>(HasSubstr("it should have")));
}

}  // namespace
}  // namespace gan
