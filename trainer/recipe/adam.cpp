#include "trainer/recipe/adam.h"

#include "trainer/libtorch.h"

#include <utility>

namespace gan {

Adam::Adam(std::vector<at::Tensor> parameters, const AdamOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
    for (const at::Tensor& parameter : parameters_) {
        first.push_back(at::zeros_like(parameter));
        second.push_back(at::zeros_like(parameter));
        steps.push_back(at::zeros({}, parameter.options().dtype(at::kFloat)));
    }
}

void Adam::step(double lr) {
    at::NoGradGuard no_grad;
    std::vector<at::Tensor> parameters, gradients, firsts, seconds, counts;
    for (size_t i = 0; i < parameters_.size(); ++i) {
        if (!parameters_[i].grad().defined()) continue;
        parameters.push_back(parameters_[i]);
        gradients.push_back(parameters_[i].grad());
        firsts.push_back(first[i]);
        seconds.push_back(second[i]);
        counts.push_back(steps[i]);
    }
    if (parameters.empty()) return;
    at::_foreach_add_(counts, 1);
    at::_fused_adam_(parameters, gradients, firsts, seconds, {}, counts, lr, options_.beta1, options_.beta2,
                     /*weight_decay=*/0, options_.eps, /*amsgrad=*/false, /*maximize=*/false);
}

}  // namespace gan
