#include "trainer/run/collapse.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <numeric>

namespace gan {
namespace {

constexpr size_t losses_kept = 50, measurements_kept = 11, measurements_needed = 6;

void add(std::deque<double>& values, double value, size_t most) {
    values.push_back(value);
    if (values.size() > most) values.pop_front();
}

/// The newest over the median of those before; 1 while they are few: networks change fast at first.
double change(const std::deque<double>& values) {
    if (values.size() < measurements_needed) return 1;
    std::vector<double> before(values.begin(), values.end() - 1);
    std::ranges::sort(before);
    const double median = before[before.size() / 2];
    return median > 0 ? values.back() / median : 1;
}

}  // namespace

void CollapseWatch::add_loss(double d_loss) {
    add(losses_, d_loss, losses_kept);
}

void CollapseWatch::add_spectra(const std::string& network,
                                const std::map<std::string, std::vector<double>>& spectra) {
    for (const auto& [layer, values] : spectra)
        add(sigmas_[network + "." + layer], values.at(0), measurements_kept);
}

void CollapseWatch::add_diversity(double diversity) {
    add(diversities_, diversity, measurements_kept);
}

void CollapseWatch::add_distance(double distance) {
    distance_ = distance;
    least_distance_ = least_distance_ < 0 ? distance : std::min(least_distance_, distance);
}

std::vector<std::string> CollapseWatch::signs() const {
    std::vector<std::string> signs;
    double jump = 0;
    const std::string* where = nullptr;
    for (const auto& [layer, values] : sigmas_)
        if (change(values) > jump) jump = change(values), where = &layer;
    if (jump > thresholds_.sigma_jump)
        signs.push_back(
            fmt::format("the first singular value of {} is {:.1f} times what it was", *where, jump));
    if (losses_.size() == losses_kept) {
        const double mean = std::accumulate(losses_.begin(), losses_.end(), 0.0) / losses_kept;
        if (mean < thresholds_.d_loss_low || mean > thresholds_.d_loss_high)
            signs.push_back(fmt::format("D's loss is {:.3g} on average", mean));
    }
    if (change(diversities_) < thresholds_.diversity)
        signs.push_back(fmt::format("pictures of one class differ {:.0f} % as much as they did",
                                    100 * change(diversities_)));
    if (distance_ > thresholds_.score * least_distance_ && least_distance_ >= 0)
        signs.push_back(
            fmt::format("the distance to the data is {:.4g}, and was {:.4g}", distance_, least_distance_));
    return signs;
}

nlohmann::json CollapseWatch::state() const {
    return {{"losses", losses_},
            {"diversities", diversities_},
            {"sigmas", sigmas_},
            {"distance", distance_},
            {"least_distance", least_distance_}};
}

void CollapseWatch::restore(const nlohmann::json& state) {
    state.at("losses").get_to(losses_);
    state.at("diversities").get_to(diversities_);
    state.at("sigmas").get_to(sigmas_);
    state.at("distance").get_to(distance_);
    state.at("least_distance").get_to(least_distance_);
}

}  // namespace gan
