#pragma once

#include "trainer/data/dataset.h"
#include "trainer/run/config.h"

#include <cstdint>
#include <string>

namespace gan {

/// What a run will take on this machine.
struct TrainPlan {
    int64_t generator_parameters = 0, discriminator_parameters = 0;
    int64_t predicted_bytes = 0;  // of the process at its peak, by two small batches and a line through them
    int64_t measured_bytes = 0;   // at the peak of three real steps; 0 when they would not have fitted
    int64_t available_bytes = 0;  // of this machine's memory, before
    double seconds = 0;           // the median of the real steps
    int accumulate = 0;           // micro-batches of a batch that fits; 0: none is needed

    std::string text(const TrainConfig& config) const;
};

/// Measures it; begins nothing and writes nothing. One thread.
TrainPlan make_plan(const TrainConfig& config, const Dataset& data);

}  // namespace gan
