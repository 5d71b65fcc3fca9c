#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace gan {

struct AdamOptions {
    double lr = 2e-4;
    double beta1 = 0;
    double beta2 = 0.999;
    double eps = 1e-6;
};

/// Adam (Kingma and Ba 2014, arXiv:1412.6980) over all parameters in one fused call.
class Adam {
public:
    Adam(std::vector<at::Tensor> parameters, const AdamOptions& options);

    /// One step along the gradients. Parameters without one are left alone.
    void step(double lr);

    /// Everything it remembers, in the order of the parameters: written and read by checkpoints.
    std::vector<at::Tensor> first, second, steps;

private:
    std::vector<at::Tensor> parameters_;
    AdamOptions options_;
};

}  // namespace gan
