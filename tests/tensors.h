#pragma once

#include "runtime/base/error.h"

#include <ATen/core/Tensor.h>

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
double relative(const at::Tensor& got, const at::Tensor& wanted);

}  // namespace gan
