// The networks as modules and the recipe, against what the reference implementation computed in float64.

#include "runtime/model/checkpoint.h"
#include "runtime/model/safetensors.h"
#include "tests/support.h"
#include "tests/tensors.h"
#include "trainer/libtorch.h"
#include "trainer/recipe/gan_step.h"
#include "trainer/state.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace gan {
namespace {

namespace fs = std::filesystem;

struct Fixture {
    fs::path path;
    std::string name;
    SafeTensors contents;
    std::string text(const char* key) const { return contents.metadata.at(key); }
    int whole(const char* key) const { return std::stoi(text(key)); }
    double number(const char* key) const { return std::stod(text(key)); }
    at::Tensor tensor(const std::string& key) const { return to_torch(contents.tensors.at(key)); }
    bool has(const std::string& key) const { return contents.tensors.contains(key); }
};

/// The fixtures that hold a tensor of this name.
std::vector<Fixture> fixtures_with(const char* tensor) {
    const char* other = std::getenv("GAN_GOLDEN_DIR");
    std::vector<Fixture> fixtures;
    for (const auto& entry :
         fs::directory_iterator(other != nullptr ? fs::path(other) : data_folder() / "golden")) {
        if (entry.path().extension() != ".safetensors") continue;
        Fixture fixture{entry.path(), entry.path().filename(), read_safetensors(entry.path())};
        if (fixture.has(tensor)) fixtures.push_back(std::move(fixture));
    }
    EXPECT_FALSE(fixtures.empty()) << tensor;
    return fixtures;
}

std::vector<int> numbers(const std::string& text) {
    std::vector<int> result;
    std::string number;
    for (char c : text + "_") {
        if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
            number += c;
        } else if (!number.empty()) {
            result.push_back(std::stoi(number));
            number.clear();
        }
    }
    return result;
}

DiscriminatorConfig discriminator_config(const Fixture& fixture) {
    return {.family = fixture.text("family") == "biggan" ? Family::BigGan : Family::BigGanDeep,
            .resolution = fixture.whole("resolution"),
            .channels = fixture.whole("channels"),
            .depth = fixture.whole("depth"),
            .attention = numbers(fixture.text("attention")),
            .classes = fixture.whole("n_classes"),
            .sn_eps = fixture.number("sn_eps")};
}

StateDict with_prefix(const StateDict& tensors, const std::string& prefix) {
    StateDict result;
    for (const auto& [name, tensor] : tensors)
        if (name.starts_with(prefix)) result[name.substr(prefix.size())] = tensor;
    return result;
}

// Outputs are float64 results stored as float32: 6e-8 of their size.
TEST(TrainingGolden, DiscriminatorsAgree) {
    for (const Fixture& fixture : fixtures_with("output.logit")) {
        Discriminator d(discriminator_config(fixture));
        d->to(at::kDouble);
        load_state(*d, fixture.contents.tensors, "weights.", fixture.name);
        d->eval();
        const at::Tensor logit =
            d(fixture.tensor("input.image").to(at::kDouble), fixture.tensor("input.y"), at::kDouble);
        EXPECT_LT(relative(logit, fixture.tensor("output.logit")), 1e-6) << fixture.name;
    }
}

TEST(TrainingGolden, GeneratorsAgree) {
    for (const Fixture& fixture : fixtures_with("output.image")) {
        const Checkpoint checkpoint =
            open_checkpoint(fs::path(std::getenv("GAN_GOLDEN_DIR") ? std::getenv("GAN_GOLDEN_DIR")
                                                                   : (data_folder() / "golden").string()) /
                            fixture.name);
        Generator g(checkpoint.config);
        g->to(at::kDouble);
        load_state(*g, fixture.contents.tensors, "weights.", fixture.name);
        g->eval();
        const at::Tensor image =
            g(fixture.tensor("input.z").to(at::kDouble), g->embed(fixture.tensor("input.y")), at::kDouble);
        EXPECT_LT(relative(image, fixture.tensor("output.image")), 1e-6) << fixture.name;
    }
}

