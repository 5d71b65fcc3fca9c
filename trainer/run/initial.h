#pragma once

#include "runtime/model/config.h"
#include "runtime/model/tensor.h"
#include "trainer/recipe/gan_step.h"
#include "trainer/run/config.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gan {

/// The networks of a run and their optimisers, with random weights of config.seed. `augment` is used if the
/// configuration asks for it.
std::unique_ptr<GanStep> make_networks(const TrainConfig& config, const BigGanConfig& generator, int classes,
                                       std::function<at::Tensor(const at::Tensor& x)> augment);

/// Networks that a run begins with instead of random weights (fine-tuning).
struct Initial {
    std::string source;  // the path, for sentences
    BigGanConfig config;
    StateDict generator, average;  // of equal names; the second may be the first
    StateDict discriminator;       // empty when there is none
};

/// Opens a run's folder (its best checkpoint, or its last), a folder of the reference with G.pth and D.pth,
/// or anything that open_checkpoint() does, which gives a generator alone. Throws Error naming the file.
Initial open_initial(const std::filesystem::path& path);

/// Makes `config` describe networks of the same shapes.
void take_networks(TrainConfig& config, const Initial& initial);

/// Copies the networks. What belongs to a class goes to the class of the same name, and stays as it is for
/// others; where names are missing and the numbers of classes are equal, it is kept. Returns what the person
/// who trains should know. Throws Error naming a tensor that has no place.
std::vector<std::string> begin_with(const Initial& initial, const std::vector<std::string>& classes,
                                    GanStep& networks);

}  // namespace gan
