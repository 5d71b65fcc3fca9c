#pragma once

#include "runtime/torch/pass.h"

namespace gan {

/// A PassRunner: on the processor, with as many threads as OpenMP gives to the calling one. The same numbers
/// whatever their count. [any thread]
void run_on_processor(const MapPass& pass);

}  // namespace gan
