#pragma once

#include <nlohmann/json_fwd.hpp>

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace gan {

/// What counts as a sign of collapse.
struct CollapseThresholds {
    double sigma_jump = 2;  // a layer's first singular value, over its median of the last ten measurements
    double d_loss_low =
        0.05;                // D's mean loss of the last fifty steps: below, D has won (normal on small data)
    double d_loss_high = 5;  // above, D has lost its way
    double diversity = 0.3;  // what is left of the largest seen
    double score = 2;        // the distance, over the smallest seen
};

/// Watches a run for the collapse that Brock et al. 2018 describe in section 4: one sign alone is common, two
/// together are not. One thread.
class CollapseWatch {
public:
    explicit CollapseWatch(const CollapseThresholds& thresholds = {}) : thresholds_(thresholds) {}

    /// Each takes the newest value of what it names.
    void add_loss(double d_loss);
    void add_spectra(const std::string& network, const std::map<std::string, std::vector<double>>& spectra);
    void add_diversity(double diversity);
    void add_distance(double distance);

    /// The signs that hold now, a sentence each.
    std::vector<std::string> signs() const;
    bool collapsed() const { return signs().size() >= 2; }

    /// All that it remembers, for a checkpoint.
    nlohmann::json state() const;
    void restore(const nlohmann::json& state);

private:
    CollapseThresholds thresholds_;
    std::deque<double> losses_;
    std::map<std::string, std::deque<double>> sigmas_;  // the newest last
    double diversity_ = -1, most_diversity_ = -1;       // -1: none yet
    double distance_ = -1, least_distance_ = -1;
};

}  // namespace gan
