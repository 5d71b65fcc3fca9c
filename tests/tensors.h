#pragma once

#include "runtime/base/error.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <string>

namespace gan {

/// What the Error says that `call` throws.
template <class Call>
std::string error_of(Call call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

/// The largest difference, over the largest value wanted.
inline double relative(const at::Tensor& got, const at::Tensor& wanted) {
    const at::Tensor difference =
        (got.detach().to(at::kDouble).reshape(wanted.sizes()) - wanted.detach().to(at::kDouble)).abs().max();
    return difference.item<double>() / std::max(wanted.detach().abs().max().item<double>(), 1e-30);
}

}  // namespace gan
