#include "trainer/metrics/evaluation.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/base/hash.h"
#include "runtime/model/safetensors.h"
#include "trainer/state.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <random>

namespace gan {
namespace {

namespace fs = std::filesystem;

/// At most so many rows of all that come by, each with the same probability.
/// Source: Vitter 1985, Random Sampling with a Reservoir, algorithm R.
class Reservoir {
public:
    explicit Reservoir(int64_t size) : size_(size) {}

    void add(const at::Tensor& rows) {
        const at::Tensor source = rows.to(at::kCPU, at::kFloat);
        for (int64_t i = 0; i < source.size(0) && size_ > 0; ++i, ++seen_) {
            if (seen_ < size_) {
                rows_.push_back(source[i].clone());
                continue;
            }
            const auto place = std::uniform_int_distribution<int64_t>(0, seen_)(random_);
            if (place < size_) rows_[static_cast<size_t>(place)] = source[i].clone();
        }
    }
    at::Tensor rows() const { return rows_.empty() ? at::empty({0, 0}) : at::stack(rows_); }

private:
    int64_t size_;
    int64_t seen_ = 0;
    std::vector<at::Tensor> rows_;
    std::mt19937_64 random_{0};
};

/// `count` rows at random: the first ones of a folder would all be of its first classes.
at::Tensor drawn(const at::Tensor& rows, int64_t count) {
    const at::Tensor order = at::randperm(rows.size(0), at::detail::createCPUGenerator(0), at::kLong);
    return rows.index_select(0, order.narrow(0, 0, count));
}

/// Calls visit(features) for each batch of at most `samples` pictures; returns how many there were.
template <class Visit>
int64_t measure(const FeatureNetwork& network, const ImageSource& source, int64_t samples,
                const EvaluationOptions& options, bool round, Visit visit) {
    if (options.batch < 1) throw Error("a batch must hold one picture or more, not {}", options.batch);
    const at::NoGradGuard guard;
    int64_t done = 0;
    while (done < samples) {
        check_interrupted();
        const int64_t wanted = std::min(options.batch, samples - done);
        at::Tensor images = source(wanted);
        if (!images.defined() || images.size(0) == 0) break;
        if (images.size(0) > wanted)
            throw Error("{} pictures came where {} were asked for", images.size(0), wanted);
        check_images(images);
        if (round) images = rounded_to_bytes(images);
        visit(network.features(images));
        done += images.size(0);
        if (options.progress) options.progress(done);
    }
    return done;
}

std::map<std::string, std::string, std::less<>> identity(const FeatureNetworkInfo& info,
                                                         const std::string& data) {
    return {{"ganymede.format", "reference moments 1"},
            {"ganymede.network", info.weights_hash},
            {"ganymede.protocol", info.protocol},
            {"ganymede.data", data}};
}

/// Nothing when there is no such file, or when it is of another network or data, damaged, or too small.
std::optional<Reference> read_reference(const fs::path& path, const FeatureNetworkInfo& info,
                                        const std::string& data, int64_t neighbourhood) try {
    if (!fs::exists(path)) return {};
    const SafeTensors file = read_safetensors(path);
    auto metadata = file.metadata;
    const auto hash = metadata.extract(weights_hash_key);
    if (metadata != identity(info, data) || hash.empty() || hash.mapped() != data_hash(file.tensors))
        return {};
    const auto tensor = [&](const char* name) { return to_torch(file.tensors.at(name)).clone(); };
    Reference reference{.moments = {.mean = tensor("mean"),
                                    .covariance = tensor("covariance"),
                                    .count = tensor("count").item<int64_t>()},
                        .features = tensor("features"),
                        .data = data};
    if (reference.features.size(0) < std::min(neighbourhood, reference.moments.count)) return {};
    return reference;
} catch (const std::exception&) {
    return {};  // it is only a cache
}

void write_reference(const fs::path& path, const FeatureNetworkInfo& info, const Reference& reference) {
    fs::create_directories(path.parent_path());
    write_safetensors(path,
                      {.tensors = {{"mean", from_torch(reference.moments.mean)},
                                   {"covariance", from_torch(reference.moments.covariance)},
                                   {"count", make_tensor(std::vector<int64_t>{reference.moments.count}, {})},
                                   {"features", from_torch(reference.features)}},
                       .metadata = identity(info, reference.data)},
                      weights_hash_key);
}

}  // namespace

Reference make_reference(const FeatureNetwork& network, const ImageSource& real, const std::string& data,
                         const EvaluationOptions& options) {
    MomentsAccumulator moments;
    Reservoir reservoir(options.neighbours > 0 ? options.neighbourhood : 0);
    measure(network, real, std::numeric_limits<int64_t>::max(), options, /*round=*/false,
            [&](const Features& measured) {
                moments.add(measured.features);
                reservoir.add(measured.features);
            });
    if (moments.count() < 2)
        throw Error("{}: a reference needs two pictures or more, but there are {}", data, moments.count());
    return {.moments = moments.moments(), .features = reservoir.rows(), .data = data};
}

Reference cached_reference(const FeatureNetwork& network, const ImageSource& real, const std::string& data,
                           const fs::path& folder, const EvaluationOptions& options) {
    const FeatureNetworkInfo& info = network.info();
    const fs::path path = folder / fmt::format("moments-{}-{}.safetensors", info.weights_hash.substr(0, 16),
                                               sha256_hex(data).substr(0, 16));
    const int64_t neighbourhood = options.neighbours > 0 ? options.neighbourhood : 0;
    if (auto found = read_reference(path, info, data, neighbourhood)) return *std::move(found);
    Reference reference = make_reference(network, real, data, options);
    write_reference(path, info, reference);
    return reference;
}

ScoreReport evaluate(const FeatureNetwork& network, const ImageSource& fake, const Reference& reference,
                     const EvaluationOptions& options) {
    MomentsAccumulator moments;
    Reservoir reservoir(options.neighbours > 0 ? options.neighbourhood : 0);
    std::vector<at::Tensor> logits;
    const int64_t count = measure(network, fake, options.samples, options, options.round_to_bytes,
                                  [&](const Features& measured) {
                                      moments.add(measured.features);
                                      reservoir.add(measured.features);
                                      logits.push_back(measured.logits.to(at::kCPU, at::kFloat));
                                  });
    if (count < std::max<int64_t>(options.samples, 2))
        throw Error("{} pictures were generated, but {} are to be scored", count,
                    std::max<int64_t>(options.samples, 2));

    const FeatureNetworkInfo& info = network.info();
    ScoreReport report{.distance_name = info.distance,
                       .score_name = info.score,
                       .network = info.name,
                       .weights_hash = info.weights_hash,
                       .protocol = info.protocol + (options.round_to_bytes ? "; rounded to 8 bits" : ""),
                       .data = reference.data,
                       .real_count = reference.moments.count,
                       .fake_count = count,
                       .splits = options.splits,
                       .distance = frechet_distance(reference.moments, moments.moments()),
                       .score = inception_score(at::cat(logits), options.splits)};
    if (options.neighbours > 0) {
        const at::Tensor generated = reservoir.rows();
        // Balls shrink as samples become many, so both sides take the same number.
        report.neighbours = options.neighbours;
        report.neighbourhood =
            std::min({options.neighbourhood, reference.features.size(0), generated.size(0)});
        report.precision_recall =
            precision_recall(drawn(reference.features, report.neighbourhood),
                             drawn(generated, report.neighbourhood), options.neighbours);
    }
    return report;
}

nlohmann::json to_json(const ScoreReport& report) {
    nlohmann::json json{{"distance_name", report.distance_name},
                        {"score_name", report.score_name},
                        {"network", report.network},
                        {"weights_sha256", report.weights_hash},
                        {"protocol", report.protocol},
                        {"data", report.data},
                        {"real_count", report.real_count},
                        {"fake_count", report.fake_count},
                        {"splits", report.splits},
                        {"distance", report.distance},
                        {"score_mean", report.score.mean},
                        {"score_std", report.score.std}};
    if (report.precision_recall) {
        json["neighbours"] = report.neighbours;
        json["neighbourhood"] = report.neighbourhood;
        json["precision"] = report.precision_recall->precision;
        json["recall"] = report.precision_recall->recall;
    }
    return json;
}

std::string ScoreReport::text() const {
    std::string line = fmt::format("{} {:.4g}, {} {:.2f} ± {:.2f}", distance_name, distance, score_name,
                                   score.mean, score.std);
    if (precision_recall)
        line += fmt::format(", precision {:.3f}, recall {:.3f} (k {}, {} features)",
                            precision_recall->precision, precision_recall->recall, neighbours, neighbourhood);
    return line + fmt::format("; {} pictures, {} splits, against {} of {}; {}, weights {}; {}", fake_count,
                              splits, real_count, data, network, weights_hash.substr(0, 8), protocol);
}

}  // namespace gan
