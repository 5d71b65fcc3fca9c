#pragma once

#include "runtime/cli/progress.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace gan {

/// What a rendering says: sentences and a progress bar on stderr, or JSON on stdout, an object a line:
///
///     {"event": "start", "out": "x.mp4", "codec": "h264", "frames": 240, "fps": 60.0, ...}
///     {"event": "problem", "message": "..."}
///     {"event": "frame", "frame": 0, "tick": 0, "ms": 12.5}
///     {"event": "end", "out": "x.mp4", "frames": 240, "seconds": 3.1, "interrupted": false}
///
/// An error has no line of its own: it is a sentence on stderr, and there is no "end".
class RenderLog {
public:
    explicit RenderLog(bool json) : json_(json) {}

    void problem(const std::string& message);
    /// `about`: what stands in the first line.
    void start(nlohmann::json about, int64_t frames);
    void frame(int64_t frame, int64_t tick, double ms);
    void end(const std::string& out, bool interrupted);

private:
    void line(const char* event, nlohmann::json about) const;

    bool json_;
    int64_t done_ = 0;
    std::chrono::steady_clock::time_point start_;
    std::optional<Progress> progress_;
};

}  // namespace gan
