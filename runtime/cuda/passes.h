#pragma once

#include "runtime/torch/pass.h"

namespace gan {

/// Runs a pass on the current CUDA device, where all of its memory is, in the order of `stream` (a
/// cudaStream_t). Returns at once; may be captured in a CUDA graph. Throws Error.
void run_on_gpu(const MapPass& pass, void* stream);

}  // namespace gan
