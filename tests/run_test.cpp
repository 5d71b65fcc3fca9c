// Training runs: what is kept, what comes back, what is refused.

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/model/safetensors.h"
#include "runtime/picture/png.h"
#include "tests/support.h"
#include "tests/tensors.h"
#include "tests/torch_writer.h"
#include "trainer/device.h"
#include "trainer/libtorch.h"
#include "trainer/run/initial.h"
#include "trainer/run/sheet.h"
#include "trainer/run/statistics.h"
#include "trainer/run/training.h"
#include "trainer/state.h"

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
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
    /// The lines of a run's file.
    static std::vector<nlohmann::json> lines_of(const RunFolder& run, const char* file) {
        std::istringstream lines(read_text(run.path() / file));
        std::vector<nlohmann::json> parsed;
        for (std::string line; std::getline(lines, line);) parsed.push_back(nlohmann::json::parse(line));
        return parsed;
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
    const auto starts = lines_of(parts, "starts.jsonl");
    ASSERT_EQ(starts.size(), 2u);
    EXPECT_EQ(starts[0].at("step"), 0);
    EXPECT_EQ(starts[1].at("step"), 3);
    EXPECT_EQ(starts[1].at("threads"), at::get_num_threads());
    EXPECT_EQ(starts[1].at("processor"), processor_name());
    EXPECT_TRUE(starts[1].contains("ganymede"));
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
    std::vector<at::Tensor> before;
    for (const at::Tensor& weight : t.networks().discriminator->parameters())
        before.push_back(weight.detach().clone());
    {
        at::NoGradGuard no_grad;
        t.networks().generator->named_parameters()["blocks.2.0.conv1.weight"].fill_(NAN);
    }
    EXPECT_THAT([&] { t.advance(); },
                testing::ThrowsMessage<Error>(
                    testing::AllOf(HasSubstr("step 2: the loss is not finite (D: "),
                                   HasSubstr("the first weight that is not is G.blocks.2.0.conv1.weight;"))));
    EXPECT_EQ(t.step(), 1);
    const auto after = t.networks().discriminator->parameters();
    for (size_t i = 0; i < after.size(); ++i) EXPECT_TRUE(after[i].equal(before[i])) << i;
}

// Weights are finite, and what they make is not: the block adds what each of its two ways has by its bias,
// and a float ends at 3.4e38.
TEST_F(Run, SaysWhichMapIsTheFirstThatIsNotFinite) {
    RunFolder run(folder / "run");
    Training t = training(run);
    {
        at::NoGradGuard no_grad;
        for (const char* name : {"blocks.1.0.conv2.bias", "blocks.1.0.conv_sc.bias"})
            t.networks().discriminator->named_parameters()[name].fill_(3e38);
    }
    EXPECT_THAT([&] { t.advance(); }, testing::ThrowsMessage<Error>(
                                          HasSubstr("the first map that is not is that of D.blocks.1.0;")));
}

// Or a motif that always stands at the same place would cost G nothing. With the other side around maps the
// two scores would differ by rounding alone, some 1e-6 of their size.
TEST_F(Run, TheDiscriminatorKnowsPlacesInPicturesThatTile) {
    const auto networks = make_networks(config, generator_config(config, data.class_names()), 3, {});
    Discriminator d = networks->discriminator;
    d->eval();
    at::NoGradGuard no_grad;
    const at::Tensor pictures = torch::rand({8, 3, 32, 32}) * 2 - 1, labels = at::zeros({8}, at::kLong);
    const at::Tensor scores = d(pictures, labels, at::kFloat);
    EXPECT_GT(relative(d(pictures.roll({16, 16}, {2, 3}), labels, at::kFloat), scores), 1e-3);
}

// Sheets, and the pictures whose variety is watched.
TEST_F(Run, SheetsShowAllClassesOrAChoiceOfThem) {
    std::vector<std::string> names;
    for (int i = 0; i < 20; ++i) names.push_back(std::to_string(i));
    data = Dataset::generate(
        40, 20, names,
        [](int64_t index) {
            return Picture8{.width = 32,
                            .height = 32,
                            .channels = 3,
                            .pixels = std::vector<uint8_t>(32 * 32 * 3, static_cast<uint8_t>(index))};
        },
        {.resolution = 32, .cache = folder / "cache"}, "twenty");
    config.steps = config.sheet_every = 1;
    RunFolder run(folder / "run");
    Training t = training(run);
    t.run();
    EXPECT_EQ(read_png(run.sample(1)).picture.height, 20 * 32);
    Generator& generator = t.networks().generator;
    const at::Tensor all = sheet_pictures(generator, {.rows = 20, .columns = 2});
    const at::Tensor some = sheet_pictures(generator, {.rows = 4, .columns = 2});
    for (int64_t row = 0; row < 4; ++row)
        EXPECT_TRUE(some.narrow(0, 2 * row, 2).equal(all.narrow(0, 10 * row, 2))) << row;
}

