// Training runs: what is kept, what comes back, what is refused.

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/picture/png.h"
#include "tests/run_fixture.h"
#include "tests/tensors.h"
#include "trainer/device.h"
#include "trainer/libtorch.h"
#include "trainer/run/sheet.h"
#include "trainer/run/statistics.h"
#include "trainer/state.h"

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace gan {
namespace {

using testing::HasSubstr;

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
