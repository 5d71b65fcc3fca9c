#include "runtime/cli/render_log.h"

#include "runtime/cli/model_options.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>

namespace gan {

using nlohmann::json;

void RenderLog::line(const char* event, json about) const {
    about["event"] = event;
    // File names may be any bytes; JSON is UTF-8.
    fmt::print("{}\n", about.dump(-1, ' ', false, json::error_handler_t::replace));
    std::fflush(stdout);
}

void RenderLog::problem(const std::string& message) {
    if (json_)
        line("problem", {{"message", message}});
    else
        print_notes({message});
}

void RenderLog::start(json about, int64_t frames) {
    start_ = std::chrono::steady_clock::now();
    if (json_)
        line("start", std::move(about));
    else
        progress_.emplace("rendering", static_cast<size_t>(frames));
}

void RenderLog::frame(int64_t frame, int64_t tick, double ms) {
    ++done_;
    if (json_)
        line("frame", {{"frame", frame}, {"tick", tick}, {"ms", ms}});
    else
        progress_->update(static_cast<size_t>(done_));
}

void RenderLog::end(const std::string& out, bool interrupted) {
    progress_.reset();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start_;
    if (json_)
        line("end",
             {{"out", out}, {"frames", done_}, {"seconds", seconds.count()}, {"interrupted", interrupted}});
}

}  // namespace gan