// Two iterations in float64. Ours sums in another order: rounding alone, which Adam's division by tiny
// gradients magnifies; it was 3e-12 when this was written.
TEST(TrainingGolden, TwoIterationsAgree) {
    for (const Fixture& fixture : fixtures_with("iter0.loss_g")) {
        const int classes = fixture.whole("n_classes"), ch = fixture.whole("channels"),
                  resolution = fixture.whole("resolution");
        BigGanConfig config{
            .family = fixture.text("family") == "biggan" ? Family::BigGan : Family::BigGanDeep,
            .resolution = resolution,
            .channels = ch,
            .widths = reference_multipliers(resolution),
            .depth = fixture.whole("depth"),
            .attention = numbers(fixture.text("attention")),
            .dim_z = fixture.whole("effective_dim_z"),
            .shared_dim = fixture.whole("shared_dim"),
            .classes = classes,
            .hierarchical = fixture.text("hierarchical") == "True",
            .bn_eps = fixture.number("bn_eps"),
            .sn_eps = fixture.number("sn_eps")};
        for (int& width : config.widths) width *= ch;
        Generator g(config), average(config);
        Discriminator d(discriminator_config(fixture));
        for (torch::nn::Module* module :
             {static_cast<torch::nn::Module*>(g.get()), static_cast<torch::nn::Module*>(average.get()),
              static_cast<torch::nn::Module*>(d.get())})
            module->to(at::kDouble);
        load_state(*g, fixture.contents.tensors, "initial.G.", fixture.name);
        load_state(*average, fixture.contents.tensors, "initial.G.", fixture.name);
        load_state(*d, fixture.contents.tensors, "initial.D.", fixture.name);
        const double eps = fixture.number("adam_eps");
        GanStep step(g, d, average,
                     {.generator = {.lr = fixture.number("g_lr"), .eps = eps},
                      .discriminator = {.lr = fixture.number("d_lr"), .eps = eps},
                      .generator_orthogonal = fixture.number("ortho_strength"),
                      .ema_decay = fixture.number("ema_decay"),
                      .compute = at::kDouble});
        const int d_steps = fixture.whole("d_steps"), accumulations = fixture.whole("accumulations");
        for (int i = 0; i < fixture.whole("iterations"); ++i) {
            const std::string iteration = "iter" + std::to_string(i) + ".";
            const auto batch = [&](const std::string& key) {
                Batch b{.z = fixture.tensor(iteration + key + ".z").to(at::kDouble),
                        .labels = fixture.tensor(iteration + key + ".fake_y")};
                if (!fixture.has(iteration + key + ".x")) return b;
                b.x = fixture.tensor(iteration + key + ".x").to(at::kDouble);
                b.y = fixture.tensor(iteration + key + ".y");
                return b;
            };
            StepReport report;
            for (int s = 0; s < d_steps; ++s) {
                std::vector<Batch> batches;
                for (int a = 0; a < accumulations; ++a)
                    batches.push_back(batch("d" + std::to_string(s * accumulations + a)));
                report = step.discriminator_step(batches);
            }
            std::vector<Batch> batches;
            for (int a = 0; a < accumulations; ++a) batches.push_back(batch("g" + std::to_string(a)));
            const StepReport g_report = step.generator_step(batches, i + 1);
            const auto expect_loss = [&](double loss, const char* key) {
                const double wanted = fixture.tensor(iteration + key).item<double>();
                EXPECT_NEAR(loss, wanted, 1e-9 * std::max(1.0, std::abs(wanted)))
                    << fixture.name << " " << key;
            };
            expect_loss(report.loss_real, "loss_d_real");
            expect_loss(report.loss_fake, "loss_d_fake");
            expect_loss(g_report.loss / accumulations, "loss_g");  // recorded as divided
        }
        for (const auto& [prefix, module] : {std::pair<const char*, torch::nn::Module*>{"final.G.", g.get()},
                                             {"final.D.", d.get()},
                                             {"final.G_ema.", average.get()}}) {
            const StateDict finals = with_prefix(fixture.contents.tensors, prefix);
            const StateDict state = state_of(*module);
            EXPECT_EQ(finals.size(), state.size());
            for (const auto& [name, tensor] : finals) {
                EXPECT_LT(relative(to_torch(state.at(name)), to_torch(tensor)), 1e-9)
                    << fixture.name << " " << prefix << name;
            }
        }
    }
}

}  // namespace
}  // namespace gan
