#pragma once

#include <nlohmann/json_fwd.hpp>

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace gan {

/// What counts as a sign of collapse. "Before" is the median of the last ten measurements, five at least.
struct CollapseThresholds {
    double sigma_jump = 2;     // a layer's first singular value, over that before
    double d_loss_low = 0.05;  // D's mean loss of fifty steps: below, D has won (normal on small data)
    double d_loss_high = 5;    // above, D has lost its way
    double diversity = 0.3;    // how much pictures of one class differ, over that before
    double score = 2;          // the distance, over the smallest seen
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
    using Series = std::deque<double>;  // the newest last
    Series losses_, diversities_;
    std::map<std::string, Series> sigmas_;
    double distance_ = -1, least_distance_ = -1;  // -1: none yet
};

}  // namespace gan
