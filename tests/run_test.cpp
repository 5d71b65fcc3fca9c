// Training runs: what is kept, what comes back, what is refused.

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/model/safetensors.h"
#include "tests/support.h"
#include "tests/torch_writer.h"
#include "trainer/device.h"
#include "trainer/libtorch.h"
#include "trainer/run/initial.h"
#include "trainer/run/training.h"
#include "trainer/state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

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
    EXPECT_EQ(training(whole).run(), Training::Ended::Finished);
    const int64_t steps = config.steps;
    config.steps = 3;
    EXPECT_EQ(training(parts).run(), Training::Ended::Finished);
    config.steps = steps;
    Training second = training(parts);
    EXPECT_EQ(second.step(), 3);
    EXPECT_EQ(second.run(), Training::Ended::Finished);
    EXPECT_EQ(final_hash(whole), final_hash(parts));
    EXPECT_THAT(said, HasSubstr("going on from step 3"));
}

TEST_F(Run, GoesOnFromTheCheckpointBeforeADamagedOne) {
    RunFolder run(folder / "run");
    config.save_every = 2;
    config.steps = 4;
    EXPECT_EQ(training(run).run(), Training::Ended::Finished);
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

// Never above the exact values, and close below: weights begin orthogonal, with all singular values equal,
// and where there is no gap the iteration has no direction to find.
TEST_F(Run, SpectraAreTheLargestSingularValues) {
    RunFolder run(folder / "run");
    Training t = training(run);
    t.advance();
    Spectra spectra;
    spectra.measure(*t.networks().discriminator);
    t.advance();
    const std::string before = data_hash(state_of(*t.networks().discriminator));
    const auto measured = spectra.measure(*t.networks().discriminator);
    EXPECT_EQ(data_hash(state_of(*t.networks().discriminator)), before);
    EXPECT_EQ(measured.size(), 12u);
    for (const auto& parameter : t.networks().discriminator->named_parameters()) {
        if (parameter.value().dim() < 2) continue;
        const std::string layer = parameter.key().substr(0, parameter.key().rfind('.'));
        const at::Tensor exact = at::linalg_svdvals(parameter.value().detach().flatten(1).to(at::kDouble));
        ASSERT_TRUE(measured.contains(layer)) << layer;
        const auto& values = measured.at(layer);
        EXPECT_EQ(static_cast<int64_t>(values.size()), std::min<int64_t>(3, exact.numel())) << layer;
        for (size_t i = 0; i < values.size(); ++i) {
            const double wanted = exact[static_cast<int64_t>(i)].item<double>();
            EXPECT_LE(values[i], wanted * 1.0001) << layer << " " << i;
            EXPECT_GE(values[i], wanted * 0.95) << layer << " " << i;
        }
    }
}

TEST_F(Run, FineTuningKeepsTheNetworksAndTheClassesOfTheSameName) {
    config.accumulate = 1;
    config.sheet_every = 1;
    config.steps = 3;
    RunFolder first(folder / "first"), second(folder / "second");
    Training(config, data, first, [](const std::string&) {}).run();
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

TEST_F(Run, GoesOnFromAFolderOfTheReference) {
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

TEST_F(Run, AGeneratorAloneIsFrozenUntilItsDiscriminatorHasLearnt) {
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

// The clamp works along the power iteration's vector, which follows the weights by a step each forward.
TEST_F(Run, ClampedSingularValuesStayBelow) {
    config.g_adam.lr = config.d_adam.lr = 0.02;
    RunFolder free(folder / "free"), held(folder / "held");
    Training grown = training(free);
    for (int i = 0; i < 50; ++i) grown.advance();
    config.g_clamp = config.d_clamp = 1.05;
    Training clamped = training(held);
    for (int i = 0; i < 50; ++i) clamped.advance();
    const auto largest = [](const torch::nn::Module& network) {
        double most = 0;
        for (const auto& [layer, values] : Spectra().measure(network)) most = std::max(most, values[0]);
        return most;
    };
    // Weights of a network this small turn faster than one step of the iteration follows: the rest of the
    // excess. It was 0.01 to 0.1 of it for two seeds after 50 steps, and more than all of it at a rate of
    // 0.05.
    const double g = largest(*grown.networks().generator), d = largest(*grown.networks().discriminator);
    EXPECT_GT(g, 1.3);
    EXPECT_GT(d, 1.3);
    EXPECT_LT(largest(*clamped.networks().generator) - 1.05, 0.5 * (g - 1.05));
    EXPECT_LT(largest(*clamped.networks().discriminator) - 1.05, 0.5 * (d - 1.05));
}

TEST_F(Run, WritesNumbersForPeopleAndForTensorBoard) {
    RunFolder run(folder / "run");
    config.spectra_every = 2;
    config.steps = 4;
    training(run).run();
    std::istringstream lines(read_text(run.path() / "metrics.jsonl"));
    std::vector<nlohmann::json> parsed;
    for (std::string line; std::getline(lines, line);) parsed.push_back(nlohmann::json::parse(line));
    ASSERT_EQ(parsed.size(), 6u) << "four steps, two spectra";
    EXPECT_EQ(parsed[0].at("step"), 1);
    EXPECT_TRUE(parsed[2].at("g_sigma").contains("linear"));
    const std::string read = (folder / "read.json").string();
    const std::string command = "PYTHONPATH=" GAN_TEST_PACKAGES " /usr/bin/python3 " GAN_TESTS
                                "/read_events.py " +
                                run.path().string() + " > " + read;
    ASSERT_EQ(std::system(command.c_str()), 0) << "TensorBoard cannot read the events";
    const auto events = nlohmann::json::parse(read_text(read));
    const auto expect_event = [&](const std::string& name, int step, double value) {
        ASSERT_TRUE(events.contains(name)) << name;
        EXPECT_THAT(events[name], testing::Contains(nlohmann::json{step, static_cast<float>(value)})) << name;
    };
    size_t numbers = 0;
    for (const auto& line : parsed)
        for (const auto& [name, value] : line.items()) {
            if (name == "step") continue;
            if (value.is_number()) expect_event(name, line["step"], value);
            if (value.is_object())
                for (const auto& [layer, sigmas] : value.items())
                    expect_event(name + "/" + layer, line["step"], sigmas[0]);
            ++numbers;
        }
    EXPECT_GT(numbers, 40u);
}

std::string device_refusal(const std::string& name) {
    try {
        open_device(name);
        return "(no error)";
    } catch (const Error& error) {
        return error.what();
    }
}

TEST(Device, IsFoundByNameOrRefusedInASentence) {
    EXPECT_EQ(open_device("cpu"), at::Device(at::kCPU));
    for (const char* name : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1000", "cuda:0,cuda:1"})
        EXPECT_THAT(device_refusal(name), HasSubstr("must be auto, cpu or cuda:N; one device trains"))
            << name;
}

TEST(Device, IsTheProcessorWhereThereIsNoGpu) {
    if (std::filesystem::exists("/proc/driver/nvidia/version"))
        GTEST_SKIP() << "this machine has an NVIDIA driver, so what is said without one cannot be seen here";
    EXPECT_EQ(open_device("auto"), at::Device(at::kCPU));
    EXPECT_THAT(device_refusal("cuda:0"), HasSubstr("--device cuda:0: there is no NVIDIA driver"));
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
