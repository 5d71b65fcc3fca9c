#pragma once

#include "trainer/metrics/feature_network.h"
#include "trainer/metrics/scores.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace gan {

/// The next pictures (n, 3, H, W) in [-1, 1], n at most `wanted`; an undefined tensor when there are no more.
using ImageSource = std::function<at::Tensor(int64_t wanted)>;

struct EvaluationOptions {
    int64_t samples = 50'000;        // generated pictures
    int64_t batch = 64;              // pictures at once
    int64_t splits = 10;             // of the inception score
    int64_t neighbours = 3;          // k of precision and recall; 0 leaves them out
    int64_t neighbourhood = 10'000;  // at most so many features of either side, for precision and recall
    bool round_to_bytes = true;      // generated pictures are measured as an 8-bit file would hold them
    std::function<void(int64_t)> progress;  // pictures measured so far
};

/// What the generated pictures are compared with.
struct Reference {
    Moments moments;
    at::Tensor features;  // (at most neighbourhood, F) float32, drawn at random
    std::string data;     // key of the data: a name with a hash, a count, a resolution
};

/// Measures all pictures of `real`. Throws Error with fewer than two. [one thread]
Reference make_reference(const FeatureNetwork& network, const ImageSource& real, const std::string& data,
                         const EvaluationOptions& options);

/// The same, kept in `folder` (made when it is not there) in a file named after the network's hash and
/// `data`, which must change when the pictures do. The file appears whole or not at all; one that does not
/// fit or is damaged is made again. `real` is called only then.
Reference cached_reference(const FeatureNetwork& network, const ImageSource& real, const std::string& data,
                           const std::filesystem::path& folder, const EvaluationOptions& options);

/// Scores with all that they must be quoted with.
struct ScoreReport {
    std::string distance_name;
    std::string score_name;
    std::string network;
    std::string weights_hash;  // SHA-256, hex
    std::string protocol;
    std::string data;        // Reference::data
    int64_t real_count = 0;  // pictures behind the reference's moments
    int64_t fake_count = 0;
    int64_t splits = 0;
    double distance = 0;
    InceptionScore score;
    int64_t neighbours = 0;
    int64_t neighbourhood = 0;  // features of either side in precision and recall
    std::optional<PrecisionRecall> precision_recall;

    /// One line for a log or a terminal.
    std::string text() const;
};

nlohmann::json to_json(const ScoreReport& report);

/// Measures options.samples pictures of `fake`, which should give its classes in random order. Throws Error
/// when it ends early or gives NaN; stops at Ctrl-C (Interrupted). [one thread]
ScoreReport evaluate(const FeatureNetwork& network, const ImageSource& fake, const Reference& reference,
                     const EvaluationOptions& options = {});

}  // namespace gan
