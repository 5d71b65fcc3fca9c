#pragma once

#include "runtime/model/checkpoint.h"

#include <string>
#include <string_view>

namespace gan {

/// Tensor names of one code base that trains or ships BigGANs.
enum class Layout { Reference, HuggingFace, StudioGan, MmGeneration };

/// One generator inside a file: its layout and what stands before its tensor names.
struct Found {
    Layout layout;
    std::string prefix;  // "state_dict.generator_ema.", ""
    bool ema;            // the prefix says it is a moving average
};

/// Every generator among these names, whatever they are nested in: each layout has one tensor that no
/// discriminator has, and what precedes its name is the prefix of all others.
std::vector<Found> find_generators(const StateDict& tensors);

/// The generator's tensors under the reference's names and in its order of columns and rows.
/// `z_first` tells whether the condition is [z, class embedding]; unset: as the layout has it.
/// Throws Error naming `source`.
StateDict to_reference(const StateDict& tensors, const Found& found, std::optional<bool> z_first,
                       const std::string& source);

}  // namespace gan
