#pragma once

#include "trainer/networks/generator.h"

#include <cstdint>
#include <filesystem>

namespace gan {

/// How pictures are made for a person to look at.
struct SampleSheet {
    int rows = 8;  // classes, spread over all of them
    int columns = 8;
    double psi = 1;  // truncation
    uint64_t seed = 0;
    at::ScalarType compute = at::kFloat;
};

/// Pictures (rows * columns, C, R, R) of a generator in eval mode with its running statistics: a class a row,
/// the same latents in every row, of the network's distribution.
at::Tensor sheet_pictures(Generator& generator, const SampleSheet& options);

/// Writes panels of rows * columns pictures each, side by side, as a PNG. Throws Error.
void write_sheet(const std::filesystem::path& path, const std::vector<at::Tensor>& panels, int columns);

}  // namespace gan
