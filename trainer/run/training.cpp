#include "trainer/run/training.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/model/safetensors.h"
#include "trainer/libtorch.h"
#include "trainer/recipe/random.h"
#include "trainer/run/initial.h"
#include "trainer/run/sheet.h"
#include "trainer/run/statistics.h"
#include "trainer/state.h"

#include <fmt/ranges.h>

#include <chrono>
#include <cmath>
#include <utility>

namespace gan {
namespace {

using nlohmann::json;
using clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

double seconds_since(clock::time_point start) {
    return std::chrono::duration<double>(clock::now() - start).count();
}

void add_with_prefix(StateDict& to, const std::string& prefix, const StateDict& from) {
    for (const auto& [name, tensor] : from) to[prefix + name] = tensor;
}

/// An optimiser's memory under the names of the parameters.
template <class Visit>
void for_each_memory(Adam& adam, const torch::nn::Module& module, const std::string& prefix,
                     const Visit& visit) {
    size_t i = 0;
    for (const auto& parameter : module.named_parameters()) {
        visit(prefix + "first." + parameter.key(), adam.first[i]);
        visit(prefix + "second." + parameter.key(), adam.second[i]);
        visit(prefix + "steps." + parameter.key(), adam.steps[i]);
        ++i;
    }
}

}  // namespace

Training::Training(const TrainConfig& config, const Dataset& data, RunFolder& folder,
                   std::function<void(const std::string&)> say)
    : config_(config),
      data_(data),
      folder_(folder),
      say_(std::move(say)),
      generator_config_(generator_config(config, data.class_names())),
      batches_(data, config, generator_config_),
      events_(folder.path()) {
    gan_ = make_networks(config, generator_config_, data.classes(), [this](const at::Tensor& x) {
        return augmented(x, config_.augment, config_.seed, step_ + 1, augmented_++);
    });
    if (resume() || config_.init.empty()) return;
    const Initial initial = open_initial(config_.init);
    for (const std::string& note : begin_with(initial, data.class_names(), *gan_)) say_(note);
    if (!initial.discriminator.empty()) return;
    warmup_ = config_.d_warmup;
    say_(fmt::format("{} has no discriminator: the generator stays as it is for {} steps", initial.source,
                     warmup_));
}

json Training::advance() {
    const int64_t step = step_ + 1;
    const auto start = clock::now();
    augmented_ = 0;
    data_seconds_ = 0;
    torch::manual_seed(seed_of(config_.seed, Stream::Dropout, step));
    gan_->lr_factor = rate_;
    if (config_.decay_from > 0 && step > config_.decay_from)
        gan_->lr_factor *= static_cast<double>(config_.steps - step) /
                           static_cast<double>(std::max<int64_t>(config_.steps - config_.decay_from, 1));
    const auto taken = [&](auto&& make, int first) {
        const auto begun = clock::now();
        std::vector<Batch> batches;
        for (int i = 0; i < config_.accumulate; ++i) batches.push_back(make(first + i));
        data_seconds_ += seconds_since(begun);
        return batches;
    };
    StepReport d;
    for (int i = 0; i < config_.d_steps; ++i)
        d = gan_->discriminator_step(
            taken([&](int n) { return batches_.for_discriminator(step, n); }, i * config_.accumulate));
    StepReport g;
    if (step > warmup_)
        g = gan_->generator_step(taken([&](int n) { return batches_.for_generator(step, n); }, 0), step);
    if (!std::isfinite(d.loss) || !std::isfinite(g.loss))
        throw Error(
            "step {}: the loss is not finite (D {}, G {}); {}; the last checkpoint is from before: lower the "
            "learning rates, or train with --f32",
            step, d.loss, g.loss, first_not_finite());
    step_ = step;
    unsaved_ = true;
    watch_.add_loss(d.loss);
    const double seconds = seconds_since(start);
    return {{"step", step},
            {"d_loss_real", d.loss_real},
            {"d_loss_fake", d.loss_fake},
            {"g_loss", g.loss},
            {"d_real", d.score_real},
            {"d_fake", d.score_fake},
            {"d_gradient", d.gradient_norm},
            {"g_gradient", g.gradient_norm},
            {"pictures_per_second",
             static_cast<double>(config_.batch) * config_.accumulate * config_.d_steps / seconds},
            {"seconds", seconds},
            {"data_share", data_seconds_ / seconds}};
}

Training::Ended Training::run() {
    bool saved = true;
    while (step_ < config_.steps && !interrupt_requested()) {
        const json line = advance();
        if (step_ % config_.log_every == 0) {
            log(line);
            const double rate = line.at("pictures_per_second"), seconds = line.at("seconds");
            say_(fmt::format("step {}/{}  {:.1f} pictures/s  D {:.3f}  G {:.3f}  {:.1f} h left", step_,
                             config_.steps, rate,
                             line.at("d_loss_real").get<double>() + line.at("d_loss_fake").get<double>(),
                             line.at("g_loss").get<double>(),
                             static_cast<double>(config_.steps - step_) * seconds / 3600));
        }
        if (step_ % config_.spectra_every == 0) log(spectra());
        if (scoring_ && config_.score_every > 0 && step_ % config_.score_every == 0) take_score();
        if (!look_for_collapse()) return Ended::Collapsed;
        if (step_ % config_.sheet_every == 0) write_samples();
        // A disk that is full is no reason to lose the run: tried again at every step that is logged.
        if (step_ % config_.save_every == 0 || (!saved && step_ % config_.log_every == 0)) {
            try {
                save();
                saved = true;
            } catch (const Error& error) {
                if (saved)
                    say_(fmt::format("the checkpoint could not be written, training goes on: {}",
                                     error.what()));
                saved = false;
            }
        }
    }
    if (unsaved_) save();
    return step_ >= config_.steps ? Ended::Finished : Ended::Interrupted;
}

void Training::take_score() {
    ScoreReport report;
    try {
        report = scoring_->score(gan_->average, config_.bf16 ? at::kBFloat16 : at::kFloat, config_.seed);
    } catch (const Interrupted&) {
        return;  // the run ends after this step, and saves
    } catch (const Error& error) {
        say_(fmt::format("step {} could not be scored, training goes on: {}", step_, error.what()));
        return;
    }
    json line = to_json(report);
    line["step"] = step_;
    log(line);
    say_(fmt::format("step {}: {}", step_, report.text()));
    watch_.add_distance(report.distance);
    if (best_ >= 0 && report.distance >= best_) return;
    best_ = report.distance;
    try {
        write_safetensors(folder_.best(), contents(), "ganymede.hash", OnInterrupt::Finish);
    } catch (const Error& error) {
        say_(fmt::format("the best checkpoint could not be written, training goes on: {}", error.what()));
    }
}

double Training::diversity() {
    constexpr int classes = 4, latents = 8;
    const at::Tensor pictures =
        sheet_pictures(gan_->generator, {.rows = std::min(data_.classes(), classes),
                                         .columns = latents,
                                         .seed = config_.seed,
                                         .compute = config_.bf16 ? at::kBFloat16 : at::kFloat});
    return pictures.reshape({-1, latents, pictures[0].numel()})
        .std(1, /*unbiased=*/false)
        .mean()
        .item<double>();
}

bool Training::look_for_collapse() {
    if (config_.on_collapse == CollapseAction::GoOn || !watch_.collapsed()) return true;
    const std::vector<std::string> signs = watch_.signs();
    log({{"step", step_}, {"collapse", signs}});
    say_(fmt::format("step {}: the networks have collapsed: {}", step_, fmt::join(signs, "; ")));
    const bool best = fs::exists(folder_.best());
    const auto steps = folder_.checkpoints();
    if (!best && steps.empty()) {
        say_("there is no checkpoint from before; begin again with lower learning rates");
        return false;
    }
    constexpr int most = 5;
    const int count = rolled_back_ + 1;
    const double rate = rate_ / 2;
    const bool back = config_.on_collapse == CollapseAction::RollBack && count <= most;
    // Of a run that goes on, the last without a sign; of one that ends, the best.
    load(back && !steps.empty() ? folder_.checkpoint(steps.back())
         : best                 ? folder_.best()
                                : folder_.checkpoint(steps.back()));
    if (!back) {
        write_samples();
        say_(fmt::format(
            "stopped; model.safetensors is that of step {}{}: go on with lower learning rates and another "
            "--out, or with --on-collapse roll-back",
            step_, best ? ", the best" : ""));
        return false;
    }
    folder_.forget_after(step_);  // those steps are made again
    log({{"step", step_}, {"rolled_back", signs}});
    rolled_back_ = count;
    rate_ = rate;
    say_(fmt::format("rolled back to step {}; learning rates are {:g} of what they were", step_, rate_));
    return true;
}

void Training::log(const json& line) {
    folder_.log(line);
    std::map<std::string, double> numbers;
    for (const auto& [name, value] : line.items()) {
        if (name == "step") continue;
        if (value.is_number()) numbers[name] = value;
        if (!value.is_object()) continue;
        for (const auto& [layer, values] : value.items()) numbers[name + "/" + layer] = values.at(0);
    }
    events_.add(step_, numbers);
}

json Training::spectra() {
    const auto g = generator_spectra_.measure(*gan_->generator);
    const auto d = discriminator_spectra_.measure(*gan_->discriminator);
    const double differ = diversity();
    watch_.add_spectra("G", g);
    watch_.add_spectra("D", d);
    watch_.add_diversity(differ);
    return {{"step", step_}, {"g_sigma", g}, {"d_sigma", d}, {"diversity", differ}};
}

SafeTensors Training::contents() {
    SafeTensors contents;
    add_with_prefix(contents.tensors, "G.", state_of(*gan_->generator));
    add_with_prefix(contents.tensors, "G_ema.", state_of(*gan_->average));
    add_with_prefix(contents.tensors, "D.", state_of(*gan_->discriminator));
    const auto keep = [&](const std::string& name, const at::Tensor& tensor) {
        contents.tensors[name] = from_torch(tensor);
    };
    for_each_memory(gan_->generator_adam, *gan_->generator, "G_adam.", keep);
    for_each_memory(gan_->discriminator_adam, *gan_->discriminator, "D_adam.", keep);
    contents.metadata["ganymede.training_state"] = json{
        {"format", 1},       {"step", step_},          {"data", data_.hash()},
        {"rate", rate_},     {"best", best_},          {"rolled_back", rolled_back_},
        {"warmup", warmup_}, {"watch", watch_.state()}}.dump();
    return contents;
}

void Training::save() {
    // A checkpoint with a sign of collapse would be no place to go back to.
    if (config_.on_collapse == CollapseAction::RollBack && !watch_.signs().empty() &&
        !folder_.checkpoints().empty() && step_ < config_.steps && !interrupt_requested())
        return;
    write_safetensors(folder_.checkpoint(step_), contents(), "ganymede.hash", OnInterrupt::Finish);
    folder_.prune(config_.keep);
    unsaved_ = false;
}

void Training::load(const fs::path& path) {
    const std::string source = path.string();
    const SafeTensors contents = read_safetensors(path);
    const auto found = contents.metadata.find("ganymede.training_state");
    const json state = found == contents.metadata.end() ? json() : json::parse(found->second, nullptr, false);
    if (!state.is_object() || !state.contains("step") || !state["step"].is_number_integer())
        throw Error("{}: is no checkpoint of a training run", source);
    load_state(*gan_->generator, contents.tensors, "G.", source);
    load_state(*gan_->average, contents.tensors, "G_ema.", source);
    load_state(*gan_->discriminator, contents.tensors, "D.", source);
    const auto restore = [&](const std::string& name, at::Tensor& tensor) {
        const auto stored = contents.tensors.find(name);
        if (stored == contents.tensors.end() || tensor.sizes() != at::IntArrayRef(stored->second.shape))
            throw Error("{}: has no fitting tensor {}", source, name);
        tensor.copy_(to_torch(stored->second));
    };
    for_each_memory(gan_->generator_adam, *gan_->generator, "G_adam.", restore);
    for_each_memory(gan_->discriminator_adam, *gan_->discriminator, "D_adam.", restore);
    if (state.value("data", data_.hash()) != data_.hash())
        throw Error(
            "{}: was trained on other pictures; give --data and its options as before, or another --out",
            source);
    try {
        step_ = state.at("step");
        rate_ = state.value("rate", 1.0);
        best_ = state.value("best", -1.0);
        rolled_back_ = state.value("rolled_back", 0);
        warmup_ = state.value("warmup", int64_t{0});
        if (state.contains("watch")) watch_.restore(state["watch"]);
    } catch (const json::exception&) {
        throw Error("{}: its facts are damaged", source);
    }
}

bool Training::resume() {
    auto steps = folder_.checkpoints();
    while (!steps.empty()) {
        try {
            load(folder_.checkpoint(steps.back()));
            folder_.forget_after(step_);
            say_(fmt::format("going on from step {}", step_));
            return true;
        } catch (const Error& error) {
            if (steps.size() == 1) throw;
            say_(fmt::format("{}; the one before is taken", error.what()));
            steps.pop_back();
        }
    }
    folder_.forget_after(0);
    return false;
}

void Training::write_samples() {
    const at::ScalarType compute = config_.bf16 ? at::kBFloat16 : at::kFloat;
    SampleSheet options{.rows = std::min(data_.classes(), 16), .seed = config_.seed, .compute = compute};
    std::vector<at::Tensor> panels{sheet_pictures(gan_->generator, options),
                                   sheet_pictures(gan_->average, options)};
    options.psi = 0.5;
    panels.push_back(sheet_pictures(gan_->average, options));
    try {
        write_sheet(folder_.sample(step_), panels, options.columns);
        save_model(checkpoint_of(gan_->average));
    } catch (const Error& error) {
        say_(fmt::format("the samples could not be written, training goes on: {}", error.what()));
    }
}

void Training::export_model(int64_t samples) {
    save_model(
        measured_checkpoint(gan_->average, samples, 64, config_.seed, [this, said = 0](double done) mutable {
            const int quarters = static_cast<int>(done * 4);
            if (quarters > said) say_(fmt::format("measured: {} %", 25 * (said = quarters)));
        }));
}

void Training::save_model(Checkpoint model) const {
    model.licence = config_.licence;
    model.training = json{
        {"dataset", config_.data},
        {"data_hash", data_.hash()},
        {"pictures", data_.size()},
        {"steps", step_},
        {"batch", int64_t{config_.batch} * config_.accumulate},
        {"seed",
         config_.seed}}.dump();
    save_checkpoint(folder_.model(), model, OnInterrupt::Finish);
}

std::string Training::first_not_finite() {
    const std::pair<const char*, torch::nn::Module*> networks[] = {{"D", gan_->discriminator.get()},
                                                                   {"G", gan_->generator.get()}};
    for (const auto& [name, network] : networks)
        for (const auto& parameter : network->named_parameters()) {
            if (!parameter.value().isfinite().all().item<bool>())
                return fmt::format("the first weight that is not is {}.{}", name, parameter.key());
            if (parameter.value().grad().defined() && !parameter.value().grad().isfinite().all().item<bool>())
                return fmt::format("the first gradient that is not is that of {}.{}", name, parameter.key());
        }
    return "weights and gradients are";
}

}  // namespace gan
