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

/// The Output node that is shown: the one that was chosen, or the one with the lowest id. Throws Error when
/// it is not there, or muted.
const Plan::Step& output_of(const Plan& plan, std::optional<NodeId> chosen = std::nullopt);

/// The picture that the Output node shows. Throws Error with the cause when it, or another sink, has failed.
const ImageRef& shown(const Player& player, std::optional<NodeId> chosen = std::nullopt);

/// Plays the job's frames into its sink; where the GPU is lost, from the first tick again. Returns the exit
/// code: 130 where Ctrl-C ended it early and what was made until then is kept. Throws Error naming frame,
/// tick and node.
int render_frames(const RenderJob& job, RenderLog& log, Gpu& gpu);

}  // namespace gan
