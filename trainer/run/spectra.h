#pragma once

#include <torch/nn/module.h>

#include <map>
#include <string>

namespace gan {

/// The three largest singular values of every weight of a network, as training goes on: what tells of a
/// collapse (Brock et al. 2018, section 4). A block power iteration that starts from where it was the last
/// time, so that a few products a measurement are enough; its vectors belong to no state dict. One thread.
class Spectra {
public:
    /// Names of layers ("blocks.0.0.conv1") to values, descending; fewer than three for a smaller matrix. The
    /// weight is seen as (out, -1), as stored, not divided by its sigma.
    std::map<std::string, std::vector<double>> measure(const torch::nn::Module& network);

private:
    std::map<std::string, at::Tensor> vectors_;  // (in, 3)
};

}  // namespace gan
