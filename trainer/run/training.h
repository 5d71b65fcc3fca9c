#pragma once

#include "runtime/model/checkpoint.h"
#include "runtime/model/safetensors.h"
#include "trainer/data/dataset.h"
#include "trainer/recipe/gan_step.h"
#include "trainer/run/batches.h"
#include "trainer/run/collapse.h"
#include "trainer/run/config.h"
#include "trainer/run/run_folder.h"
#include "trainer/run/scoring.h"
#include "trainer/run/spectra.h"
#include "trainer/run/tensorboard.h"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace gan {

/// A training run: the networks, where they are, and what is written on the way. One thread.
///
/// On a CPU a run is a function of its configuration and data: stopped and gone on with at any step, it gives
/// the same bits, for the same machine and number of threads.
class Training {
public:
    /// Begins, or goes on from the folder's last checkpoint; one that cannot be read is passed over for the
    /// one before. `say` takes sentences for the person who trains.
    Training(const TrainConfig& config, const Dataset& data, RunFolder& folder,
             std::function<void(const std::string&)> say);

    int64_t step() const { return step_; }  // done

    enum class Ended { Finished, Interrupted, Collapsed };
    /// Trains up to config.steps, until Ctrl-C, or until a collapse that ends the run, then saves. After a
    /// collapse the networks are those of the best checkpoint. Throws Error when a loss or a gradient is not
    /// finite, naming the first layer that is not, with the weights as they were before.
    Ended run();

    /// From now on scores are taken every config.score_every steps, and the best checkpoint is kept.
    void score_with(Scoring scoring) { scoring_.emplace(std::move(scoring)); }

    /// One step of everything, as run() makes it, and its line for the log.
    nlohmann::json advance();

    void save();
    /// model.safetensors with a finished model's statistics.
    void export_model(int64_t samples = 2048);

    GanStep& networks() { return *gan_; }

private:
    bool resume();
    bool may_save() const;
    void load(const std::filesystem::path& path);
    /// Writes `what`; returns whether it could. A disk that is full is no reason to lose the run: it is said
    /// once, until `what` can be written again.
    bool write(const std::string& what, const std::function<void()>& how);
    void write_checkpoint();
    /// Numbers of this step, or one level of names above them, for metrics.jsonl and TensorBoard.
    void log(const nlohmann::json& line);
    nlohmann::json spectra();
    void write_samples();
    void take_score();
    /// How much pictures of one class differ: the mean over pixels of their standard deviation.
    double diversity();
    /// Watches; returns false when the run is to end.
    bool look_for_collapse();
    SafeTensors contents();
    void save_model(Checkpoint model) const;

    TrainConfig config_;
    const Dataset& data_;
    RunFolder& folder_;
    std::function<void(const std::string&)> say_;
    BigGanConfig generator_config_;
    std::unique_ptr<GanStep> gan_;
    Batches batches_;
    EventFile events_;
    Spectra generator_spectra_, discriminator_spectra_;
    CollapseWatch watch_;
    std::optional<Scoring> scoring_;
    double best_ = -1;  // the smallest distance so far; -1: none
    double rate_ = 1;   // of both learning rates: halved at each rolling back
    int rolled_back_ = 0;
    int64_t warmup_ = 0;  // steps in which G is frozen
    int64_t step_ = 0;
    int augmented_ = 0;  // calls in this step
    double data_seconds_ = 0;
    bool unsaved_ = false;
    std::set<std::string> unwritten_;  // see write()
};

}  // namespace gan
