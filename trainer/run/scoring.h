#pragma once

#include "trainer/data/dataset.h"
#include "trainer/metrics/evaluation.h"
#include "trainer/networks/generator.h"

#include <cstdint>
#include <functional>
#include <memory>

namespace gan {

/// Pictures of a dataset, at most `most` of them, drawn without repetition in an order that is the same each
/// time; as RGB whatever their channels are.
ImageSource real_pictures(const Dataset& data, int64_t most);

/// Floating (N, 3, R, R) of 1, 3 or 4 channels: grey three times, alpha left out.
at::Tensor as_rgb(const at::Tensor& images);

/// Scores of a generator in training beside the data that it is trained on.
class Scoring {
public:
    /// `samples` pictures of either side. The reference is kept in `cache`, and measured at the first score.
    Scoring(const Dataset& data, std::shared_ptr<const FeatureNetwork> network, std::filesystem::path cache,
            int64_t samples, std::function<void(const std::string&)> say);

    /// Of pictures in eval mode with the running statistics; classes as the data has them, latents of `seed`
    /// and of the network's distribution.
    ScoreReport score(Generator generator, at::ScalarType compute, uint64_t seed);

private:
    const Dataset& data_;
    std::shared_ptr<const FeatureNetwork> network_;
    std::filesystem::path cache_;
    EvaluationOptions options_;
    std::function<void(const std::string&)> say_;
    std::optional<Reference> reference_;
};

}  // namespace gan
