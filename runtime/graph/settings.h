#pragma once

#include "runtime/base/rational.h"
#include "runtime/graph/graph.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gan {

/// No patch is longer, no seek goes further: 500 years at 60 a second.
constexpr int64_t most_ticks = 1'000'000'000'000;

/// Ticks first .. last - 1.
struct TickRange {
    int64_t first = 0;
    int64_t last = 0;
    bool operator==(const TickRange&) const = default;
};

/// What a patch plays at: Graph::settings as read. The tempo's one authority.
struct Settings {
    Rational tick_rate{60};    // ticks a second, 1/1000000 to 1000000
    double tempo = 120;        // beats a minute, 1 to 1000
    int64_t length = 1;        // ticks
    std::optional<int> width;  // pixels of the output, 1 to max_side; none: as the network makes it
    std::optional<int> height;
    std::optional<TickRange> loop;  // what playing repeats
};

/// What cannot be used has its default, and a sentence in `problems`.
Settings settings_of(const Graph& graph, std::vector<std::string>& problems);

}  // namespace gan
