#include "trainer/run/training.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/model/safetensors.h"
#include "trainer/device.h"
#include "trainer/libtorch.h"
#include "trainer/recipe/random.h"
#include "trainer/run/initial.h"
#include "trainer/run/sheet.h"
#include "trainer/run/statistics.h"
#include "trainer/state.h"

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <fmt/ranges.h>
#include <torch/version.h>

#include <chrono>
#include <cmath>
#include <utility>

namespace gan {
namespace {

using nlohmann::json;
using clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

// What Training::write() calls them.
constexpr const char* the_log = "the log";
constexpr const char* the_checkpoint = "the checkpoint";

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

/// Of a step of `network` that moved nothing.
Error not_finite(GanStep& gan, int64_t step, const char* network, const StepReport& report,
                 std::span<const Batch> batches) {
    return Error(
        "step {}: the {} is not finite ({}: loss {}, gradient {}); {}; the last checkpoint is from before: "
        "lower the learning rates, or train with --f32",
        step, std::isfinite(report.loss) ? "gradient" : "loss", network, report.loss, report.gradient_norm,
        gan.first_not_finite(batches));
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
        return augmented(x, augmentation(config_), config_.seed, step_ + 1, augmented_++);
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
    for (int i = 0; i < config_.d_steps; ++i) {
        const auto batches =
            taken([&](int n) { return batches_.for_discriminator(step, n); }, i * config_.accumulate);
        d = gan_->discriminator_step(batches);
        if (!d.finite()) throw not_finite(*gan_, step, "D", d, batches);
    }
    StepReport g;
    if (step > warmup_) {
        const auto batches = taken([&](int n) { return batches_.for_generator(step, n); }, 0);
        g = gan_->generator_step(batches, step);
        if (!g.finite()) throw not_finite(*gan_, step, "G", g, batches);
    }
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
    folder_.note_start({{"step", step_},
                        {"ganymede", GAN_VERSION},
                        {"libtorch", TORCH_VERSION},
                        {"processor", processor_name()},
                        {"threads", at::get_num_threads()},
                        {"device", gan_->generator->device().str()}});
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
        // What could not be written is tried again at every step that is logged.
        const bool again = unwritten_.contains(the_checkpoint) && step_ % config_.log_every == 0;
        if ((step_ % config_.save_every == 0 || again) && may_save())
            write(the_checkpoint, [&] { write_checkpoint(); });
    }
    if (unsaved_) save();
    return step_ >= config_.steps ? Ended::Finished : Ended::Interrupted;
}

bool Training::write(const std::string& what, const std::function<void()>& how) {
    try {
        how();
    } catch (const Error& error) {
        if (unwritten_.insert(what).second)
            say_(fmt::format("{} could not be written, training goes on: {}", what, error.what()));
        return false;
    }
    unwritten_.erase(what);
    return true;
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
    } catch (const c10::Error& error) {  // there may be no memory for Inception
        const std::string what = error.what_without_backtrace();
        say_(fmt::format("step {} could not be scored, training goes on: LibTorch: {}", step_,
                         what.substr(0, what.find('\n'))));
        return;
    }
    json line = to_json(report);
    line["step"] = step_;
    log(line);
    say_(fmt::format("step {}: {}", step_, report.text()));
    watch_.add_distance(report.distance);
    if (best_ >= 0 && report.distance >= best_) return;
    const double before = std::exchange(best_, report.distance);  // the checkpoint holds it
    if (!write("the best checkpoint",
               [&] { write_safetensors(folder_.best(), contents(), "ganymede.hash", OnInterrupt::Finish); }))
        best_ = before;
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
    write(the_log, [&] { folder_.forget_after(step_); });  // those steps are made again
    log({{"step", step_}, {"rolled_back", signs}});
    rolled_back_ = count;
    rate_ = rate;
    // Kept at once: killed before the next checkpoint, the run would go the same way at the rates of before.
    write(the_checkpoint, [&] { write_checkpoint(); });
    say_(fmt::format("rolled back to step {}; learning rates are {:g} of what they were", step_, rate_));
    return true;
}

void Training::log(const json& line) {
    write(the_log, [&] { folder_.log(line); });
    std::map<std::string, double> numbers;
    for (const auto& [name, value] : line.items()) {
        if (name == "step") continue;
        if (value.is_number()) numbers[name] = value;
        if (!value.is_object()) continue;
        for (const auto& [layer, values] : value.items())
            for (size_t i = 0; i < values.size(); ++i)
                numbers[name + "/" + layer + (i > 0 ? fmt::format("/{}", i + 1) : "")] = values.at(i);
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
        {"format", 1},
        {"step", step_},
        {"data", data_.hash()},
        {"generator", to_json(generator_config_)},
        {"class_names", generator_config_.class_names},
        {"rate", rate_},
        {"best", best_},
        {"rolled_back", rolled_back_},
        {"warmup", warmup_},
        {"watch", watch_.state()}}.dump(-1, ' ', false, json::error_handler_t::replace);
    return contents;
}

/// False: a checkpoint with a sign of collapse would be no place to go back to.
bool Training::may_save() const {
    return config_.on_collapse != CollapseAction::RollBack || watch_.signs().empty() ||
           folder_.checkpoints().empty() || step_ >= config_.steps || interrupt_requested();
}

void Training::save() {
    if (may_save()) write_checkpoint();
}

void Training::write_checkpoint() {
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
    // More classes than a person looks at: a choice.
    const int rows = data_.classes() <= 32 ? data_.classes() : 16;
    SampleSheet options{.rows = rows, .seed = config_.seed, .compute = compute};
    std::vector<at::Tensor> panels{sheet_pictures(gan_->generator, options),
                                   sheet_pictures(gan_->average, options)};
    options.psi = 0.5;
    panels.push_back(sheet_pictures(gan_->average, options));
    write("the samples", [&] {
        write_sheet(folder_.sample(step_), panels, options.columns);
        save_model(checkpoint_of(gan_->average));
    });
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

}  // namespace gan
