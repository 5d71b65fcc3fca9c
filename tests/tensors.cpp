#include "tests/tensors.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace gan {

double relative(const at::Tensor& got, const at::Tensor& wanted) {
    const at::Tensor reference = wanted.detach().to(at::kDouble);
    const at::Tensor difference =
        (got.detach().to(at::kDouble).reshape(wanted.sizes()) - reference).abs().max();
    return difference.item<double>() / std::max(reference.abs().max().item<double>(), 1e-30);
}

}  // namespace gan