// Sheets, scores and statistics of latents that a network has never seen would say nothing of it.
TEST_F(Run, LatentsAreThoseOfTraining) {
    config.latent = LatentDistribution::Bernoulli;
    const BigGanConfig generator = generator_config(config, data.class_names());
    const at::Tensor z = Batches(data, config, generator).latents(Stream::Latent, 1, 0, 64).z;
    EXPECT_TRUE(((z == 0) | (z == 1)).all().item<bool>());
    EXPECT_NEAR(z.mean().item<double>(), 0.5, 0.06) << "1024 of them: four standard errors";

    const auto networks = make_networks(config, generator, 3, {});
    const Checkpoint measured = measured_checkpoint(networks->average, 64, 64, 9);
    EXPECT_EQ(measured.config.latent, LatentDistribution::Bernoulli);
    // Its quantiles are the same at every truncation, and so are its statistics.
    const at::Tensor means = to_torch(measured.tensors.at("blocks.0.0.bn1.stored_means"));
    EXPECT_TRUE(means[0].equal(means[11]));
    const SampleSheet sheet{.rows = 1, .columns = 4, .psi = 0.5, .seed = 3};
    SampleSheet untruncated = sheet;
    untruncated.psi = 1;
    EXPECT_TRUE(
        sheet_pictures(networks->average, sheet).equal(sheet_pictures(networks->average, untruncated)));
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

TEST_F(Run, AllThatDescribesTheNetworksIsTakenFromWhatARunBeginsWith) {
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

// A run is told near its end to end: the step before the last has half the rates, the last none.
TEST_F(Run, RatesFallToNothingAtTheLastStep) {
    RunFolder whole(folder / "whole"), ended(folder / "ended");
    Training steady = training(whole);
    config.steps = 4;
    config.decay_from = 2;
    Training ending = training(ended);
    const auto weights = [](Training& run) {
        std::vector<at::Tensor> all;
        for (const auto& network :
             {run.networks().generator->parameters(), run.networks().discriminator->parameters()})
            for (const at::Tensor& weight : network) all.push_back(weight.detach().flatten().clone());
        return at::cat(all);
    };
    for (int i = 0; i < 2; ++i) {
        steady.advance();
        ending.advance();
    }
    const at::Tensor second = weights(ending);
    EXPECT_TRUE(second.equal(weights(steady)));
    steady.advance();
    ending.advance();
    const at::Tensor third = weights(ending);
    // Adam's steps are as long as the rate: half as long, but for the rounding of a sum.
    const double ratio = ((third - second).norm() / (weights(steady) - second).norm()).item<double>();
    EXPECT_NEAR(ratio, 0.5, 1e-2);
    ending.advance();
    EXPECT_TRUE(weights(ending).equal(third));
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
    const auto parsed = lines_of(run, "metrics.jsonl");
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
                    for (size_t i = 0; i < sigmas.size(); ++i)
                        expect_event(name + "/" + layer + (i > 0 ? "/" + std::to_string(i + 1) : ""),
                                     line["step"], sigmas[i]);
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

TEST_F(Run, AFullDiskLosesNoLineOfTheLog) {
    RunFolder run(folder / "run");
    config.steps = 4;
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_IGN);
    Training t(config, data, run, [&](const std::string& sentence) {
        said += sentence + "\n";
        if (sentence.starts_with("step 3/")) ::setrlimit(RLIMIT_FSIZE, &limit);  // there is room again
    });
    const rlimit full{100, limit.rlim_max};  // in the middle of the first line
    ::setrlimit(RLIMIT_FSIZE, &full);
    EXPECT_NO_THROW(t.run());
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::vector<int64_t> steps;
    for (const auto& line : lines_of(run, "metrics.jsonl")) steps.push_back(line.at("step"));
    EXPECT_THAT(steps, testing::ElementsAre(1, 2, 3, 4));
    const size_t warned = said.find("the log could not be written, training goes on: ");
    EXPECT_NE(warned, std::string::npos) << said;
    EXPECT_EQ(said.find("the log", warned + 1), std::string::npos) << said;
}

/// For which there is never enough memory.
class VastNetwork : public FeatureNetwork {
public:
    const FeatureNetworkInfo& info() const override { return info_; }
    Features features(const at::Tensor&) const override {
        TORCH_CHECK(false, "DefaultCPUAllocator: can't allocate memory");
        return {};
    }

private:
    FeatureNetworkInfo info_{.name = "vast", .weights_hash = "0"};
};

TEST_F(Run, TooLittleMemoryForAScoreStopsNothing) {
    RunFolder run(folder / "run");
    config.steps = 2;
    config.score_every = 1;
    Training t = training(run);
    t.score_with({data, std::make_shared<VastNetwork>(), folder / "cache", 256, [](const std::string&) {}});
    EXPECT_EQ(t.run(), Training::Ended::Finished);
    EXPECT_THAT(said,
                HasSubstr("step 2 could not be scored, training goes on: LibTorch: DefaultCPUAllocator"));
}

}  // namespace
}  // namespace gan
