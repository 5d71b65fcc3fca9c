#include "trainer/run/collapse.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <numeric>

namespace gan {
namespace {

constexpr size_t losses_kept = 50, sigmas_kept = 10;

void add(std::deque<double>& values, double value, size_t most) {
    values.push_back(value);
    if (values.size() > most) values.pop_front();
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

}  // namespace

void CollapseWatch::add_loss(double d_loss) {
    add(losses_, d_loss, losses_kept);
}

void CollapseWatch::add_spectra(const std::string& network,
                                const std::map<std::string, std::vector<double>>& spectra) {
    for (const auto& [layer, values] : spectra)
        add(sigmas_[network + "." + layer], values.at(0), sigmas_kept + 1);
}

void CollapseWatch::add_diversity(double diversity) {
    diversity_ = diversity;
    most_diversity_ = std::max(most_diversity_, diversity);
}

void CollapseWatch::add_distance(double distance) {
    distance_ = distance;
    least_distance_ = least_distance_ < 0 ? distance : std::min(least_distance_, distance);
}

std::vector<std::string> CollapseWatch::signs() const {
    std::vector<std::string> signs;
    double jump = 0;
    const std::string* where = nullptr;
    for (const auto& [layer, values] : sigmas_) {
        if (values.size() < 2) continue;
        const double before = median({values.begin(), values.end() - 1});
        if (before > 0 && values.back() / before > jump) jump = values.back() / before, where = &layer;
    }
    if (jump > thresholds_.sigma_jump)
        signs.push_back(
            fmt::format("the first singular value of {} is {:.1f} times what it was", *where, jump));
    if (losses_.size() == losses_kept) {
        const double mean = std::accumulate(losses_.begin(), losses_.end(), 0.0) / losses_kept;
        if (mean < thresholds_.d_loss_low || mean > thresholds_.d_loss_high)
            signs.push_back(fmt::format("D's loss is {:.3g} on average", mean));
    }
    if (diversity_ >= 0 && diversity_ < thresholds_.diversity * most_diversity_)
        signs.push_back(fmt::format("pictures of one class differ {:.0f} % as much as they did",
                                    100 * diversity_ / most_diversity_));
    if (distance_ > thresholds_.score * least_distance_ && least_distance_ >= 0)
        signs.push_back(
            fmt::format("the distance to the data is {:.4g}, and was {:.4g}", distance_, least_distance_));
    return signs;
}

nlohmann::json CollapseWatch::state() const {
    return {{"losses", losses_},       {"sigmas", sigmas_},
            {"diversity", diversity_}, {"most_diversity", most_diversity_},
            {"distance", distance_},   {"least_distance", least_distance_}};
}

void CollapseWatch::restore(const nlohmann::json& state) {
    state.at("losses").get_to(losses_);
    state.at("sigmas").get_to(sigmas_);
    state.at("diversity").get_to(diversity_);
    state.at("most_diversity").get_to(most_diversity_);
    state.at("distance").get_to(distance_);
    state.at("least_distance").get_to(least_distance_);
}

}  // namespace gan
