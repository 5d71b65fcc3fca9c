#pragma once

#include "trainer/data/dataset.h"
#include "trainer/recipe/gan_step.h"
#include "trainer/run/batches.h"
#include "trainer/run/config.h"
#include "trainer/run/run_folder.h"
#include "trainer/run/spectra.h"
#include "trainer/run/tensorboard.h"

#include <functional>
#include <memory>
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

    /// Trains up to config.steps, or until Ctrl-C, then saves. Returns whether it reached the end. Throws
    /// Error when a loss is not finite, naming the first layer that is not.
    bool run();

    /// One step of everything, as run() makes it, and its line for the log.
    nlohmann::json advance();

    void save();
    /// model.safetensors with a finished model's statistics.
    void export_model(int64_t samples = 2048);

    GanStep& networks() { return *gan_; }

private:
    bool resume();
    void load(const std::filesystem::path& path);
    /// Numbers of this step, or one level of names above them, for metrics.jsonl and TensorBoard.
    void log(const nlohmann::json& line);
    nlohmann::json spectra();
    void write_samples();
    std::string first_not_finite();
    std::string training_facts() const;

    TrainConfig config_;
    const Dataset& data_;
    RunFolder& folder_;
    std::function<void(const std::string&)> say_;
    BigGanConfig generator_config_;
    std::unique_ptr<GanStep> gan_;
    Batches batches_;
    EventFile events_;
    Spectra generator_spectra_, discriminator_spectra_;
    int64_t step_ = 0;
    int augmented_ = 0;  // calls in this step
    double data_seconds_ = 0;
    bool unsaved_ = false;
};

}  // namespace gan
