#pragma once

#include "runtime/base/rational.h"
#include "runtime/cli/frame_sink.h"
#include "runtime/cli/render_log.h"
#include "runtime/gpu/gpu.h"
#include "runtime/graph/player.h"
#include "runtime/graph/settings.h"
#include "runtime/graph/take.h"

#include <cstdint>
#include <optional>
#include <string>

namespace gan {

/// What is to be rendered: a patch, with what the command line changes in it, and when.
struct RenderJob {
    Graph graph;
    std::optional<Take> take;  // of the same graph: plays instead of the patch as it stands
    std::string folder;        // that the patch's relative paths start from
    Settings settings;
    Rational fps{60};
    int64_t first = 0;  // output frames first .. last - 1
    int64_t last = 1;
    SinkOptions sink;              // no `out`: nothing is kept
    std::optional<NodeId> output;  // the Output node; none: the one with the lowest id
    bool explain = false;          // print which nodes ran, and why

    /// Frame n at f frames a second shows tick floor(n rate / f), of the patch or of the take's clock.
    int64_t tick_of(int64_t frame) const { return rescaled(frame, settings.tick_rate, fps); }
};

/// Plays the job's frames into its sink; where the GPU is lost, from the first tick again. Returns the exit
/// code: 130 where Ctrl-C ended it early and what was made until then is kept. Throws Error naming frame,
/// tick and node.
int render_frames(const RenderJob& job, RenderLog& log, Gpu& gpu);

}  // namespace gan
